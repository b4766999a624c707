// What a diagnosis works on: one flow, with what else was seen; and how a finding is put together.

import { outcomeOf, responseParams } from '../outcome.js';
import { decidedAt, place } from '../place.js';
import { ofMove } from '../span.js';
import { find, requestParams } from '../wire.js';

/** @import { Exchange, Finding, Flow, Severity, StepView, Tables } from '../../types.d.ts' */
/** @import { Outcome } from '../outcome.js' */

/**
 * @typedef {object} Context
 * @property {Flow[]} [flows]  others that were seen, for values that belong to another login
 * @property {Exchange[]} [loose]  what belongs to no flow: metadata, keys
 * @property {number} [now]  milliseconds since 1970; without it nothing is said about what has not happened
 *
 * @typedef {object} Parts
 * @property {string} id
 * @property {Severity} [severity]
 * @property {string} title
 * @property {string} what
 * @property {string | null} [expected]
 * @property {string | null} [got]
 * @property {number | null} [at]
 * @property {string} fix
 * @property {string | null} [section]
 * @property {string | null} [rule]
 */

export class Case {
  /**
   * @param {Flow} flow
   * @param {Tables} tables
   * @param {Context} context
   */
  constructor(flow, tables, context) {
    this.flow = flow;
    // What an attack of the explorer sent on purpose is no mistake of the client.
    this.exchanges = flow.exchanges.filter((exchange) => !ofMove(exchange, flow));
    this.others = (context.flows ?? []).filter((other) => other.id !== flow.id);
    this.loose = context.loose ?? [];
    this.now = context.now ?? null;
    /** @type {StepView[]} */
    this.steps = place(flow, tables);
    this.rules = tables.rules;
  }

  /** The rule of that name. @param {string | null} id */
  rule(id) {
    return this.rules.find((rule) => rule.id === id) ?? null;
  }

  /** Exchanges that were refused, with how. @returns {{ exchange: Exchange, outcome: Outcome }[]} */
  refused() {
    const all = this.exchanges.map((exchange) => ({ exchange, outcome: outcomeOf(exchange) }));
    return all.filter(({ outcome }) => outcome.kind === 'refused');
  }

  /** Exchanges refused by one of these rules. @param {...string} ids */
  refusedBy(...ids) {
    return this.refused().filter(({ outcome }) => outcome.rule !== null && ids.includes(outcome.rule));
  }

  /** @param {string} endpoint */
  at(endpoint) {
    return this.exchanges.filter((exchange) => exchange.endpoint === endpoint && exchange.request.method !== 'OPTIONS');
  }

  /** A parameter of the authorization request. @param {string} name */
  asked(name) {
    const [request] = this.at('authorize');
    return request ? find(requestParams(request), name) : null;
  }

  /** The exchange whose answer carried that code. @param {string | null} code */
  issued(code) {
    if (code === null) return null;
    return this.exchanges.find((exchange) => find(responseParams(exchange)?.pairs ?? [], 'code') === code) ?? null;
  }

  /**
   * A finding about an exchange. The section is the rule's, unless another is given.
   * @param {Exchange | null} exchange
   * @param {Parts} parts
   * @returns {Finding}
   */
  finding(exchange, parts) {
    const outcome = exchange ? outcomeOf(exchange) : null;
    const rule = parts.rule ?? (outcome?.kind === 'refused' ? outcome.rule : null);
    return {
      id: parts.id,
      severity: parts.severity ?? 'error',
      step: exchange ? (decidedAt(this.steps, exchange)?.number ?? null) : null,
      exchange: exchange?.id ?? null,
      title: parts.title,
      what: parts.what,
      expected: parts.expected ?? null,
      got: parts.got ?? null,
      at: parts.at ?? null,
      fix: parts.fix,
      section: parts.section ?? this.rule(rule)?.section ?? null,
      rule,
      trace_id: outcome?.traceId ?? null,
    };
  }
}

/** Whether a value was replaced by the mask. @param {string | null} value */
export function isMasked(value) {
  return value !== null && /…[0-9a-f]{8}$/.test(value);
}

/** A time span in words. @param {number} ms */
export function span(ms) {
  const size = Math.abs(ms);
  if (size < 1000) return `${Math.round(size)} ms`;
  if (size < 120_000) return `${Math.round(size / 1000)} s`;
  if (size < 7_200_000) return `${Math.round(size / 60_000)} minutes`;
  return `${Math.round(size / 3_600_000)} hours`;
}
