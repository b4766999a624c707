// First, back, play, next, last; and where one is.

import { fill, h } from './dom.js';

/** @typedef {'first' | 'back' | 'play' | 'next' | 'last'} StepperAct */

const KEYS = /** @type {Record<string, StepperAct>} */ ({
  ArrowRight: 'next', ArrowDown: 'next', ArrowLeft: 'back', ArrowUp: 'back', Home: 'first', End: 'last', ' ': 'play',
});

export class Stepper {
  /** @type {Map<StepperAct, HTMLButtonElement>} */ #buttons;

  /**
   * @param {HTMLElement} root
   * @param {(act: StepperAct) => void} act
   */
  constructor(root, act) {
    const button = (/** @type {StepperAct} */ name, /** @type {string} */ label, primary = false) =>
      h('button', { type: 'button', class: primary ? 'button small primary' : 'button small', onclick: () => act(name) }, label);
    this.#buttons = new Map([
      ['first', button('first', 'First')], ['back', button('back', 'Back')], ['play', button('play', 'Play')],
      ['next', button('next', 'Next', true)], ['last', button('last', 'Last')],
    ]);
    root.classList.add('stepper');
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', 'Go through the steps');
    fill(root, [...this.#buttons.values()]);
    addEventListener('keydown', (event) => {
      const wanted = keyed(event);
      if (!wanted) return;
      event.preventDefault();
      act(wanted);
    });
  }

  /**
   * @param {{ index: number, total: number, playing: boolean, held: 'here' | 'coming' | null }} at  held: whether a
   *   message waits here for the reader, or the next one to wait is under way
   */
  show({ index, total, playing, held }) {
    const set = (/** @type {StepperAct} */ name, /** @type {boolean} */ off) => {
      const button = this.#buttons.get(name);
      // A button that loses its use keeps the focus: it is marked, not disabled.
      if (button) button.setAttribute('aria-disabled', String(off));
    };
    set('first', index === 0);
    set('back', index === 0);
    set('next', held === 'coming' || (index >= total - 1 && !held));
    set('last', index >= total - 1);
    fill(this.#part('play'), playing ? 'Pause' : 'Play');
    fill(this.#part('next'), held ? 'Let it go' : 'Next');
  }

  /** @param {StepperAct} name */
  #part(name) {
    return /** @type {HTMLButtonElement} */ (this.#buttons.get(name));
  }
}

/**
 * What a key asks for; nothing while somebody types, or where the key belongs to a control.
 * @param {KeyboardEvent} event
 */
function keyed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return null;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('input, select, textarea, [contenteditable], pre, dialog')) return null;
  if (event.key === ' ' && target?.closest('button, a, summary')) return null;
  return KEYS[event.key] ?? null;
}
