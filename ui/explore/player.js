// The clockwork: plays the steps one after another, or follows a flow as far as it has come.

import { still } from '../view/dom.js';

/** @import { Session } from './session.js' */

/** Milliseconds on a step: while it is read, and while a running flow is followed. */
const READ = 2200;
const FOLLOW = 850;

export class Player {
  /** @type {'off' | 'play' | 'follow'} */ mode = /** @type {'off' | 'play' | 'follow'} */ ('off');
  #timer = 0;
  #session;

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
  }

  stop() {
    clearTimeout(this.#timer);
    this.mode = 'off';
  }

  /** From here to the end; from the beginning, if this is the end. */
  play() {
    this.stop();
    this.mode = 'play';
    const { rows } = this.#session;
    if (this.#session.indexIn(rows) >= rows.length - 1) this.#step(0);
    this.#timer = window.setTimeout(() => this.#tick(), READ);
  }

  /** Goes along with the flow that is running. */
  follow() {
    this.stop();
    this.mode = 'follow';
    this.#tick();
  }

  /** Something came: if the flow is followed, and the clockwork has run down, it goes on. */
  nudge() {
    if (this.mode === 'follow' && this.#timer === 0) this.#tick();
  }

  #tick() {
    this.#timer = 0;
    const { rows } = this.#session;
    const index = this.#session.indexIn(rows);
    const end = this.mode === 'follow' ? this.#session.reached : rows.length - 1;
    if (index < end) {
      this.#step(this.mode === 'follow' && still() ? end : index + 1);
      this.#timer = window.setTimeout(() => this.#tick(), this.mode === 'follow' ? FOLLOW : READ);
    } else if (this.mode === 'follow' && rows[end]?.held) {
      if (index > end) this.#step(end);
    } else if (this.mode === 'play' || !this.#session.running) {
      // What was seen last need not be what decided an attack; that is known at its end only.
      if (this.mode === 'follow' && end >= 0 && index > end) this.#step(end);
      this.stop();
      this.#session.go({}, { back: false });
    }
  }

  /** @param {number} index */
  #step(index) {
    const row = this.#session.rows[index];
    if (row) this.#session.go({ step: row.key }, { back: false });
  }
}
