// The rows of the diagram: the steps of a flow, or of its table as long as nothing was run.

import { fieldsOf } from '../model/fresh.js';
import { place } from '../model/place.js';

/** @import { Attack, Flow, Pairs, StepView, Table, TableStep, Tables } from '../types.d.ts' */
/** @import { Row } from '../view/diagram.js' */

/**
 * @param {Flow | null} flow
 * @param {Tables} tables
 * @param {{ table: string, pkce: boolean, attack: string | null }} wanted
 * @returns {Row[]}
 */
export function rowsOf(flow, tables, wanted) {
  if (flow) return numbered(place(flow, tables, { table: wanted.table, pkce: flow.pkce ?? wanted.pkce }), flow.state === 'running' ? 'running' : 'over');
  const table = tables.flows.find(({ id }) => id === wanted.table) ?? tables.flows[0];
  const attack = tables.attacks.find(({ name }) => name === wanted.attack) ?? null;
  return table ? numbered(planned(table, wanted.pkce, attack), 'planned') : [];
}

/**
 * The steps of a table, and the moves of an attack between them, before anything happened.
 * @param {Table} table
 * @param {boolean} pkce
 * @param {Attack | null} attack
 */
function planned(table, pkce, attack) {
  const script = attack && (pkce ? attack.with_pkce : attack.without_pkce);
  const steps = table.steps.map((step) => ({ ...blank(step, step.title), number: step.number, what: told(step, pkce), why: step.why }));
  if (!script) return steps;
  const moves = script.moves.map((move) => ({
    ...blank({ from: move.by, to: move.to, channel: 'back' }, move.title),
    what: move.says,
    by: move.by === 'Attacker' ? /** @type {const} */ ('Attacker') : null,
  }));
  const at = steps.findIndex(({ number }) => number === script.after) + 1;
  return [...steps.slice(0, at), ...moves, ...steps.slice(at)];
}

/** @param {TableStep} step @param {boolean} pkce */
function told(step, pkce) {
  return pkce || step.without_pkce === 'The same.' ? step.with_pkce : step.without_pkce;
}

/**
 * @param {{ from: string, to: string, channel: StepView['channel'] }} way
 * @param {string} title
 * @returns {StepView}
 */
function blank({ from, to, channel }, title) {
  return {
    number: null, from, to, channel, title, what: '', why: null, state: 'missing', messages: [], checks: [], refused: null,
    made: /** @type {Pairs} */ ([]), notes: [], by: null, fresh: [], at: null,
  };
}

/**
 * Gives every row its name: a step its number, a move the number of the step before it and a letter.
 * @param {StepView[]} steps
 * @param {'planned' | 'running' | 'over'} now
 * @returns {Row[]}
 */
function numbered(steps, now) {
  let last = 0;
  let letter = 0;
  const end = steps.findLastIndex(({ state }) => state === 'seen' || state === 'refused');
  return steps.map((view, index) => {
    letter = view.number === null ? letter + 1 : 0;
    last = view.number ?? last;
    const chip = view.number === null ? `${last}${String.fromCharCode(96 + letter)}` : String(view.number);
    const held = view.messages.some(({ exchange, side }) => exchange?.held === side);
    return { key: chip, chip, view, held, mark: held ? 'held' : markOf(view, now !== 'over' ? '' : index < end ? 'not needed' : 'not reached'), planned: now === 'planned' };
  });
}

/** A word about a step that is not simply done. @param {StepView} view @param {string} missing about one that did not happen */
function markOf({ state }, missing) {
  if (state === 'missing') return missing;
  return state === 'inferred' ? 'not seen' : state === 'refused' ? 'refused' : '';
}

/** The lanes that these rows need. @param {readonly Row[]} rows @param {Tables} tables */
export function lanesOf(rows, tables) {
  return rows.some(({ view }) => view.from === 'Attacker' || view.to === 'Attacker') ? [...tables.actors, 'Attacker'] : tables.actors;
}

/**
 * The verifier and the challenge of a login, once both are known, and neither is hidden.
 * @param {readonly Row[]} rows
 */
export function secretsOf(rows) {
  const fields = rows.filter(({ view }) => view.by === null).flatMap(valuesOf);
  const verifier = fields.find(({ name }) => name === 'code_verifier')?.value;
  const challenge = fields.find(({ name }) => name === 'code_challenge')?.value;
  return verifier && challenge && !verifier.includes('…') ? { verifier, challenge } : null;
}

/**
 * What is hashed and compared at a step: the verifier that this very step makes or sends, which may be a thief's, and the
 * challenge of the login.
 * @param {Row} row
 * @param {{ verifier: string, challenge: string } | null} secrets those of the login
 */
export function hashedAt(row, secrets) {
  const sent = row.view.messages.flatMap(({ exchange }) => (exchange ? fieldsOf(exchange, 'request') : []));
  const verifier = [...valuesOf(row), ...sent].find(({ name }) => name === 'code_verifier')?.value;
  return secrets && verifier && !verifier.includes('…') ? { verifier, challenge: secrets.challenge } : null;
}

/** The names and values of a step. @param {Row} row */
function valuesOf({ view }) {
  return [
    ...view.made.map(([name, value]) => ({ name, value })),
    ...view.messages.flatMap(({ exchange, side }) => (exchange ? fieldsOf(exchange, side) : [])),
  ];
}

/**
 * How far there is something to see: in an attack to the move that decided it, in a login to the last message.
 * @param {readonly Row[]} rows
 * @param {string | null} stop the rule that stopped an attack
 */
export function reached(rows, stop) {
  // What is held may be a second message of an earlier step.
  const held = rows.findIndex((row) => row.held);
  if (held >= 0) return held;
  const moves = rows.findLastIndex(({ view }) => view.number === null && (stop === null || view.refused?.rule === stop));
  if (moves >= 0) return moves;
  return rows.findLastIndex(({ view }) => view.state === 'seen' || view.state === 'refused');
}
