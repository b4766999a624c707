// The flow as a sequence diagram that is an ordered list at the same time. The list is HTML: it wraps, zooms, takes the
// focus and is read aloud; lanes and arrows are SVG behind it. On a narrow screen the list stands alone.

import { fill, h, keyed, s, still } from './dom.js';
import { arrow, GUTTER, laneCentres, laneLines, span } from './lanes.js';
import { channelWord } from './words.js';

/** @typedef {import('../types.d.ts').StepView} StepView */
/** @typedef {{ key: string, chip: string, view: StepView, held: boolean, mark: string, planned: boolean }} Row */

/** Under this width, in pixels, lanes would be too close to tell apart. */
const NARROW = 540;
const TRAVEL = 620;

export class Diagram {
  /** @type {Row[]} */ #rows = [];
  /** @type {string[]} */ #actors = [];
  #current = 0;
  #ink = s('svg', { class: 'score-ink', 'aria-hidden': 'true', focusable: 'false' });
  #heads = h('div', { class: 'score-heads', 'aria-hidden': 'true' });
  #list = h('ol', { class: 'score-rows' });
  #choose;
  #root;

  /**
   * @param {HTMLElement} root
   * @param {(index: number) => void} choose
   */
  constructor(root, choose) {
    this.#root = root;
    this.#choose = choose;
    root.classList.add('score');
    fill(root, this.#heads, h('div', { class: 'score-body' }, this.#ink, this.#list));
    new ResizeObserver(() => this.#layout()).observe(root);
    this.#list.addEventListener('click', (event) => this.#clicked(event));
  }

  /**
   * @param {readonly Row[]} rows
   * @param {number} current
   * @param {readonly string[]} actors
   * @param {string} label what the list is called
   */
  show(rows, current, actors, label) {
    this.#rows = [...rows];
    this.#current = current;
    const known = new Set(actors);
    for (const { view } of rows) known.add(view.from).add(view.to);
    this.#actors = [...known];
    this.#list.setAttribute('aria-label', label);
    fill(this.#heads, this.#actors.map((name) =>
      h('span', { class: name === 'Attacker' ? 'score-head is-attacker' : 'score-head' }, name)));
    keyed(this.#list, this.#rows, (row) => row.key, (row) => this.#make(row), (node, row, index) =>
      this.#update(/** @type {HTMLElement} */ (node), row, index));
    this.#layout();
  }

  /**
   * Brings the current row into sight, and the focus to it, if the list has it already.
   * @param {Element | null} detail what is shown instead where the list stands alone, far from it
   */
  follow(detail) {
    const focused = document.activeElement;
    const row = this.#list.children[this.#current];
    if (focused instanceof HTMLElement && this.#list.contains(focused)) row?.querySelector('button')?.focus({ preventScroll: true });
    const behavior = still() ? 'auto' : 'smooth';
    if (this.#narrow && detail) detail.scrollIntoView({ block: 'start', behavior });
    else row?.scrollIntoView({ block: 'nearest', behavior });
  }

  /**
   * A dot travels along the arrow of a row.
   * @param {number} index
   */
  travel(index) {
    const row = this.#rows[index];
    const way = row && this.#way(index);
    if (!way || still() || this.#narrow || row.view.state === 'missing' || row.held) return;
    const stop = row.view.state === 'refused' ? way.x2 - Math.sign(way.x2 - way.x1) * 26 : way.x2;
    const dot = s('circle', { class: `dot channel-${row.view.channel}`, cx: 0, cy: 0, r: 5.5 });
    this.#ink.append(dot);
    const at = (/** @type {number} */ x) => ({ transform: `translate(${x}px, ${way.y}px)` });
    const run = dot.animate([at(way.x1), at(stop)], { duration: TRAVEL, easing: 'cubic-bezier(.4,0,.2,1)' });
    run.onfinish = run.oncancel = () => dot.remove();
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const item = event.target instanceof Element ? event.target.closest('li') : null;
    if (item) this.#choose([...this.#list.children].indexOf(item));
  }

  /** @param {Row} row */
  #make(row) {
    return h('li', { class: 'score-row' },
      h('button', { type: 'button' },
        h('span', { class: 'chip' }, row.chip),
        h('span', { class: 'score-text' },
          h('span', { class: 'score-title' }),
          h('span', { class: 'score-way' }),
          h('span', { class: 'score-channel' }),
          h('span', { class: 'score-state' }))));
  }

  /**
   * @param {HTMLElement} node
   * @param {Row} row
   * @param {number} index
   */
  #update(node, row, index) {
    const { view } = row;
    const current = index === this.#current;
    node.className = `score-row channel-${view.channel} is-${row.planned ? 'planned' : view.state}${current ? ' is-current' : ''}${view.by ? ' is-move' : ''}`;
    const button = /** @type {HTMLButtonElement} */ (node.firstElementChild);
    button.tabIndex = current ? 0 : -1;
    if (current) button.setAttribute('aria-current', 'step');
    else button.removeAttribute('aria-current');
    const [title, way, channel, state] = /** @type {Element[]} */ ([...button.lastElementChild?.children ?? []]);
    fill(title, view.title);
    fill(way, `${view.from} → ${view.to}`);
    fill(channel, channelWord(view.channel));
    fill(state, row.mark);
  }

  get #narrow() {
    return this.#root.clientWidth < NARROW;
  }

  /**
   * @param {number} index
   */
  #way(index) {
    const item = /** @type {HTMLElement | undefined} */ (this.#list.children[index]);
    const row = this.#rows[index];
    if (!item || !row) return null;
    const centres = laneCentres(this.#actors, this.#root.clientWidth);
    return span(centres, row.view.from, row.view.to, item.offsetTop + item.offsetHeight - 17);
  }

  #layout() {
    const width = this.#root.clientWidth;
    const desk = this.#root.parentElement;
    // So that a diagram that is taller than the screen sticks by its lower edge.
    desk?.style.setProperty('--score-height', `${desk.offsetHeight}px`);
    this.#root.classList.toggle('is-narrow', this.#narrow);
    if (this.#narrow || width === 0) return;
    const centres = laneCentres(this.#actors, width);
    this.#heads.style.setProperty('--lanes', String(this.#actors.length));
    this.#heads.style.setProperty('--gutter', `${GUTTER}px`);
    const items = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    items.forEach((item, index) => this.#placeText(item, index, centres, width));
    const height = this.#list.offsetHeight;
    for (const [name, value] of [['width', width], ['height', height], ['viewBox', `0 0 ${width} ${height}`]]) {
      this.#ink.setAttribute(String(name), String(value));
    }
    const arrows = this.#rows.map((row, index) => {
      const way = this.#way(index);
      const look = { channel: row.view.channel, state: row.planned ? 'planned' : row.view.state, held: row.held, current: index === this.#current };
      return way && arrow(way, look);
    });
    fill(this.#ink, laneLines(centres, height), arrows);
  }

  /**
   * Sets the words of a row over its arrow, as far as the edges let it.
   * @param {HTMLElement} item
   * @param {number} index
   * @param {Map<string, number>} centres
   * @param {number} width
   */
  #placeText(item, index, centres, width) {
    const row = this.#rows[index];
    const text = /** @type {HTMLElement | null} */ (item.querySelector('.score-text'));
    if (!text || !row) return;
    const from = centres.get(row.view.from) ?? GUTTER;
    const to = centres.get(row.view.to) ?? width;
    const room = Math.min(Math.max(Math.abs(to - from), 300), width - GUTTER - 8);
    text.style.setProperty('--room', `${room}px`);
    const wanted = (from + to) / 2 - text.offsetWidth / 2;
    text.style.setProperty('--x', `${Math.max(GUTTER, Math.min(wanted, width - text.offsetWidth - 8))}px`);
  }
}
