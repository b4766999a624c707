// A small world for tests: messages as the recorder writes them.

import { readFileSync } from 'node:fs';
import { base64url, utf8 } from '../model/bytes.js';
import { FlowBook } from '../model/flows.js';
import { sha256 } from '../model/sha256.js';

/** @import { Exchange, Flow, Pairs, Tables } from '../types.d.ts' */

/** @type {Tables} */
export const tables = JSON.parse(readFileSync(new URL('../data/tables.json', import.meta.url), 'utf8'));

/** When everything begins: 2026-11-21T12:00:00Z. */
export const T0 = Date.UTC(2026, 10, 21, 12);

export const AS = 'localhost:4000';
export const APP = 'localhost:4001';
export const API = 'localhost:4003';

/** A random-looking value that is the same in each run. @param {string} seed */
export const random = (seed) => base64url(sha256(`seed ${seed}`));

/** @param {Record<string, string | undefined>} values */
export function form(values) {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [/** @type {[string, string]} */ ([name, value])],
  );
  return new URLSearchParams(pairs).toString();
}

/**
 * An unsigned JWT, as far as the model cares.
 * @param {Record<string, unknown>} claims
 */
export function jwt(claims) {
  const part = (/** @type {unknown} */ value) => base64url(utf8(JSON.stringify(value)));
  return `${part({ alg: 'RS256', typ: 'JWT', kid: 'k1' })}.${part(claims)}.${random('signature')}`;
}

/**
 * @param {Partial<Exchange> & { method?: string, target?: string, host?: string, headers?: Pairs, body?: string, status?: number, answer?: string, back?: Pairs }} parts
 * @returns {Exchange}
 */
export function exchange(parts) {
  const {
    method = 'GET',
    target = '/',
    host = AS,
    headers = [],
    body = '',
    status = 200,
    answer = '',
    back = [],
    ...rest
  } = parts;
  return {
    id: 1,
    flow: 'f1',
    run: null,
    site: 'authorization_server',
    endpoint: 'home',
    at: T0,
    took: 2000,
    held: null,
    lost: false,
    request: {
      method,
      target,
      version: 'HTTP/1.1',
      headers: [['host', host], ...headers],
      body: body || null,
      bytes: body.length,
    },
    response: { status, headers: back, body: answer || null, bytes: answer.length },
    checks: [],
    refused: null,
    engine_flow: null,
    client_id: null,
    trace_id: null,
    traceparent: null,
    ...rest,
  };
}

/** @type {Pairs} */
export const FORM = [['content-type', 'application/x-www-form-urlencoded']];
/** @type {Pairs} */
export const JSON_TYPE = [
  ['content-type', 'application/json'],
  ['cache-control', 'no-store'],
];

/** The flow that these make. @param {Exchange[]} exchanges @returns {Flow} */
export function flowFrom(exchanges) {
  const book = new FlowBook();
  for (const one of exchanges) book.add(one);
  const [flow] = book.flows();
  if (!flow) throw new Error('no flow');
  return flow;
}

/** As it would be after having been sent somewhere. @template T @param {T} value @returns {T} */
export const plain = (value) => JSON.parse(JSON.stringify(value));
