// What the page knows: the flows that came, the runs, the reader's place; and what to show of it.

import { FlowBook, flowOf } from '../model/flows.js';
import { readPlace, remember } from './address.js';
import { reached, rowsOf } from './rows.js';

/** @import { Exchange, Flow, Recording, Run, Tables } from '../types.d.ts' */
/** @import { Row } from '../view/diagram.js' */
/** @import { Place } from './address.js' */

export class Session {
  book = new FlowBook();
  /** @type {Map<string, Run>} */ runs = new Map();
  /** A flow that is not in the book: opened from a file, or fetched. @type {Flow | null} */ opened = null;
  /** The run that was started here. @type {string | null} */ runId = null;
  masked = false;
  /** @type {(flow: Flow) => Flow} */ #mask;
  #tables;
  #changed;

  /** @type {Place} */ at;

  /**
   * @param {Tables} tables
   * @param {(flow: Flow) => Flow} mask
   * @param {() => void} changed
   */
  constructor(tables, mask, changed) {
    this.#tables = tables;
    this.#mask = mask;
    this.#changed = changed;
    this.at = readPlace(location.search);
  }

  get tables() {
    return this.#tables;
  }

  get table() {
    return this.#tables.flows.find(({ id }) => id === this.at.table) ?? this.#tables.flows[0] ?? null;
  }

  /** The run that the page was told to make, as far as it is known. */
  get run() {
    return this.runId === null ? null : this.runs.get(this.runId) ?? null;
  }

  /** The flow that is shown. */
  get flow() {
    const flow = this.#flow();
    return flow && this.masked ? this.#mask(flow) : flow;
  }

  #flow() {
    const { flow: wanted } = this.at;
    if (wanted) return this.book.find(wanted) ?? (this.opened?.id === wanted ? this.opened : null);
    return this.newest(this.at.pkce);
  }

  /**
   * The newest flow that the explorer made of the chosen kind.
   * @param {boolean} pkce
   */
  newest(pkce) {
    const { table, attack } = this.at;
    return this.book.flows().findLast(({ run }) => run !== null && run.table === table && run.pkce === pkce && run.attack === attack) ?? null;
  }

  /** @returns {Row[]} */
  get rows() {
    return rowsOf(this.flow, this.#tables, this.at);
  }

  /**
   * Where the reader stands among the rows.
   * @param {readonly Row[]} rows
   */
  indexIn(rows) {
    const index = rows.findIndex(({ key }) => key === this.at.step);
    return Math.max(index, 0);
  }

  /**
   * Goes somewhere else.
   * @param {Partial<Place>} change
   * @param {{ back?: boolean }} [options]
   */
  go(change, { back = true } = {}) {
    this.at = { ...this.at, ...change };
    remember(this.at, back);
    this.#changed();
  }

  /** Follows the browser's back and forward buttons. */
  returned() {
    this.at = readPlace(location.search);
    this.#changed();
  }

  /** @param {Exchange} exchange */
  addExchange(exchange) {
    this.book.add(exchange);
    this.#changed();
  }

  /** @param {Run} run */
  addRun(run) {
    this.runs.set(run.id, run);
    this.book.setRun(run);
    this.#changed();
  }

  /** @param {Recording} recording */
  open(recording) {
    const { flow } = recording;
    this.opened = flowOf(flow.id, recording.exchanges, flow.run, recording.masked);
    this.at = { ...this.at, flow: flow.id, table: flow.table, pkce: flow.pkce ?? true, attack: flow.run?.attack ?? null, step: null, view: 'walk' };
    remember(this.at, true);
    this.#changed();
  }

  clear() {
    this.book.clear();
    this.runs.clear();
    this.opened = null;
    this.runId = null;
    this.go({ flow: null, step: null }, { back: false });
  }

  /** How far the shown flow has come. */
  get reached() {
    return this.flow ? reached(this.rows) : -1;
  }
}
