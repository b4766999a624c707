// Secrets taken out of a flow, so that it can be shown to others. The same secret becomes the same mask everywhere, so
// that one still sees what belongs together. What is personal goes too: pages, profiles, data of an API.

import { base64, base64url, hex, utf8 } from './bytes.js';
import { parseAuthorization } from './credentials.js';
import { decode } from './jwt.js';
import { sha256 } from './sha256.js';
import { formDecode, formEncode, mediaType, parseJson } from './wire.js';

/** @import { Exchange, Flow, FlowLine, Pairs, RequestMessage, ResponseMessage } from '../types.d.ts' */

/** Parameters and members whose values open something. */
const SECRET = new Set([
  'code', 'code_verifier', 'client_secret', 'client_assertion', 'refresh_token', 'access_token', 'id_token', 'token',
  'id_token_hint', 'csrf', 'form_token', 'registration_access_token', 'assertion', 'subject_token', 'actor_token', 'dpop',
]);
/** Values that name or describe a person. */
const PERSONAL = new Set(['username', 'login_hint', 'sub', 'name', 'given_name', 'family_name', 'preferred_username', 'email', 'phone_number', 'picture', 'address', 'birthdate']);
/** Members of an answer that describe the token and nobody. */
const PUBLIC = new Set([
  'active', 'scope', 'client_id', 'token_type', 'exp', 'iat', 'nbf', 'iss', 'aud', 'jti', 'auth_time', 'acr', 'amr', 'azp',
  'error', 'error_description', 'trace_id', 'expires_in', 'at_hash', 'nonce', 'cnf', 'issuer', 'resource', 'sid', 'typ',
]);
/** What nobody needs even as a mask: people use one password in many places. */
export const PASSWORD = /^(?:pass(?:word|wd|phrase)?|pwd|otp|totp|pin)$/i;
export const HIDDEN = '•••';

/** @param {string} value @returns {string} */
export function mask(value) {
  if (value === '' || value === HIDDEN || /…[0-9a-f]{8}$/.test(value)) return value;
  const mark = `…${hex(sha256(value)).slice(0, 8)}`;
  const jwt = decode(value);
  if (jwt) return `${jwt.parts[0]}.${base64url(utf8(JSON.stringify(withoutPerson(jwt.claims))))}.${mark}`;
  return `${/^cs[a-z]{2}_/.exec(value)?.[0] ?? ''}${mark}`;
}

/**
 * The claims that speak of the token.
 * @param {Record<string, unknown>} claims
 * @returns {Record<string, unknown>}
 */
function withoutPerson(claims) {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, PUBLIC.has(name) ? value : typeof value === 'string' ? mask(value) : HIDDEN]));
}

/**
 * @param {Flow} flow
 * @returns {Flow}
 */
export function maskFlow(flow) {
  if (flow.masked) return flow;
  /** @type {Map<string, string>} */
  const known = new Map();
  for (const exchange of flow.exchanges) learn(exchange, known);
  for (const record of flow.run?.records ?? []) learnFrom(record, known);
  const everywhere = (/** @type {string} */ text) => replaceAll(text, known);
  const exchanges = flow.exchanges.map((exchange) => maskExchange(exchange, everywhere));
  const run = flow.run ? { ...flow.run, records: /** @type {FlowLine[]} */ (maskJson(flow.run.records, everywhere)) } : null;
  return { ...flow, exchanges, run, masked: true };
}

/** @param {Exchange} exchange @param {(text: string) => string} everywhere @returns {Exchange} */
function maskExchange(exchange, everywhere) {
  const { request, response, refused } = exchange;
  return {
    ...exchange,
    request: { ...request, target: everywhere(maskTarget(request.target)), headers: maskHeaders(request, everywhere), body: maskBody(exchange, request, everywhere) },
    response: response && { ...response, headers: maskHeaders(response, everywhere), body: maskBody(exchange, response, everywhere) },
    refused: refused && { ...refused, detail: refused.detail === null ? null : everywhere(refused.detail) },
  };
}

