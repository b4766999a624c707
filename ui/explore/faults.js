// Things that go wrong, on order; and the clock of the server, which can be moved.

import { get, post } from '../view/api.js';
import { attribute, fill, h } from '../view/dom.js';
import { lasting } from '../view/words.js';
import { segments } from './controls.js';
import { notify } from './notices.js';

const JUMPS = /** @type {[string, number][]} */ ([['+1 min', 60], ['+5 min', 300], ['+1 h', 3600], ['+1 day', 86_400]]);

export class Faults {
  #ahead = 0;
  #clock = h('output', { class: 'clock-face' });
  #offset = h('p', { class: 'quiet' });
  #drop = h('button', { type: 'button', class: 'toggle small', role: 'switch', 'aria-checked': 'false' }, 'Lose the answer to the next refresh');
  #delay;
  #done = h('p', { class: 'notice notice-good faults-done', role: 'status' });

  /** @param {HTMLElement} root */
  constructor(root) {
    const button = (/** @type {string} */ label, /** @type {() => void} */ act) => h('button', { type: 'button', class: 'button small', onclick: act }, label);
    const minutes = h('input', { type: 'number', id: 'clock-minutes', class: 'clock-minutes', min: '1', max: '527040', step: '1', value: '30', inputmode: 'numeric' });
    this.#drop.addEventListener('click', () => void this.#order('drop-next-refresh', { on: this.#drop.getAttribute('aria-checked') !== 'true' }));
    this.#delay = segments('Delay the keys', 'delay', [['0', 'at once'], ['2', 'after 2 s'], ['10', 'after 10 s']], '0', (value) => void this.#order('delay-jwks', { on: value !== '0', seconds: Number(value) }));
    fill(root,
      h('div', { class: 'clock' },
        h('div', null, h('h3', null, 'The server’s clock'), this.#clock, this.#offset),
        h('div', { class: 'clock-jumps', role: 'group', 'aria-label': 'Move the clock forward' }, JUMPS.map(([label, seconds]) => button(label, () => void this.#advance(seconds))),
          h('span', { class: 'clock-own' }, h('label', { class: 'unseen', for: 'clock-minutes' }, 'Minutes'), minutes, button('min forward', () => void this.#advance(Math.max(1, Number(minutes.value)) * 60))))),
      h('ul', { class: 'faults' },
        h('li', null, this.#drop, h('p', { class: 'quiet' }, 'The tokens are replaced, and the client never hears of it. It tries again with the old one.')),
        h('li', null, h('div', { class: 'faults-row' }, h('span', null, 'Keys arrive'), this.#delay.node), h('p', { class: 'quiet' }, 'Whoever verifies a signature has to wait for them.')),
        h('li', null, button('Rotate the keys now', () => void this.#order('rotate-keys', {}, 'The keys were rotated: what is signed from now on needs the new one.')),
          h('p', { class: 'quiet' }, 'A client that fetched the keys only once rejects everything from now on.')),
        h('li', null, button('Revoke the consent now', () => void this.#order('revoke-consent', {}, 'The consent is revoked: refresh tokens and opaque tokens are dead.')),
          h('p', { class: 'quiet' }, 'The user takes back what they allowed. The next refresh says so.'))),
      this.#done);
    setInterval(() => this.#tick(), 1000);
    this.#tick();
    get('/faults').then((state) => this.faults(state), () => undefined);
    get('/clock').then((state) => this.clock(state), () => undefined);
  }

  /** @param {{ ahead: number }} state */
  clock({ ahead }) {
    this.#ahead = ahead;
    fill(this.#offset, ahead === 0 ? 'as the computer has it' : `${lasting(ahead)} ahead. It goes back when the program is started again.`);
    this.#tick();
  }

  /** @param {Record<string, unknown>} state */
  faults(state) {
    attribute(this.#drop, 'aria-checked', String(state['drop_next_refresh'] === true));
    const delay = Number(state['delay_jwks'] ?? 0);
    this.#delay.set(delay === 0 ? '0' : delay <= 2 ? '2' : '10');
  }

  #tick() {
    const now = new Date(Date.now() + this.#ahead * 1000);
    fill(this.#clock, now.toLocaleString('en-GB', { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' }));
  }

  /** @param {number} seconds */
  async #advance(seconds) {
    await post('/clock', { advance: seconds }).then((state) => this.clock(state), (error) => notify('bad', error.message));
  }

  /**
   * @param {string} fault
   * @param {object} body
   * @param {string} [done]
   */
  async #order(fault, body, done = '') {
    await post(`/faults/${fault}`, body).then((state) => {
      if (state) this.faults(state);
      fill(this.#done, done);
    }, (error) => notify('bad', error.message));
  }
}
