// How an exchange ended: what the client asked for, or an error, and in whose words (RFC 6749 §4.1.2.1, §5.2; RFC 6750
// §3). Our own server names the rule; another server's error is read from its redirect, its JSON or its challenge.

import { parseChallenge } from './credentials.js';
import { find, header, jsonMembers, redirectOf } from './wire.js';

/** @import { Exchange } from '../types.d.ts' */

/**
 * @typedef {object} Outcome
 * @property {'ok' | 'refused' | 'pending'} kind
 * @property {string | null} error  the OAuth error code
 * @property {string | null} description
 * @property {string | null} rule
 * @property {string | null} detail
 * @property {string | null} traceId
 */

/** @type {Outcome} */
const PENDING = { kind: 'pending', error: null, description: null, rule: null, detail: null, traceId: null };

/**
 * @param {Exchange} exchange
 * @returns {Outcome}
 */
export function outcomeOf(exchange) {
  const said = wordsOf(exchange);
  const failed = exchange.checks.find((check) => !check.ok);
  const rule = exchange.refused?.rule ?? failed?.rule ?? null;
  if (!exchange.response)
    return exchange.refused ? { ...PENDING, kind: 'refused', rule, detail: exchange.refused.detail } : PENDING;
  if (!isRefused(exchange, said.error)) return { ...PENDING, kind: 'ok' };
  const traceId = exchange.trace_id ?? said.traceId;
  return { ...said, kind: 'refused', rule, detail: exchange.refused?.detail ?? null, traceId };
}

/**
 * An API may answer in many ways that have nothing to do with the token; only these have (RFC 6750 §3.1).
 * @param {Exchange} exchange
 * @param {string | null} error
 */
function isRefused({ refused, site, response }, error) {
  const status = response?.status ?? 0;
  if (refused !== null) return true;
  if (site === 'resource_server')
    return status === 401 || status === 403 || (status === 400 && header(response, 'www-authenticate') !== null);
  return error !== null || status >= 400;
}

/**
 * What the answer itself says.
 * @param {Exchange} exchange
 */
function wordsOf(exchange) {
  const members = jsonMembers(exchange.response?.body);
  const places = [redirectOf(exchange)?.query ?? [], members];
  for (const pairs of places) {
    const error = find(pairs, 'error');
    if (error !== null) {
      const traceId = find(pairs, 'countersign_trace_id') ?? find(pairs, 'trace_id');
      return { error, description: find(pairs, 'error_description'), traceId };
    }
  }
  const challenge = parseChallenge(header(exchange.response, 'www-authenticate'))[0];
  const error = challenge?.params['error'] ?? null;
  const told = challenge?.params ?? {};
  return { error, description: told['error_description'] ?? null, traceId: told['trace_id'] ?? null };
}

/** Asked again and again, and never changing. @type {WeakMap<Exchange, boolean>} */
const gave = new WeakMap();

/**
 * Whether the answer handed out tokens.
 * @param {Exchange} exchange
 */
export function gaveTokens(exchange) {
  const known = gave.get(exchange);
  if (known !== undefined) return known;
  const ok = exchange.endpoint === 'token' && exchange.response?.status === 200;
  const tokens = ok && find(jsonMembers(exchange.response?.body), 'access_token') !== null;
  gave.set(exchange, tokens);
  return tokens;
}

/**
 * Where an authorization response leads the browser, with its parameters: a redirect, or the form of `form_post`.
 * `null`: this answer does not end the authorization request (it leads to a page of the server's own, say).
 * @param {Exchange | null | undefined} exchange
 */
export function responseParams(exchange) {
  const redirect = redirectOf(exchange);
  if (redirect) {
    const pairs = redirect.query.length > 0 ? redirect.query : [];
    const back = find(pairs, 'code') !== null || find(pairs, 'error') !== null;
    return back ? { to: redirect.path, pairs } : null;
  }
  return postedParams(exchange?.response?.body ?? '');
}

/**
 * The form of `form_post`, which the page posts by itself (OAuth 2.0 Form Post Response Mode §2).
 * @param {string} page
 */
function postedParams(page) {
  const form = [...page.matchAll(/<form\b([^>]*)>/gi)]
    .map(([, text]) => attributes(text ?? ''))
    .find(({ method }) => method?.toLowerCase() === 'post');
  if (form?.['action'] === undefined) return null;
  const inputs = [...page.matchAll(/<input\b([^>]*)>/gi)]
    .map(([, text]) => attributes(text ?? ''))
    .filter(({ type }) => type?.toLowerCase() === 'hidden');
  const pairs = inputs.map(({ name, value }) => /** @type {[string, string]} */ ([name ?? '', value ?? '']));
  const back = find(pairs, 'code') !== null || find(pairs, 'error') !== null;
  return back ? { to: form['action'], pairs } : null;
}

/** Of one tag, names in lower case. @param {string} tag @returns {Record<string, string>} */
function attributes(tag) {
  const found = [...tag.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
  return Object.fromEntries(
    found.map(([, name = '', double, single]) => [name.toLowerCase(), unescape(double ?? single ?? '')]),
  );
}

/** The references that a template engine writes. @param {string} text */
function unescape(text) {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&#x27;', "'")
    .replaceAll('&#38;', '&')
    .replaceAll('&amp;', '&');
}