/** A target or an address: its query, and the handle of a page. @param {string} target */
function maskTarget(target) {
  const at = target.indexOf('?');
  const path = (at < 0 ? target : target.slice(0, at)).replace(/(\/interaction\/)([^/?#]+)/, (_, start, handle) => start + mask(handle));
  return at < 0 ? path : `${path}?${maskForm(target.slice(at + 1))}`;
}

/** A form or query, its other parts byte for byte as they were. @param {string} text */
function maskForm(text) {
  return text.split('&').map((part) => {
    const at = part.indexOf('=');
    const name = formDecode(at < 0 ? part : part.slice(0, at));
    if (at < 0 || !(SECRET.has(name) || PERSONAL.has(name) || PASSWORD.test(name))) return part;
    if (PASSWORD.test(name)) return `${part.slice(0, at)}=${HIDDEN}`;
    return `${part.slice(0, at)}=${mask(formDecode(part.slice(at + 1)))}`;
  }).join('&');
}

/** @param {RequestMessage | ResponseMessage} message @param {(text: string) => string} everywhere @returns {Pairs} */
function maskHeaders(message, everywhere) {
  return message.headers.map(([name, value]) => {
    switch (name.toLowerCase()) {
      case 'authorization':
        return [name, maskAuthorization(value)];
      case 'cookie':
        return [name, value.split(';').map(maskCookie).join(';')];
      case 'set-cookie': {
        const [first = '', ...rest] = value.split(';');
        return [name, [maskCookie(first), ...rest].join(';')];
      }
      case 'location':
      case 'referer':
        return [name, everywhere(maskTarget(value))];
      case 'dpop':
        return [name, mask(value)];
      default:
        return [name, everywhere(value)];
    }
  });
}

/** `name=value`; short values are no secrets. @param {string} text */
function maskCookie(text) {
  const at = text.indexOf('=');
  const value = text.slice(at + 1).trim();
  return at < 0 || value.length < 8 ? text : `${text.slice(0, at + 1)}${mask(value)}`;
}

/** @param {string} value */
function maskAuthorization(value) {
  const parsed = parseAuthorization(value);
  if (parsed?.kind === 'bearer') return `Bearer ${mask(parsed.token)}`;
  if (parsed?.kind === 'basic' && parsed.problem === null) return `Basic ${base64(utf8(`${parsed.rawUser}:${mask(parsed.password)}`))}`;
  return `${value.split(' ')[0]} ${mask(value)}`;
}

/** @param {Exchange} exchange @param {RequestMessage | ResponseMessage} message @param {(text: string) => string} everywhere */
function maskBody(exchange, message, everywhere) {
  const { body } = message;
  if (body === null || body === '') return body;
  const type = mediaType(message);
  if (type === 'application/x-www-form-urlencoded') return everywhere(maskForm(body));
  const json = parseJson(body);
  if (json.error === null) {
    const strict = ['userinfo', 'api', 'introspect'].includes(exchange.endpoint) && message === exchange.response;
    return JSON.stringify(strict ? hideStrings(json.value) : maskJson(json.value, everywhere));
  }
  const telling = (exchange.response?.status ?? 0) >= 400 || /<form[^>]*id="response"/.test(body);
  if (type === 'text/html' && !telling) return null;
  return everywhere(body);
}

/** Data of an API: texts are hidden, but for those that describe a token. @param {unknown} value @param {string} [name] @returns {unknown} */
function hideStrings(value, name = '') {
  if (typeof value === 'string') return PUBLIC.has(name) ? value : PERSONAL.has(name) ? mask(value) : HIDDEN;
  if (Array.isArray(value)) return value.map((one) => hideStrings(one, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, hideStrings(member, key)]));
}

/** @param {unknown} value @param {(text: string) => string} everywhere @param {string} [name] @returns {unknown} */
function maskJson(value, everywhere, name = '') {
  if (typeof value === 'string') return SECRET.has(name) || PERSONAL.has(name) ? mask(value) : everywhere(maskAddress(value, name));
  if (Array.isArray(value)) return value.map((one) => maskJson(one, everywhere, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskJson(member, everywhere, key)]));
}

/** Headers and addresses that a record tells. @param {string} value @param {string} name */
function maskAddress(value, name) {
  if (name === 'authorization') return maskAuthorization(value);
  if (name === 'cookie' || name === 'set-cookie') return value.split(';').map((part, index) => (name === 'cookie' || index === 0 ? maskCookie(part) : part)).join(';');
  return name === 'url' || name === 'location' ? maskTarget(value) : value;
}

/** Collects the secrets of an exchange. @param {Exchange} exchange @param {Map<string, string>} known */
function learn({ request, response }, known) {
  const queries = [request.target, ...(response?.headers ?? []).filter(([name]) => name === 'location').map(([, value]) => value)];
  const forms = [...queries.map((text) => text.split('?')[1] ?? ''), mediaType(request) === 'application/x-www-form-urlencoded' ? (request.body ?? '') : ''];
  for (const part of forms.flatMap((form) => form.split('&'))) {
    const [name = '', value = ''] = part.split('=').map(formDecode);
    if (SECRET.has(name)) keep(value, known);
  }
  for (const text of queries) keep(/\/interaction\/([^/?#]+)/.exec(text)?.[1] ?? '', known);
  learnFrom(parseJson(response?.body).value, known);
  const bearer = parseAuthorization(request.headers.find(([name]) => name === 'authorization')?.[1]);
  if (bearer?.kind === 'bearer') keep(bearer.token, known);
  if (bearer?.kind === 'basic') keep(bearer.password, known);
}

/** @param {unknown} value @param {Map<string, string>} known @param {string} [name] */
function learnFrom(value, known, name = '') {
  if (typeof value === 'string' && SECRET.has(name)) keep(value, known);
  else if (typeof value === 'object' && value !== null) for (const [key, member] of Object.entries(value)) learnFrom(member, known, Array.isArray(value) ? name : key);
}

/** What is shorter than this would be found in other words too. @param {string} value @param {Map<string, string>} known */
function keep(value, known) {
  if (value.length >= 12) known.set(value, mask(value));
}

/** @param {string} text @param {Map<string, string>} known */
function replaceAll(text, known) {
  let out = text;
  for (const [secret, masked] of known) {
    if (out.includes(secret)) out = out.replaceAll(secret, masked);
    const encoded = formEncode(secret);
    if (encoded !== secret && out.includes(encoded)) out = out.replaceAll(encoded, masked);
  }
  return out;
}
