// What is run and how: the flow, PKCE, the pace, who acts as the user.

import { attribute, fill, h } from '../view/dom.js';

/** @import { Session } from './session.js' */

/** @typedef {{ pace: 'live' | 'guided', who: 'script' | 'real' }} Manner */

/** Flows that a script alone can go through: no page of the demo begins them, or a button that comes later. */
const BY_SCRIPT = ['client-credentials', 'native', 'logout'];

export class Controls {
  /** @type {Manner} */ #chosen = { pace: 'live', who: 'script' };
  #session;
  #table = h('select', { id: 'table' });
  #about = h('p', { class: 'controls-about quiet' });
  #pkce = h('button', { type: 'button', class: 'toggle', role: 'switch' });
  #view;
  #manner;
  #who;
  #start = h('button', { type: 'button', class: 'button primary' }, 'Log in');
  #finish = h('button', { type: 'button', class: 'button' }, 'Let all go');
  #stop = h('button', { type: 'button', class: 'button' }, 'Stop');

  /**
   * @param {HTMLElement} root
   * @param {Session} session
   * @param {{ start: () => void, steer: (order: 'finish' | 'cancel') => void }} acts
   */
  constructor(root, session, acts) {
    this.#session = session;
    fill(this.#table, session.tables.flows.map(({ id, title }) => h('option', { value: id }, title)));
    this.#table.addEventListener('change', () => session.go({ table: this.#table.value, flow: null, step: null, attack: null }));
    this.#pkce.addEventListener('click', () => session.go({ pkce: !session.at.pkce, flow: null }));
    this.#start.addEventListener('click', acts.start);
    this.#finish.addEventListener('click', () => acts.steer('finish'));
    this.#stop.addEventListener('click', () => acts.steer('cancel'));
    root.addEventListener('submit', (event) => event.preventDefault());
    this.#view = segments('View', 'view', [['walk', 'One flow'], ['compare', 'Side by side']], session.at.view,
      (value) => session.go({ view: value === 'compare' ? 'compare' : 'walk' }));
    const pace = segments('Pace', 'pace', [['live', 'Live'], ['guided', 'Guided']], this.#chosen.pace,
      (value) => { this.#chosen.pace = value === 'guided' ? 'guided' : 'live'; });
    this.#who = segments('Who acts as the user', 'who', [['script', 'Do it for me'], ['real', 'In my browser']], this.#chosen.who,
      (value) => { this.#chosen.who = value === 'real' ? 'real' : 'script'; });
    this.#manner = h('div', { class: 'controls-run' }, pace.node, this.#who.node);
    fill(root,
      h('div', { class: 'controls-what' }, h('label', { class: 'field' }, h('span', null, 'Flow'), this.#table), this.#pkce, this.#view.node),
      h('div', { class: 'controls-foot' }, this.#about,
        h('div', { class: 'controls-run' }, this.#manner, this.#start, this.#finish, this.#stop)));
  }

  /** How the flow that is chosen is run. @returns {Manner} */
  get manner() {
    return { ...this.#chosen, who: BY_SCRIPT.includes(this.#session.at.table) ? 'script' : this.#chosen.who };
  }

  /** @param {{ running: boolean, known: boolean }} now */
  show({ running, known }) {
    const { at, table } = this.#session;
    this.#table.value = at.table;
    fill(this.#about, table?.about ?? '');
    this.#pkce.hidden = table?.pkce_toggle === false || at.view === 'compare';
    attribute(this.#pkce, 'aria-checked', String(at.pkce));
    fill(this.#pkce, 'PKCE ', h('span', { class: 'toggle-state', 'aria-hidden': 'true' }, at.pkce ? 'on' : 'off'));
    this.#view.set(at.view);
    this.#manner.hidden = at.view === 'compare' || running;
    this.#who.node.hidden = BY_SCRIPT.includes(at.table);
    this.#start.hidden = running || at.view === 'compare';
    this.#stop.hidden = !running;
    this.#finish.hidden = !running || this.#session.run?.mode !== 'guided';
    fill(this.#start, known ? `${startWord(at.table)} again` : startWord(at.table));
  }
}

/** What the button says that runs a table. @param {string} table */
export function startWord(table) {
  return ['code', 'openid', 'native'].includes(table) ? 'Log in' : 'Run it';
}

/**
 * A few choices of which one holds.
 * @param {string} legend
 * @param {string} name
 * @param {[string, string][]} options
 * @param {string} chosen
 * @param {(value: string) => void} choose
 */
export function segments(legend, name, options, chosen, choose) {
  const inputs = options.map(([value]) => h('input', { type: 'radio', name, value, checked: value === chosen }));
  const node = h('fieldset', { class: 'segments' }, h('legend', { class: 'unseen' }, legend),
    options.map(([, label], index) => h('label', null, inputs[index] ?? null, h('span', null, label))));
  node.addEventListener('change', (event) => {
    if (event.target instanceof HTMLInputElement) choose(event.target.value);
  });
  const set = (/** @type {string} */ value) => {
    for (const input of inputs) input.checked = input.value === value;
  };
  return { node, set };
}
