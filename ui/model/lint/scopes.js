// Scopes that the server does not know. It may leave them out without a word (RFC 6749 §3.3), so the client hears of it
// only by what is missing later. Judged by the server's own metadata; what the user declined is nobody's mistake.

import { gaveTokens } from '../outcome.js';
import { find, header, jsonMembers, parseJson, requestParams } from '../wire.js';
import { authorizeOf, finding } from './note.js';

/** @import { Exchange, Finding, Flow } from '../../types.d.ts' */

/** @typedef {{ issuer: string, scopes: string[] }} Offer what a server says of itself */

/** @param {Flow[]} flows @param {Exchange[]} loose @param {unknown} metadata @returns {Finding[]} */
export function scopes(flows, loose, metadata) {
  const offers = [metadata, ...loose.filter(({ endpoint }) => endpoint === 'metadata').map(({ response }) => parseJson(response?.body).value)]
    .flatMap((document) => offerOf(document) ?? []);
  return flows.flatMap((flow) => {
    const exchange = authorizeOf(flow);
    const host = exchange && header(exchange.request, 'host');
    const offer = offers.find(({ issuer }) => host !== null && URL.canParse(issuer) && new URL(issuer).host === host);
    if (!exchange || !offer) return [];
    const unknown = asked(exchange).filter((word) => !offer.scopes.includes(word));
    const given = granted(flow);
    const left = unknown.filter((word) => !given?.includes(word));
    return left.length === 0 ? [] : [about(flow, exchange, left, offer)];
  });
}

/** Whether tokens came without something that was asked for, so that it is worth knowing what there is. @param {readonly Flow[]} flows */
export function gotLess(flows) {
  return flows.some((flow) => {
    const exchange = authorizeOf(flow);
    const given = granted(flow);
    return exchange !== null && given !== null && asked(exchange).some((word) => !given.includes(word));
  });
}

/** @param {Exchange} exchange */
const asked = (exchange) => words(find(requestParams(exchange), 'scope') ?? '');

/** @param {string} text */
const words = (text) => [...new Set(text.split(' ').filter((word) => word !== ''))];

/** What the token reply says was granted; all that was asked for, if it is silent; `null` before it. @param {Flow} flow */
function granted(flow) {
  const reply = flow.exchanges.find(gaveTokens);
  const exchange = authorizeOf(flow);
  if (!reply || !exchange) return null;
  const said = find(jsonMembers(reply.response?.body), 'scope');
  return said === null ? asked(exchange) : words(said);
}

/** @param {unknown} document @returns {Offer | null} */
function offerOf(document) {
  if (typeof document !== 'object' || document === null) return null;
  const { issuer, scopes_supported: list } = /** @type {Record<string, unknown>} */ (document);
  return typeof issuer === 'string' && Array.isArray(list) ? { issuer, scopes: list.map(String) } : null;
}

/** @param {Flow} flow @param {Exchange} exchange @param {string[]} unknown @param {Offer} offer */
function about(flow, exchange, unknown, offer) {
  const meant = unknown.map((word) => offer.scopes.find((one) => bare(one) === bare(word))).filter((one) => one !== undefined);
  const several = unknown.length > 1;
  return finding(flow, exchange, {
    id: 'scope.unknown',
    severity: 'warning',
    title: `Asks for ${several ? 'scopes' : 'a scope'} that the server does not know: ${unknown.join(', ')}`,
    what: `The server leaves ${several ? 'them' : 'it'} out without a word, and the token allows nothing of ${several ? 'them' : 'it'}. Other servers refuse the whole login with invalid_scope.`,
    expected: offer.scopes.join(' '),
    got: asked(exchange).join(' '),
    fix: meant.length > 0 ? `Write ${meant.join(', ')}.` : `Take ${unknown.join(', ')} out of scope, or ask for what the metadata lists in scopes_supported.`,
    section: 'RFC 6749 §3.3',
  });
}

/** @param {string} text */
const bare = (text) => text.toLowerCase().replace(/[^a-z0-9]|s\b/g, '');
