// Which messages of a flow belong to a step of a table: by site, endpoint, side and the rest of a pattern.

import { responseParams } from './outcome.js';
import { find, formOf, parseTarget } from './wire.js';

/** @import { Exchange, Pattern, StepMessage, TableStep } from '../types.d.ts' */

/** More messages than this at one step tell nothing new. */
const MOST = 12;

/**
 * The messages of a step, the one that matters most first.
 * @param {TableStep} step
 * @param {Exchange[]} exchanges  in order
 * @returns {StepMessage[]}
 */
export function messagesOf(step, exchanges) {
  /** @type {StepMessage[]} */
  const found = [];
  for (const pattern of step.seen) {
    const hits = exchanges.filter((exchange) => matches(pattern, step, exchange));
    if (pattern.last) hits.reverse();
    for (const exchange of hits) {
      if (!found.some((message) => message.exchange === exchange && message.side === pattern.side)) {
        found.push({ exchange, side: pattern.side, told: null });
      }
    }
  }
  return found.length > 0 ? found.slice(0, MOST) : pageInPlace(step, exchanges);
}

/**
 * Some servers show their sign-in page at the authorization endpoint itself, without a redirect to it.
 * @param {TableStep} step
 * @param {Exchange[]} exchanges
 * @returns {StepMessage[]}
 */
function pageInPlace(step, exchanges) {
  if (step.from !== 'Authorization Server' || step.to !== 'User') return [];
  const shown = exchanges.find(
    (exchange) =>
      exchange.endpoint === 'authorize' && exchange.response?.status === 200 && responseParams(exchange) === null,
  );
  return shown ? [{ exchange: shown, side: 'response', told: null }] : [];
}

/**
 * @param {Pattern} pattern
 * @param {TableStep} step
 * @param {Exchange} exchange
 */
function matches(pattern, step, exchange) {
  const { request, response } = exchange;
  if (pattern.site !== exchange.site || pattern.endpoint !== exchange.endpoint) return false;
  if (request.method === 'OPTIONS' && pattern.method !== 'OPTIONS') return false;
  if (pattern.method !== undefined && pattern.method !== request.method) return false;
  if (pattern.path !== undefined && !parseTarget(request.target).path.startsWith(pattern.path)) return false;
  const fields = formOf(request);
  // A request without the field at all is shown where one with it would be: nobody can tell what it was meant to be.
  const wrong = Object.entries(pattern.form ?? {}).some(([name, value]) => (find(fields, name) ?? value) !== value);
  if (wrong) return false;
  if (pattern.side === 'request') return true;
  if (!response) return exchange.held === 'response';
  if (step.from !== 'Authorization Server') return true;
  // The same endpoint shows a page, leads on to another page, or leads back to the client. A sign-out ends with its page.
  if (step.to === 'Browser') return exchange.endpoint === 'end-session' || responseParams(exchange) !== null;
  return step.to !== 'User' || response.status < 300 || response.status >= 400;
}
