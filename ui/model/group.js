// Which exchanges belong to one flow: as the recorder says, else by the values that they share; and preflights, which
// carry no value at all, beside the request that they announce.

import { joinKeys } from './correlate.js';
import { outcomeOf } from './outcome.js';
import { find, header, parseTarget, parseUrl } from './wire.js';

/** @import { Exchange } from '../types.d.ts' */

/** A preflight belongs to the request that follows it within this time, in milliseconds. */
const PREFLIGHT = 10_000;
/** One that nothing follows belongs to the login of its origin for so long, in milliseconds. */
const STRAY = 300_000;
/** What belongs to no login, whoever asks and whatever trace it names: the recorder has the same list. */
const OUTSIDE = ['metadata', 'jwks', 'register', 'home'];
/** What may begin a flow of its own where nothing ties it to another. */
const OPENS = ['authorize', 'token', 'userinfo', 'introspect', 'revoke', 'api', 'login', 'callback'];

/**
 * @param {Exchange[]} all  in order
 */
export function group(all) {
  /** @type {Map<string, Exchange[]>} */
  const groups = new Map();
  /** @type {Map<string, string>} */
  const learnt = new Map();
  const join = (/** @type {string} */ id, /** @type {Exchange} */ exchange) => {
    const list = groups.get(id);
    if (list) list.push(exchange);
    else groups.set(id, [exchange]);
    for (const key of joinKeys(exchange)) if (!learnt.has(key)) learnt.set(key, id);
  };
  for (const exchange of all) if (exchange.flow !== null) join(exchange.flow, exchange);
  const loose = [];
  for (const exchange of all.filter(({ flow }) => flow === null)) {
    const keys = OUTSIDE.includes(exchange.endpoint) ? [] : joinKeys(exchange);
    const key = keys.find((value) => learnt.has(value));
    const preflight = exchange.request.method === 'OPTIONS';
    const id = key === undefined ? null : (learnt.get(key) ?? null);
    if (id !== null) join(id, exchange);
    else if (!preflight && opens(exchange)) join(`x${exchange.id}`, exchange);
    else loose.push(exchange);
  }
  inOrder(groups, loose);
  return { groups, loose: loose.filter(({ request }) => request.method !== 'OPTIONS') };
}

/** Whether it may stand alone. A registration is no login, but one that was refused wants a diagnosis. @param {Exchange} exchange */
function opens(exchange) {
  return (
    OPENS.includes(exchange.endpoint) || (exchange.endpoint === 'register' && outcomeOf(exchange).kind === 'refused')
  );
}

/**
 * Puts preflights beside the request that they were made for, and everything into order.
 * @param {Map<string, Exchange[]>} groups
 * @param {Exchange[]} loose
 */
function inOrder(groups, loose) {
  for (const preflight of loose.filter(({ request }) => request.method === 'OPTIONS')) {
    const fits = (/** @type {Exchange} */ other) => announces(preflight, other);
    const home =
      [...groups].find(([, list]) => list.some(fits)) ?? [...groups].findLast(([, list]) => couldBeOf(preflight, list));
    if (home) home[1].push(preflight);
    else groups.set(`x${preflight.id}`, [preflight]);
  }
  for (const list of groups.values()) list.sort((a, b) => a.id - b.id);
}

/** Whether that request is the one that the preflight asked for. @param {Exchange} preflight @param {Exchange} other */
function announces(preflight, other) {
  const later = other.at - preflight.at;
  const same =
    parseTarget(other.request.target).path === parseTarget(preflight.request.target).path &&
    other.site === preflight.site;
  const origin = header(other.request, 'origin') === header(preflight.request, 'origin');
  return (
    other.request.method !== 'OPTIONS' && same && origin && later >= 0 && later < PREFLIGHT && other.id > preflight.id
  );
}

/** Whether the flow's client lives at the preflight's origin. @param {Exchange} preflight @param {Exchange[]} list */
function couldBeOf(preflight, list) {
  const origin = header(preflight.request, 'origin');
  const asked = list.find(({ endpoint }) => endpoint === 'authorize');
  const redirect = asked && find(parseTarget(asked.request.target).query, 'redirect_uri');
  const recent = preflight.at - (list.at(-1)?.at ?? 0) < STRAY;
  return (
    recent &&
    Boolean(redirect) &&
    origin !== null &&
    parseUrl(redirect ?? '')?.origin === origin &&
    (asked?.id ?? 0) < preflight.id
  );
}
