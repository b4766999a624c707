// A flow laid on the steps of a table. A step is seen, waits, was refused, follows from others, or did not happen (yet).

import { markFresh } from './fresh.js';
import { infer, madeIn } from './infer.js';
import { messagesOf } from './match.js';
import { outcomeOf } from './outcome.js';
import { fromRecords } from './records.js';
import { ofMove, timeOf } from './span.js';

/** @import { Exchange, Flow, Refused, StepMessage, StepView, Table, TableStep, Tables } from '../types.d.ts' */

/** Endpoints whose checks belong to the request, since the answer belongs to a later step or to none. */
const FRONT = ['authorize', 'callback', 'login', 'sign-in', 'choose', 'consent', 'interaction'];
/** Pages for people: a wrong password is no refusal of the flow. */
const PAGES = ['interaction', 'sign-in', 'page', 'login'];
const SERVERS = ['Authorization Server', 'Resource Server'];

/**
 * @param {Flow} flow
 * @param {Tables} tables
 * @param {{ pkce?: boolean | null, table?: string }} [options]  what the flow itself says, where left out
 * @returns {StepView[]}
 */
export function place(flow, tables, options = {}) {
  const table = tableOf(tables, options.table ?? flow.table);
  if (!table) return [];
  const pkce = options.pkce ?? flow.pkce ?? true;
  const records = flow.run?.records ?? [];
  const attacked = records.some((record) => record.move !== undefined);
  const mine = attacked ? flow.exchanges.filter((exchange) => !ofMove(exchange, flow)) : flow.exchanges;
  const found = table.steps.map((step) => messagesOf(step, mine));
  const steps = table.steps.map((step, index) => viewOf(step, found[index] ?? [], pkce));
  addHeld(steps, mine);
  addChecks(steps);
  fillGaps(steps, table, flow);
  const all = records.length > 0 ? fromRecords(steps, flow) : steps;
  markFresh(all);
  return all;
}

/** @param {Tables} tables @param {string} id @returns {Table | null} */
function tableOf(tables, id) {
  return tables.flows.find((table) => table.id === id) ?? tables.flows.find((table) => table.id === 'code') ?? null;
}

/**
 * @param {TableStep} step
 * @param {StepMessage[]} messages
 * @param {boolean} pkce
 * @returns {StepView}
 */
function viewOf(step, messages, pkce) {
  const said = pkce ? step.with_pkce : step.without_pkce;
  const held = messages.some(({ exchange, side }) => exchange?.held === side);
  return {
    number: step.number,
    from: step.from,
    to: step.to,
    channel: step.channel,
    title: step.title,
    what: said === 'The same.' ? step.with_pkce : said,
    why: step.why,
    state: held ? 'waiting' : messages.length > 0 ? 'seen' : 'missing',
    messages,
    checks: [],
    refused: null,
    made: [],
    notes: messages.some(({ exchange }) => exchange?.lost)
      ? ['The answer was lost on its way: it never reached whoever asked.']
      : [],
    by: null,
    fresh: [],
    at: timeOf(messages[0]),
  };
}

/**
 * A message that is held stands somewhere, though it is none of the table's: the answer that only leads on to the next
 * page, say. It waits at the last step that was reached.
 * @param {StepView[]} steps
 * @param {Exchange[]} exchanges
 */
function addHeld(steps, exchanges) {
  for (const exchange of exchanges) {
    const side = exchange.held;
    if (side === null || steps.some(({ messages }) => messages.some((message) => message.exchange === exchange && message.side === side))) continue;
    const home = steps.findLast(({ messages }) => messages.length > 0) ?? steps[0];
    home?.messages.unshift({ exchange, side, told: null });
    if (home) home.state = 'waiting';
  }
}

/**
 * Gives each exchange's checks to the one step where they were made. A step was refused if its last try was.
 * @param {StepView[]} steps
 */
function addChecks(steps) {
  const shown = steps.flatMap(({ messages }) => messages.flatMap(({ exchange }) => (exchange ? [exchange] : [])));
  for (const exchange of [...new Set(shown)].sort((a, b) => a.id - b.id)) {
    const step = decidedAt(steps, exchange);
    if (!step) continue;
    step.checks.push(...exchange.checks);
    const outcome = outcomeOf(exchange);
    if (outcome.kind === 'pending' || PAGES.includes(exchange.endpoint)) continue;
    const refused = outcome.kind === 'refused';
    step.refused = refused ? { rule: outcome.rule, detail: outcome.detail ?? outcome.description } : null;
    if (step.state !== 'waiting') step.state = refused ? 'refused' : 'seen';
  }
}

/** The step where an exchange was decided. @param {StepView[]} steps @param {Exchange} exchange */
export function decidedAt(steps, exchange) {
  const showing = (/** @type {string} */ side) =>
    steps.find(({ messages }) => messages.some((message) => message.exchange === exchange && message.side === side));
  const [early, late] = [showing('request'), showing('response')];
  return FRONT.includes(exchange.endpoint) ? (early ?? late) : (late ?? early);
}

/**
 * Steps without messages: those that follow from what was seen are inferred.
 * @param {StepView[]} steps
 * @param {Table} table
 * @param {Flow} flow
 */
function fillGaps(steps, table, flow) {
  steps.forEach((step, index) => {
    const row = table.steps[index];
    if (!row) return;
    if (step.messages.length > 0) {
      step.made = madeIn(row, flow, table);
      return;
    }
    const known = infer(row, flow, table);
    const later = steps.slice(index + 1).some(({ messages }) => messages.some(({ exchange }) => exchange !== null));
    if (known && (later || row.to === 'Resource Server')) {
      Object.assign(step, { state: 'inferred', messages: known.messages, made: known.made, notes: known.notes });
    } else if (later) {
      const inSight = [row.from, row.to].some((actor) => SERVERS.includes(actor));
      step.notes.push(
        inSight
          ? 'Not needed this time: nothing of this kind travelled.'
          : 'Not seen: if it happened, then out of sight of the servers.',
      );
    }
  });
}

/**
 * The tables that a flow can be laid on, the best first.
 * @param {Flow} flow
 * @param {Tables} tables
 */
export function tablesFor(flow, tables) {
  const fit = tables.flows.filter(
    (table) => table.id === flow.table || table.steps.some((step) => messagesOf(step, flow.exchanges).length > 0),
  );
  return fit.sort((a, b) => Number(b.id === flow.table) - Number(a.id === flow.table)).map(({ id }) => id);
}

/** Where a refusal stopped the flow. @param {StepView[]} steps @returns {{ step: StepView, refused: Refused } | null} */
export function stoppedAt(steps) {
  const step = steps.findLast(({ refused }) => refused !== null);
  return step?.refused ? { step, refused: step.refused } : null;
}
