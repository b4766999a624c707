// A message of a step taken apart for showing: start line, query, headers, cookies, body. Messages that no tap saw but
// that somebody tells of (`told`) come out in the same form.

import { formOf, jsonMembers, mediaType, parseCookies, parseJson, parseSetCookie, parseTarget } from '../model/wire.js';

/** @import { Exchange, Pairs, RequestMessage, ResponseMessage, Side, StepMessage } from '../types.d.ts' */

/** @typedef {{ kind: 'none' | 'form' | 'json' | 'page' | 'text' | 'binary', fields: Pairs, value: unknown, text: string, type: string | null }} Body */
/**
 * @typedef {object} Parts
 * @property {Side} side
 * @property {Exchange | null} exchange
 * @property {string} start the start line without the query
 * @property {string} version what ends the start line of a request
 * @property {Pairs} query
 * @property {{ path: string, query: Pairs } | null} location
 * @property {Pairs} headers without cookies and location
 * @property {Pairs} cookies
 * @property {{ name: string, value: string, attributes: [string, string][] }[]} setCookies
 * @property {Body} body
 * @property {number} bytes
 * @property {boolean} truncated
 */

/** @type {Record<number, string>} */
const REASONS = {
  200: 'OK', 201: 'Created', 204: 'No Content', 302: 'Found', 303: 'See Other', 304: 'Not Modified', 400: 'Bad Request',
  401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 410: 'Gone', 413: 'Content Too Large',
  415: 'Unsupported Media Type', 422: 'Unprocessable Content', 429: 'Too Many Requests', 500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** @type {Body} */
const NOTHING = { kind: 'none', fields: [], value: null, text: '', type: null };

/**
 * @param {StepMessage} message
 * @returns {Parts | null} null: there is nothing to show yet
 */
export function partsOf(message) {
  const { exchange, side } = message;
  if (!exchange) {
    const told = /** @type {{ request?: Told, response?: Told } | null} */ (message.told)?.[side];
    return told ? toldParts(told, side) : null;
  }
  if (side === 'request') return requestParts(exchange);
  return exchange.response && responseParts(exchange, exchange.response);
}

/** @param {Exchange} exchange @returns {Parts} */
function requestParts(exchange) {
  const { request } = exchange;
  const { path, query } = parseTarget(request.target);
  return {
    ...common('request', exchange, request),
    start: `${request.method} ${path}`,
    version: request.version,
    query,
    body: bodyOf(request, formOf(request)),
  };
}

/** @param {Exchange} exchange @param {ResponseMessage} response @returns {Parts} */
function responseParts(exchange, response) {
  return {
    ...common('response', exchange, response),
    start: `${response.status} ${REASONS[response.status] ?? ''}`.trim(),
    version: '',
    query: [],
    body: bodyOf(response, []),
  };
}

/** @param {Side} side @param {Exchange} exchange @param {RequestMessage | ResponseMessage} message */
function common(side, exchange, message) {
  const named = (/** @type {string} */ name) => message.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  const location = side === 'response' ? named('location')[0] : undefined;
  return {
    side,
    exchange,
    location: location === undefined ? null : parseTarget(location),
    headers: message.headers.filter(([name]) => !['cookie', 'set-cookie', 'location'].includes(name.toLowerCase())),
    cookies: named('cookie').flatMap((value) => parseCookies(value)),
    setCookies: named('set-cookie').map(cookie),
    bytes: message.bytes,
    truncated: message.truncated === true,
  };
}

/** @param {string} text */
function cookie(text) {
  const { name, value, attributes } = parseSetCookie(text);
  return { name, value, attributes: Object.entries(attributes) };
}

/** @param {RequestMessage | ResponseMessage} message @param {Pairs} form @returns {Body} */
function bodyOf(message, form) {
  const type = mediaType(message);
  const text = message.body;
  if (text === null) return message.bytes > 0 ? { ...NOTHING, kind: 'binary', type } : NOTHING;
  if (text === '') return NOTHING;
  if (form.length > 0) return { kind: 'form', fields: form, value: null, text, type };
  const { value, error } = type?.includes('json') ? parseJson(text) : { value: null, error: 'no JSON' };
  if (error === null) return { kind: 'json', fields: jsonMembers(text), value, text, type };
  return { kind: type === 'text/html' ? 'page' : 'text', fields: [], value: null, text, type };
}

/** @typedef {{ method?: string, url?: string, status?: number, query?: object, location?: object | null, headers?: object, body?: object }} Told */

/** @param {Told} told @param {Side} side @returns {Parts} */
function toldParts(told, side) {
  const fields = pairs(told.body);
  const { path } = parseTarget(told.url ?? '');
  return {
    side,
    exchange: null,
    start: side === 'request' ? `${told.method ?? (path && 'GET')} ${path}`.trim() : `${told.status ?? ''} ${REASONS[told.status ?? 0] ?? ''}`.trim(),
    version: '',
    query: pairs(told.query),
    location: toldLocation(told.location),
    headers: pairs(told.headers).filter(([name]) => name !== 'cookie' && name !== 'set-cookie'),
    cookies: pairs(told.headers).filter(([name]) => name === 'cookie').flatMap(([, value]) => parseCookies(value)),
    setCookies: pairs(told.headers).filter(([name]) => name === 'set-cookie').map(([, value]) => cookie(value)),
    body: fields.length > 0 ? { ...NOTHING, kind: side === 'request' ? 'form' : 'json', fields } : NOTHING,
    bytes: 0,
    truncated: false,
  };
}

/** With its address, or, where only the parameters are known, those. @param {Told['location']} location */
function toldLocation(location) {
  if (!location) return null;
  const whole = /** @type {{ url?: string, query?: object }} */ (location);
  return whole.url === undefined ? { path: '', query: pairs(location) } : { path: whole.url, query: pairs(whole.query) };
}

/** @param {object | undefined} members @returns {Pairs} */
function pairs(members) {
  return Object.entries(members ?? {}).flatMap(([name, value]) => [value].flat().map((one) =>
    /** @type {[string, string]} */ ([name, typeof one === 'string' ? one : JSON.stringify(one)])));
}

/**
 * The message as it went over the wire, as far as a tap can tell.
 * @param {Parts} parts
 */
export function rawOf(parts) {
  const { exchange, side } = parts;
  if (!exchange) return '';
  const message = side === 'request' ? exchange.request : exchange.response;
  if (!message) return '';
  const start = side === 'request'
    ? `${exchange.request.method} ${exchange.request.target} ${exchange.request.version}`
    : `${exchange.request.version} ${parts.start}`;
  const lines = message.headers.map(([name, value]) => `${name}: ${value}`);
  return [start, ...lines, '', message.body ?? (message.bytes > 0 ? `(${message.bytes} bytes that are no text)` : '')].join('\n');
}
