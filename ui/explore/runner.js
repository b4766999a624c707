// Starts runs, steers the one that is under way, and says what went wrong with it.

import { startRun, steerRun } from '../view/api.js';
import { h } from '../view/dom.js';
import { clearNotices, notify } from './notices.js';

/** @import { Run } from '../types.d.ts' */
/** @import { Manner } from './controls.js' */
/** @import { Session } from './session.js' */
/** @import { Row } from '../view/diagram.js' */

/** @typedef {{ table: string, pkce: boolean, attack: string | null }} Wanted */

export class Runner {
  #session;
  /** @type {HTMLElement | null} */ #hint = null;
  /** The held message that was let go last. @type {string | null} */ #gone = null;
  /** @type {Map<string, (run: Run) => void>} */ #waiting = new Map();

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
  }

  /**
   * Runs a login, or an attack on one.
   * @param {Wanted} wanted
   * @param {Manner} manner
   * @returns {Promise<Run | null>} null: it did not start, and the reader knows why
   */
  async start(wanted, manner) {
    clearNotices();
    // Browsers open a window only in answer to a press, so before anything is waited for.
    const tab = manner.who === 'real' ? window.open('about:blank', '_blank') : null;
    try {
      const run = await startRun({ ...wanted, mode: manner.pace, user: manner.who });
      this.#session.runId = run.id;
      // The events may have told of it before this answer came, and of more than it knew.
      this.heard(this.#session.runs.get(run.id) ?? run);
      if (manner.who === 'real' && run.open) this.#openFor(run.open, tab);
      else tab?.close();
      return run;
    } catch (error) {
      tab?.close();
      notify('bad', `It did not start. ${error instanceof Error ? error.message : error}`);
      return null;
    }
  }

  /**
   * @param {string} address
   * @param {Window | null} tab
   */
  #openFor(address, tab) {
    if (tab) {
      tab.opener = null;
      tab.location.href = address;
      this.#hint = notify('good', 'The app is open in another window. Sign in there as alice with wonderland; each message appears here as it is sent.');
      return;
    }
    const link = h('a', { class: 'button small', href: address, target: '_blank', rel: 'noopener' }, 'Open the app');
    notify('warn', 'The browser did not open a window for the login.', link);
  }

  /** The same with PKCE and without, one after the other. @param {Omit<Wanted, 'pkce'>} wanted */
  async both(wanted) {
    this.#session.several = true;
    for (const pkce of [true, false]) {
      const run = await this.start({ ...wanted, pkce }, { pace: 'live', who: 'script' });
      if (!run || (await this.#end(run)).state === 'failed') break;
    }
    this.#session.several = false;
    this.#session.go({}, { back: false });
  }

  /** @param {Run} run @returns {Promise<Run>} as it is when it is over */
  #end(run) {
    const known = this.#session.runs.get(run.id) ?? run;
    if (known.state === 'done' || known.state === 'failed') return Promise.resolve(known);
    return new Promise((resolve) => this.#waiting.set(run.id, resolve));
  }

  /** News of a run. One that is under way when the page is opened is the page's own again. @param {Run} run */
  heard(run) {
    this.#session.addRun(run);
    if (run.state !== 'done' && run.state !== 'failed' && !this.#session.running) this.#session.runId = run.id;
    if (run.state !== 'done' && run.state !== 'failed') return;
    this.#hint?.remove();
    this.#waiting.get(run.id)?.(run);
    this.#waiting.delete(run.id);
    if (run.id === this.#session.runId && run.state === 'failed') notify('bad', `The run ended early. ${run.trouble ?? 'Nobody says why.'}`);
  }

  /**
   * Sends on the message that a step holds, once: a second press before the page has heard of the first means the same.
   * @param {Row | undefined} row
   */
  async letGo(row) {
    const message = row?.view.messages.find(({ exchange, side }) => exchange?.held === side);
    const name = message ? `${message.exchange?.id} ${message.side}` : null;
    if (name === null || name === this.#gone) return;
    this.#gone = name;
    if (!await this.steer('next')) this.#gone = null;
  }

  /** @param {'next' | 'finish' | 'cancel'} order @returns {Promise<boolean>} whether it was taken */
  async steer(order) {
    const { run } = this.#session;
    if (!run) return false;
    return steerRun(run.id, order).then(() => true, (error) => {
      notify('bad', error.message);
      return false;
    });
  }
}
