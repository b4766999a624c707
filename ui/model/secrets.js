// The secrets of a flow, gathered from wherever they stand by name, so that they can be replaced wherever else they stand.

import { parseAuthorization } from './credentials.js';
import { mask, SECRET } from './mask_value.js';
import { formDecode, formEncode, mediaType, parseJson } from './wire.js';

/** @import { Exchange, Flow } from '../types.d.ts' */

/**
 * Each secret with its mask.
 * @param {Flow} flow
 */
export function secretsOf(flow) {
  /** @type {Map<string, string>} */
  const known = new Map();
  for (const exchange of flow.exchanges) learn(exchange, known);
  for (const record of flow.run?.records ?? []) learnFrom(record, known);
  return known;
}

/** Collects the secrets of an exchange. @param {Exchange} exchange @param {Map<string, string>} known */
function learn({ request, response }, known) {
  const queries = [
    request.target,
    ...(response?.headers ?? []).filter(([name]) => name === 'location').map(([, value]) => value),
  ];
  const forms = [
    ...queries.map((text) => text.split('?')[1] ?? ''),
    mediaType(request) === 'application/x-www-form-urlencoded' ? (request.body ?? '') : '',
  ];
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
  else if (typeof value === 'object' && value !== null)
    for (const [key, member] of Object.entries(value)) learnFrom(member, known, Array.isArray(value) ? name : key);
}

/** What is shorter than this would be found in other words too. @param {string} value @param {Map<string, string>} known */
function keep(value, known) {
  if (value.length >= 12) known.set(value, mask(value));
}

/** @param {string} text @param {Map<string, string>} known */
export function replaceAll(text, known) {
  let out = text;
  for (const [secret, masked] of known) {
    if (out.includes(secret)) out = out.replaceAll(secret, masked);
    const encoded = formEncode(secret);
    if (encoded !== secret && out.includes(encoded)) out = out.replaceAll(encoded, masked);
  }
  return out;
}
