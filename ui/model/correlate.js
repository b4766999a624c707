// Which values tie messages to one another: state, code, tokens, the handle of a page, trace ids. The recorder does this
// for what it saw; here it is done for what has no flow yet: an import, a lone token request, a preflight.

import { parseAuthorization } from './credentials.js';
import {
  find,
  formOf,
  header,
  headers,
  jsonMembers,
  parseSetCookie,
  parseTarget,
  redirectOf,
  requestParams,
} from './wire.js';

/** @import { Exchange } from '../types.d.ts' */

const SENT = ['state', 'code', 'refresh_token', 'token', 'access_token', 'id_token_hint', 'client_assertion'];
const CAME = ['access_token', 'refresh_token', 'id_token'];

/** @type {WeakMap<Exchange, string[]>} */
const known = new WeakMap();

/**
 * Values of this exchange that no other login has.
 * @param {Exchange} exchange
 * @returns {string[]}
 */
export function joinKeys(exchange) {
  const before = known.get(exchange);
  if (before) return before;
  const params = requestParams(exchange);
  const back = redirectOf(exchange)?.query ?? [];
  const members = exchange.endpoint === 'token' ? jsonMembers(exchange.response?.body) : [];
  const bearer = parseAuthorization(header(exchange.request, 'authorization'));
  const values = [
    ...SENT.flatMap((name) => [find(params, name), find(back, name)]),
    ...CAME.map((name) => find(members, name)),
    bearer?.kind === 'bearer' ? bearer.token : null,
    /\/interaction\/([^/?#]+)/.exec(exchange.request.target)?.[1] ?? null,
    /\/interaction\/([^/?#]+)/.exec(header(exchange.response, 'location') ?? '')?.[1] ?? null,
    exchange.engine_flow,
    /^00-([0-9a-f]{32})-/.exec(exchange.traceparent ?? '')?.[1] ?? null,
    sessionCookie(exchange),
  ];
  const keys = [...new Set(values.filter((value) => value !== null && value.length >= 6))].map(String);
  known.set(exchange, keys);
  return keys;
}

/**
 * The cookie that a client sets at the callback: its session, which the pages after it carry.
 * @param {Exchange} exchange
 */
function sessionCookie(exchange) {
  if (exchange.endpoint !== 'callback') return null;
  return (
    headers(exchange.response, 'set-cookie')
      .map((text) => parseSetCookie(text).value)
      .find((value) => value.length >= 16) ?? null
  );
}

/**
 * Which client speaks: its `client_id` as a parameter or in a Basic header.
 * @param {Exchange} exchange
 * @returns {string | null}
 */
export function clientOf(exchange) {
  if (exchange.site !== 'authorization_server') return null;
  const basic = parseAuthorization(header(exchange.request, 'authorization'));
  const named = basic?.kind === 'basic' && basic.user !== '' ? basic.user : null;
  const { query } = parseTarget(exchange.request.target);
  return exchange.client_id ?? named ?? find([...query, ...formOf(exchange.request)], 'client_id');
}
