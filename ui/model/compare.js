// Two steps, or two flows, set side by side: which fields differ, and whether more differs than what is random each time.

import { fieldsOf } from './fresh.js';
import { place } from './place.js';

/** @import { FieldDifference, Flow, StepDifference, StepView, Tables } from '../types.d.ts' */

/** Values that are made anew each time: that they differ says nothing. */
const RANDOM = new Set([
  'state',
  'nonce',
  'code',
  'code_challenge',
  'code_verifier',
  'access_token',
  'refresh_token',
  'id_token',
  'token',
  'csrf',
  'session',
  'traceparent',
  'client_assertion',
  'trace_id',
  'countersign_trace_id',
  'jti',
  'exp',
  'iat',
  'nbf',
  'auth_time',
]);

/** Whether a difference says something. @param {FieldDifference} field */
export const telling = (field) => !isRandom(field);

/** @param {FieldDifference} field */
function isRandom({ where, name, kind, a, b }) {
  if (kind !== 'value') return false;
  const bearer = [a, b].every((value) => /^bearer /i.test(value ?? ''));
  return RANDOM.has(name) || bearer || where === 'cookie' || where === 'set-cookie';
}

/**
 * What is in one step and not in the other, or not the same.
 * @param {StepView | null} a
 * @param {StepView | null} b
 * @returns {FieldDifference[]}
 */
export function compareSteps(a, b) {
  const [left, right] = [fields(a), fields(b)];
  /** @type {FieldDifference[]} */
  const differences = [];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [where = '', name = ''] = key.split('\n');
    const [one, two] = [left.get(key) ?? null, right.get(key) ?? null];
    if (one === two) continue;
    differences.push({
      where,
      name,
      a: one,
      b: two,
      kind: one === null ? 'only_b' : two === null ? 'only_a' : 'value',
    });
  }
  return differences;
}

/**
 * Every field of a step by its place and name; repeated ones in one.
 * @param {StepView | null} step
 * @returns {Map<string, string>}
 */
function fields(step) {
  /** @type {Map<string, string>} */
  const all = new Map();
  const put = (/** @type {string} */ where, /** @type {string} */ name, /** @type {string} */ value) => {
    const key = `${where}\n${name}`;
    all.set(key, all.has(key) ? `${all.get(key)} | ${value}` : value);
  };
  for (const [name, value] of step?.made ?? []) put('made', name, value);
  for (const { exchange, side, told } of step?.messages.slice(0, 1) ?? []) {
    if (exchange) for (const { where, name, value } of fieldsOf(exchange, side)) put(where, name, value);
    if (exchange && side === 'response') put('status', 'status', String(exchange.response?.status ?? ''));
    if (!exchange) for (const [name, value] of leaves(told)) put('told', name, value);
  }
  return all;
}

/** The texts in what is told of a message. @param {unknown} value @param {string} [name] @returns {[string, string][]} */
function leaves(value, name = '') {
  if (typeof value !== 'object' || value === null)
    return value === null || value === undefined ? [] : [[name, String(value)]];
  return Object.entries(value).flatMap(([key, member]) => leaves(member, Array.isArray(value) ? name : key));
}

/**
 * Two flows, step by step. Moves of an attack are left out: they have no counterpart.
 * @param {StepView[]} a
 * @param {StepView[]} b
 * @returns {StepDifference[]}
 */
export function comparePlaced(a, b) {
  const numbers = [...new Set([...a, ...b].map(({ number }) => number).filter((number) => number !== null))].sort(
    (x, y) => x - y,
  );
  return numbers.map((number) => {
    const [one, two] = [a, b].map((steps) => steps.find((step) => step.number === number) ?? null);
    const differences = compareSteps(one ?? null, two ?? null);
    const rules = compareRules(one ?? null, two ?? null);
    return {
      number,
      title: one?.title ?? two?.title ?? '',
      a: one ?? null,
      b: two ?? null,
      fields: differences,
      rules,
      differs: differences.some(telling) || rules.length > 0 || one?.state !== two?.state,
    };
  });
}

/**
 * @param {StepView | null} a
 * @param {StepView | null} b
 */
function compareRules(a, b) {
  const outcome = (/** @type {StepView | null} */ step, /** @type {string} */ rule) =>
    step?.checks.findLast((check) => check.rule === rule)?.ok ?? null;
  const names = [...new Set([...(a?.checks ?? []), ...(b?.checks ?? [])].map(({ rule }) => rule))];
  return names
    .map((rule) => ({ rule, a: outcome(a, rule), b: outcome(b, rule) }))
    .filter(({ a: one, b: two }) => one !== two);
}

/**
 * @param {Flow} a
 * @param {Flow} b
 * @param {Tables} tables
 * @returns {StepDifference[]}
 */
export function compareFlows(a, b, tables) {
  return comparePlaced(place(a, tables), place(b, tables, { table: a.table }));
}
