// What the inspector knows: every login that came, of whatever client, and which one is shown.

import { lint } from '../model/lint/index.js';
import { Session } from '../explore/session.js';
import { rowsOf } from '../explore/rows.js';

/** @import { Flow, Lint } from '../types.d.ts' */

export class InspectorSession extends Session {
  /** Flows that came from files, the newest last. @type {Flow[]} */ files = [];
  /** How far the server's clock is ahead of ours, in milliseconds. */ ahead = 0;
  /** What the server says of itself; `null`: nobody had to ask yet. @type {unknown} */ metadata = null;
  /** The flow that the shown one is compared with. @type {string | null} */ other = null;

  /** The login that was chosen; without a choice the newest, so that the page follows what happens. */
  get whole() {
    const { flow: wanted } = this.at;
    return wanted ? this.findFlow(wanted) : (this.flows().at(-1) ?? null);
  }

  /** The server's time, in milliseconds since 1970. */
  get now() {
    return Date.now() + this.ahead;
  }

  /** Every login, the oldest first. @returns {Flow[]} */
  flows() {
    return [...this.book.flows(), ...this.files].sort((a, b) => a.began - b.began);
  }

  /** @param {string} id */
  findFlow(id) {
    return this.flows().find((flow) => flow.id === id) ?? null;
  }

  /** The clients, the one with the newest login first; `null`: nobody named itself. */
  clients() {
    return [...new Set(this.flows().reverse().map(({ client_id }) => client_id))];
  }

  /** The logins of a client, the newest first. @param {string | null} client */
  flowsOf(client) {
    return this.flows().filter(({ client_id }) => client_id === client).reverse();
  }

  /** @param {string | null} client @returns {Lint} */
  lintOf(client) {
    return lint(this.flowsOf(client), { now: this.now, loose: this.book.loose(), metadata: this.metadata });
  }

  /** Shows a login from a file. @param {Flow} flow */
  open(flow) {
    this.files = [...this.files.filter(({ id }) => id !== flow.id), flow].slice(-20);
    this.go({ flow: flow.id, step: null });
  }

  /** Each login is laid on the steps that it fits. @param {Flow | null} flow */
  rowsOf(flow) {
    return rowsOf(flow, this.tables, { ...this.at, table: flow?.table ?? 'code', attack: null });
  }

  get table() {
    const id = this.flow?.table ?? 'code';
    return this.tables.flows.find((table) => table.id === id) ?? this.tables.flows[0] ?? null;
  }

  /** Where no step was chosen: the one that was refused. @param {readonly import('../view/diagram.js').Row[]} rows */
  indexIn(rows) {
    if (this.at.step !== null) return super.indexIn(rows);
    return Math.max(rows.findLastIndex(({ view }) => view.state === 'refused'), 0);
  }

  clear() {
    this.files = [];
    this.other = null;
    super.clear();
  }
}
