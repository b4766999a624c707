// Clocks that disagree, seen in a client assertion (RFC 7523 §3), and what else may be wrong with one.

import { decode } from '../jwt.js';
import { find, formOf, percentDecode } from '../wire.js';
import { span } from './case.js';

/** @import { Exchange, Finding } from '../../types.d.ts' */
/** @import { Case } from './case.js' */

/** Between making and sending an assertion no client needs longer, in seconds. */
const USUAL = 5;

/** @param {Case} it @returns {Finding[]} */
export function clock(it) {
  return it.refusedBy('client_auth.assertion_valid').flatMap(({ exchange }) => {
    const token = decode(find(formOf(exchange.request), 'client_assertion') ?? '');
    if (!token) return [];
    const found = skew(it, exchange, token.claims) ?? wrongClaims(it, exchange, token.claims);
    return found ? [found] : [];
  });
}

/**
 * How far the client's clock is off, by the times in an assertion that was made just before.
 * @param {Case} it @param {Exchange} exchange @param {Record<string, unknown>} claims
 */
function skew(it, exchange, claims) {
  const now = exchange.at / 1000;
  const number = (/** @type {string} */ name) => (typeof claims[name] === 'number' ? claims[name] : null);
  const [iat, nbf, exp] = [number('iat'), number('nbf'), number('exp')];
  const ended = exp !== null && exp < now;
  const begun = Math.max(iat ?? 0, nbf ?? 0);
  if (!ended && begun <= now) return null;
  const ahead = begun > now;
  const made = iat ?? nbf;
  const off = ahead ? begun - now : made === null ? null : now - made;
  const words = off === null ? 'wrong' : `${span(off * 1000)} ${ahead ? 'ahead' : 'behind'}`;
  const reused = !ahead && off !== null && exp !== null && iat !== null && exp - iat > USUAL && off < 3600;
  return it.finding(exchange, {
    id: 'clock.skew',
    title: off === null ? 'The client assertion has expired' : `The client's clock is ${words}`,
    what: ahead
      ? `The assertion begins ${span((begun - now) * 1000)} in the future, by the server's clock.`
      : `The assertion ended ${span((now - (exp ?? now)) * 1000)} ago, by the server's clock.${reused ? ' Either the clock is behind, or an old assertion was sent again.' : ''}`,
    expected: `now: ${new Date(exchange.at).toISOString()}`,
    got: ['iat', 'nbf', 'exp']
      .flatMap((name) => {
        const at = number(name);
        return at === null ? [] : `${name} ${time(at)}`;
      })
      .join(', '),
    fix: 'Set the clock by NTP, and make a new assertion for each request.',
    section: 'RFC 7523 §3',
  });
}

/** @param {number} seconds */
function time(seconds) {
  return Number.isFinite(seconds) && Math.abs(seconds) < 8.64e12
    ? new Date(seconds * 1000).toISOString()
    : String(seconds);
}

/** @param {Case} it @param {Exchange} exchange @param {Record<string, unknown>} claims */
function wrongClaims(it, exchange, claims) {
  const missing = ['iss', 'sub', 'aud', 'exp', 'jti'].filter((name) => claims[name] === undefined);
  if (missing.length > 0) {
    return it.finding(exchange, {
      id: 'assertion.claims',
      title: `The client assertion has no ${missing.join(', ')}`,
      what: 'Each of iss, sub, aud, exp and jti must be there.',
      expected: 'iss, sub, aud, exp, jti',
      got: Object.keys(claims).join(', '),
      fix: 'Add the missing claims: iss and sub are the client_id, aud is the issuer, jti is new each time.',
      section: 'RFC 7523 §3',
    });
  }
  if (claims['iss'] !== claims['sub']) {
    return it.finding(exchange, {
      id: 'assertion.claims',
      title: 'iss and sub of the client assertion differ',
      what: 'Both must be the client_id.',
      expected: String(claims['iss']),
      got: String(claims['sub']),
      fix: 'Put the client_id into both.',
      section: 'RFC 7523 §3',
    });
  }
  const issuer = issuerOf(it);
  const audience = [claims['aud']].flat().map(String);
  const here = issuer !== null && audience.some((aud) => aud === issuer || aud === `${issuer}/token`);
  if (issuer !== null && !here) {
    return it.finding(exchange, {
      id: 'assertion.audience',
      title: 'The client assertion is for another server',
      what: 'aud must name this server, byte for byte.',
      expected: issuer,
      got: audience.join(' '),
      fix: 'Put the issuer into aud, exactly as it stands in the metadata.',
      section: 'RFC 7523 §3',
    });
  }
  return null;
}

/** The issuer as the metadata or an authorization response names it. @param {Case} it */
export function issuerOf(it) {
  for (const exchange of [...it.loose, ...it.exchanges]) {
    if (exchange.endpoint !== 'metadata' || exchange.site !== 'authorization_server') continue;
    const found = /"issuer"\s*:\s*"([^"]+)"/.exec(exchange.response?.body ?? '')?.[1];
    if (found !== undefined) return found;
  }
  for (const exchange of it.exchanges) {
    const location = exchange.response?.headers.find(([name]) => name === 'location')?.[1] ?? '';
    const iss = /[?&]iss=([^&#]+)/.exec(location)?.[1];
    if (iss !== undefined) return percentDecode(iss);
  }
  return null;
}
