// The names in a message, and which of them occur for the first time: what a reader should look at.

import {
  find,
  formOf,
  header,
  headers,
  jsonMembers,
  parseCookies,
  parseSetCookie,
  parseTarget,
  requestParams,
} from './wire.js';
import { responseParams } from './outcome.js';

/** @import { Exchange, Field, Side, StepView } from '../types.d.ts' */

/** Headers that carry something of the flow. */
const TELLING = ['authorization', 'www-authenticate', 'dpop'];

/**
 * The values of one side of an exchange, with the place where each stands.
 * @param {Exchange} exchange
 * @param {Side} side
 * @returns {Field[]}
 */
export function fieldsOf(exchange, side) {
  /** @type {(where: Field['where'], pairs: [string, string][]) => Field[]} */
  const all = (where, pairs) => pairs.map(([name, value]) => ({ where, name, value }));
  const message = side === 'request' ? exchange.request : exchange.response;
  if (!message) return [];
  const telling = message.headers.filter(([name]) => TELLING.includes(name.toLowerCase()));
  if (side === 'request') {
    return [
      ...all('query', parseTarget(exchange.request.target).query),
      ...all('form', formOf(exchange.request)),
      ...all('json', jsonMembers(exchange.request.body)),
      ...all('cookie', headers(message, 'cookie').flatMap(parseCookies)),
      ...all('header', telling),
    ];
  }
  const location = header(message, 'location');
  return [
    ...all('location', location === null ? (responseParams(exchange)?.pairs ?? []) : parseTarget(location).query),
    ...all('json', jsonMembers(message.body)),
    ...all(
      'set-cookie',
      headers(message, 'set-cookie').map((text) => [parseSetCookie(text).name, parseSetCookie(text).value]),
    ),
    ...all('header', telling),
  ];
}

/**
 * Marks in each step what was in no message before it, and what is made there: that a verifier was made at the beginning
 * does not make it less new where it leaves the client.
 * @param {StepView[]} steps
 */
export function markFresh(steps) {
  /** @type {Set<string>} */
  const before = new Set();
  for (const step of steps) {
    const sent = step.messages.flatMap(({ exchange, side, told }) =>
      exchange ? fieldsOf(exchange, side).map(nameOf) : namesIn(told),
    );
    const names = [...step.made.map(([name]) => name), ...sent];
    step.fresh = [...new Set(names)].filter((name) => name !== '' && !before.has(name));
    for (const name of sent) before.add(name);
  }
}

/** @param {Field} field */
const nameOf = ({ where, name }) => (where === 'cookie' || where === 'set-cookie' ? `cookie:${name}` : name);

/**
 * The names in what a runner or an inference tells of a message.
 * @param {any} told  `request` and `response` as a FlowLine has them
 * @returns {string[]}
 */
function namesIn(told) {
  const names = (/** @type {object | undefined} */ part) => Object.keys(part ?? {});
  const { request, response } = told ?? {};
  const telling = [...names(request?.headers), ...names(response?.headers)].filter((name) => TELLING.includes(name));
  return [
    ...names(request?.query),
    ...names(request?.body),
    ...names(response?.location?.query),
    ...names(response?.body),
    ...telling,
  ];
}

/**
 * The parameters of an authorization request in a flow, wherever they stand.
 * @param {Exchange[]} exchanges
 */
export function authorizationRequest(exchanges) {
  const asked = exchanges.find(({ endpoint, site }) => endpoint === 'authorize' && site === 'authorization_server');
  return asked
    ? {
        exchange: asked,
        params: requestParams(asked),
        find: (/** @type {string} */ name) => find(requestParams(asked), name),
      }
    : null;
}
