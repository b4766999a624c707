// What a parameter means, beside it: while the pointer is over its name or the focus on it. A press opens the same, and
// more, in the page itself, which is the way for fingers.

import { fill, h } from './dom.js';

const EDGE = 12;
/** @type {HTMLElement | null} */
let box = null;
/** @type {number} */
let leaving = 0;

function hintBox() {
  if (box) return box;
  box = h('div', { class: 'hint', id: 'hint', role: 'tooltip', hidden: true });
  box.addEventListener('pointerenter', () => clearTimeout(leaving));
  box.addEventListener('pointerleave', hideHint);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hideHint();
  });
  addEventListener('scroll', hideHint, { passive: true, capture: true });
  document.body.append(box);
  return box;
}

export function hideHint() {
  clearTimeout(leaving);
  if (!box) return;
  box.hidden = true;
  document.querySelector('[aria-describedby="hint"]')?.removeAttribute('aria-describedby');
}

/**
 * @param {HTMLElement} anchor
 * @param {Node[]} content
 */
function show(anchor, content) {
  hideHint();
  const hint = hintBox();
  fill(hint, content);
  hint.hidden = false;
  anchor.setAttribute('aria-describedby', 'hint');
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = hint;
  const left = Math.max(EDGE, Math.min(at.left, innerWidth - width - EDGE));
  const below = at.bottom + 6;
  const top = below + height + EDGE > innerHeight && at.top - height - 6 > 0 ? at.top - height - 6 : below;
  hint.style.setProperty('left', `${left}px`);
  hint.style.setProperty('top', `${top}px`);
}

/**
 * Gives an element a hint.
 * @param {HTMLElement} anchor
 * @param {() => Node[] | null} content null: none now, since the same is open already
 */
export function hinted(anchor, content) {
  const appear = () => {
    clearTimeout(leaving);
    const nodes = content();
    if (nodes) show(anchor, nodes);
  };
  anchor.addEventListener('pointerenter', (event) => {
    if (event.pointerType === 'mouse') appear();
  });
  anchor.addEventListener('pointerleave', () => {
    leaving = window.setTimeout(hideHint, 160);
  });
  anchor.addEventListener('focus', () => {
    if (anchor.matches(':focus-visible')) appear();
  });
  anchor.addEventListener('blur', hideHint);
  anchor.addEventListener('click', hideHint);
}
