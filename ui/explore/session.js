// What the page knows: the flows that came, the runs, the reader's place; and what to show of it.

import { FlowBook } from '../model/flows.js';
import { maskFlow } from '../model/mask.js';
import { readPlace, remember } from './address.js';
import { reached, rowsOf } from './rows.js';

/** @import { Exchange, Flow, Run, Tables } from '../types.d.ts' */
/** @import { Row } from '../view/diagram.js' */
/** @import { Place } from './address.js' */

export class Session {
  book = new FlowBook();
  /** @type {Map<string, Run>} */ runs = new Map();
  /** A flow that is not in the book: opened from a file, or fetched. @type {Flow | null} */ opened = null;
  /** The run that was started here. @type {string | null} */ runId = null;
  masked = false;
  /** Whether several runs are made one after the other, and there is more to come. */ several = false;
  /** @type {{ of: Flow, flow: Flow } | null} */ #hidden = null;
  /** The rows as they were laid out last. @type {{ flow: Flow | null, at: Place, rows: Row[] } | null} */ #laid = null;
  #tables;
  #changed;
  #usual;

  /** @type {Place} */ at;

  /**
   * @param {Tables} tables
   * @param {() => void} changed
   * @param {Place['read']} [usual] how a step is told where the address doesn't say
   */
  constructor(tables, changed, usual = 'learner') {
    this.#tables = tables;
    this.#changed = changed;
    this.#usual = usual;
    this.at = readPlace(location.search, usual);
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

  /** Whether it is still under way. */
  get running() {
    const state = this.run?.state;
    return this.several || state === 'running' || state === 'waiting';
  }

  /** The flow that is shown. */
  get flow() {
    const { whole } = this;
    return whole && this.masked ? this.mask(whole) : whole;
  }

  /** The same without its secrets. @param {Flow} flow */
  mask(flow) {
    if (this.#hidden?.of !== flow) this.#hidden = { of: flow, flow: maskFlow(flow) };
    return this.#hidden.flow;
  }

  /** @param {boolean} wanted */
  hide(wanted) {
    this.masked = wanted;
    this.#changed();
  }

  /** The same with its secrets. */
  get whole() {
    const { flow: wanted } = this.at;
    if (wanted) return this.book.find(wanted) ?? (this.opened?.id === wanted ? this.opened : null);
    return this.running && this.#isHere(this.run) ? this.#flowOf(this.run) : this.newest(this.at.pkce);
  }

  /** Whether a run is of the kind that is shown. @param {Run | null} run */
  #isHere(run) {
    const { table, pkce, attack } = this.at;
    return run !== null && run.table === table && run.pkce === pkce && run.attack === attack;
  }

  /** @param {Run | null} run */
  #flowOf(run) {
    return this.book.flows().findLast((flow) => flow.run !== null && flow.run.id === run?.id) ?? null;
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
    const { flow, at } = this;
    if (!this.#laid || this.#laid.flow !== flow || this.#laid.at !== at) this.#laid = { flow, at, rows: this.rowsOf(flow) };
    return this.#laid.rows;
  }

  /** @param {Flow | null} flow */
  rowsOf(flow) {
    return rowsOf(flow, this.#tables, this.at);
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
    remember(this.at, back, this.#usual);
    this.#changed();
  }

  /** Follows the browser's back and forward buttons. */
  returned() {
    this.at = readPlace(location.search, this.#usual);
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

  /** Shows a flow that is not in the book. @param {Flow} flow */
  open(flow) {
    this.opened = flow;
    this.at = { ...this.at, flow: flow.id, table: flow.table, pkce: flow.pkce ?? true, attack: flow.run?.attack ?? null, step: null, view: 'walk' };
    remember(this.at, true, this.#usual);
    this.#changed();
  }

  /** What came from the server is void. */
  reset() {
    this.book.clear();
    this.runs.clear();
    this.#changed();
  }

  clear() {
    this.reset();
    this.opened = null;
    this.runId = null;
    this.go({ flow: null, step: null }, { back: false });
  }

  /** Whether nothing comes after a step before a held message goes on, or one that was let go arrives. @param {number} index */
  heldUp(index) {
    return this.running && this.run?.mode === 'guided' && this.flow?.run?.id === this.runId && index === Math.max(this.reached, 0);
  }

  /** How far the shown flow has come. */
  get reached() {
    return this.flow ? reached(this.rows, this.flow.run?.verdict?.stopped_by?.id ?? null) : -1;
  }
}
