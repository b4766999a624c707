// How a lint puts a finding together, and what it asks of flows again and again.

import { gaveTokens } from '../outcome.js';

/** @import { Exchange, Finding, Flow, Severity } from '../../types.d.ts' */

/**
 * @typedef {object} Parts
 * @property {string} id
 * @property {Severity} severity
 * @property {string} title
 * @property {string} what
 * @property {string | null} [expected]
 * @property {string | null} [got]
 * @property {string} fix
 * @property {string | null} [section]
 */

/**
 * @param {Flow} flow
 * @param {Exchange | null} exchange
 * @param {Parts} parts
 * @returns {Finding}
 */
export function finding(flow, exchange, parts) {
  return {
    step: null,
    expected: null,
    got: null,
    at: null,
    section: null,
    rule: null,
    trace_id: null,
    ...parts,
    exchange: exchange?.id ?? null,
    flow: flow.id,
  };
}

/** @param {Flow} flow @returns {Exchange | null} */
export function authorizeOf(flow) {
  return (
    flow.exchanges.find(({ endpoint, site }) => endpoint === 'authorize' && site === 'authorization_server') ?? null
  );
}

/** Whether tokens were handed out. @param {Flow} flow */
export const finished = (flow) => flow.exchanges.some(gaveTokens);
