// A redirect_uri that is not the registered one, or not the one that the authorization request had (RFC 9700 §4.1.3).

import { find, formOf, requestParams } from '../wire.js';
import { gaveTokens } from '../outcome.js';
import { difference, firstDifference } from './difference.js';

/** @import { Finding } from '../../types.d.ts' */
/** @import { Case } from './case.js' */

/** @param {Case} it @returns {Finding[]} */
export function redirect(it) {
  return [...unregistered(it), ...changed(it)];
}

/** @param {Case} it */
function unregistered(it) {
  return it.refusedBy('authorize.redirect_uri_registered').map(({ exchange, outcome }) => {
    const sent = find(requestParams(exchange), 'redirect_uri') ?? '';
    const nearest = registeredOn(exchange.response?.body ?? '') ?? usedBefore(it, sent);
    const differs = nearest === null ? null : difference(sent, nearest);
    return it.finding(exchange, {
      id: differs ? `redirect_uri.${differs.kind}` : 'redirect_uri.unregistered',
      title: 'The redirect_uri is not registered',
      what: differs ? differs.words : (outcome.detail ?? 'No registered address comes near the one that was sent.'),
      expected: nearest,
      got: sent,
      at: differs?.at ?? toldPlace(outcome.detail),
      fix: differs
        ? 'Make the two the same, character by character: change what the client sends, or register the address that it sends.'
        : 'Register this address for the client, or send the one that is registered.',
    });
  });
}

/** What the client sent at first must come again. @param {Case} it */
function changed(it) {
  return it.refusedBy('code.redirect_uri').map(({ exchange }) => {
    const sent = find(formOf(exchange.request), 'redirect_uri') ?? '';
    const asked = it.asked('redirect_uri');
    const differs = asked === null ? null : difference(sent, asked);
    return it.finding(exchange, {
      id: 'redirect_uri.changed',
      title: 'redirect_uri differs from the one in the authorization request',
      what: differs?.words ?? 'The token request names another redirect_uri than the authorization request.',
      expected: asked,
      got: sent,
      at: differs?.at ?? null,
      fix: 'Send the same redirect_uri in both requests, or leave it out of the token request.',
    });
  });
}

/**
 * An address by which this client was called back before, the one most like what was sent.
 * @param {Case} it
 * @param {string} sent
 */
function usedBefore(it, sent) {
  const done = it.others.filter((flow) => flow.client_id === it.flow.client_id && flow.exchanges.some(gaveTokens));
  const asked = done.flatMap((flow) => flow.exchanges.filter(({ endpoint }) => endpoint === 'authorize'));
  const known = asked.flatMap((exchange) => find(requestParams(exchange), 'redirect_uri') ?? []);
  return known.sort((a, b) => firstDifference(sent, b) - firstDifference(sent, a))[0] ?? null;
}

/** Where the two differ, as the refusal's detail tells it; counted from 0. @param {string | null} detail */
function toldPlace(detail) {
  const at = /First difference: character (\d+)/.exec(detail ?? '')?.[1];
  return at === undefined ? null : Number(at) - 1;
}

/**
 * The registered address as the error page shows it, with its marks taken out.
 * @param {string} page
 */
export function registeredOn(page) {
  const shown = /<dt>Registered<\/dt>\s*<dd[^>]*>([\s\S]*?)<\/dd>/.exec(page)?.[1];
  if (shown === undefined) return null;
  const plain = shown.replace(/<[^>]*>/g, '').trim();
  const named = /** @type {Record<string, string>} */ ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" });
  return plain
    .replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, ten, sixteen, name) => {
      if (name !== undefined) return named[name] ?? all;
      return String.fromCodePoint(Math.min(0x10_ffff, Number.parseInt(ten ?? sixteen, ten === undefined ? 16 : 10)));
    })
    .replace(/⟨U\+([0-9A-F]{4,6})⟩/g, (_, code) =>
      String.fromCodePoint(Math.min(0x10_ffff, Number.parseInt(code, 16))),
    );
}
