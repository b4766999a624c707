// PKCE gone wrong: no challenge, the wrong method, a challenge or verifier of the wrong form, or two that don't fit.

import { challengeOf } from '../pkce.js';
import { find, formOf, requestParams } from '../wire.js';
import { isMasked } from './case.js';
import { mismatch } from './mismatch.js';

/** @import { Exchange, Finding } from '../../types.d.ts' */
/** @import { Case } from './case.js' */

/** @param {Case} it @returns {Finding[]} */
export function verifier(it) {
  return [...absent(it), ...challengeForm(it), ...verifierForm(it), ...unequal(it)];
}

/** @param {Case} it */
function absent(it) {
  const missing = it.refusedBy('pkce.challenge_present').map(({ exchange }) =>
    it.finding(exchange, {
      id: 'pkce.missing',
      title: 'The authorization request has no code_challenge',
      what: 'Without a challenge a stolen code could be redeemed by whoever has it.',
      expected: 'code_challenge and code_challenge_method=S256',
      got: find(requestParams(exchange), 'code_challenge'),
      fix: 'Turn PKCE on in the client library; every kind of client can do it, also one with a secret.',
    }),
  );
  const plain = it.refusedBy('pkce.method_s256').map(({ exchange }) => {
    const method = find(requestParams(exchange), 'code_challenge_method');
    return it.finding(exchange, {
      id: 'pkce.plain',
      title: method === null ? 'code_challenge_method is missing' : `code_challenge_method is ${method}`,
      what:
        method === null
          ? 'Without a method plain is meant, where the challenge is the verifier itself.'
          : 'With plain the verifier travels through the browser, and protects nothing.',
      expected: 'S256',
      got: method,
      fix: 'Send code_challenge_method=S256 and the SHA-256 hash of the verifier.',
    });
  });
  const forgotten = it.refusedBy('pkce.verifier_present').map(({ exchange }) =>
    it.finding(exchange, {
      id: 'pkce.verifier_missing',
      title: 'The token request has no code_verifier',
      what: 'The authorization request had a challenge, so the verifier must come with the code. It is often lost when it is kept in a place that the callback can not read.',
      expected: 'code_verifier',
      fix: 'Keep the verifier with the state until the callback comes, and send it with the code.',
    }),
  );
  return [...missing, ...plain, ...forgotten];
}

/** @param {Case} it */
function challengeForm(it) {
  return it.refusedBy('pkce.challenge_form').map(({ exchange }) => {
    const sent = find(requestParams(exchange), 'code_challenge') ?? '';
    return it.finding(exchange, {
      id: 'pkce.challenge_form',
      title: 'The code_challenge is no SHA-256 hash in base64url',
      what: formOfChallenge(sent),
      expected: '43 characters of A–Z a–z 0–9 - _',
      got: sent,
      at: Math.max(0, sent.search(/[^A-Za-z0-9_-]/)),
      fix: 'Send BASE64URL(SHA-256(code_verifier)) without padding.',
    });
  });
}

/** @param {string} sent */
function formOfChallenge(sent) {
  if (/^[0-9a-fA-F]{64}$/.test(sent)) return 'It is the hash in hexadecimal: 64 digits.';
  if (/^[A-Za-z0-9_-]{43}=$/.test(sent)) return 'It has padding (=) at its end.';
  if (/^[A-Za-z0-9+/]{43}=?$/.test(sent)) return 'It is in the standard base64 alphabet, with + or /.';
  if (/ /.test(sent)) return 'It has a space in it: a + was sent without escape, so it is standard base64 besides.';
  if (/^[A-Za-z0-9._~-]{43,128}$/.test(sent)) return 'It looks like a verifier: it was not hashed.';
  if (sent.length < 43) return `It is too short: ${sent.length} of 43 characters.`;
  return `It has ${sent.length} characters; a hash has 43.`;
}

/** @param {Case} it */
function verifierForm(it) {
  return it.refusedBy('pkce.verifier_form').map(({ exchange }) => {
    const sent = find(formOf(exchange.request), 'code_verifier') ?? '';
    const wrong = sent.search(/[^A-Za-z0-9._~-]/);
    return it.finding(exchange, {
      id: 'pkce.verifier_form',
      title: 'The code_verifier has the wrong form',
      what: formOfVerifier(sent, wrong),
      expected: '43 to 128 of A–Z a–z 0–9 - . _ ~',
      got: sent,
      at: wrong < 0 ? null : wrong,
      fix: 'Take 32 random bytes and encode them in base64url without padding: 43 characters.',
    });
  });
}

/** @param {string} sent @param {number} wrong */
function formOfVerifier(sent, wrong) {
  if (isMasked(sent)) return 'Its characters are masked in this recording.';
  if (/^[A-Za-z0-9_-]+={1,2}$/.test(sent)) return 'It has base64 padding (=) at its end.';
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(sent) && /[+/]/.test(sent))
    return 'It is in the standard base64 alphabet, with + or /.';
  if (wrong >= 0 && /\s/.test(sent[wrong] ?? '')) return 'It has white space in it.';
  if (wrong >= 0) return `It has “${sent[wrong]}” in it, which is not allowed.`;
  if (sent.length < 43)
    return `It is too short: ${sent.length} characters. It was trimmed, or made of too few random bytes.`;
  return `It is too long: ${sent.length} characters.`;
}

/** Whatever the server says: hash and compare. @param {Case} it */
function unequal(it) {
  const tries = it.refused().filter(({ exchange }) => exchange.endpoint === 'token');
  return tries.flatMap(({ exchange, outcome }) => {
    const sent = find(formOf(exchange.request), 'code_verifier');
    const challenge = it.asked('code_challenge');
    const decides = outcome.rule === 'pkce.verifier_matches' || outcome.rule === null;
    if (sent === null || challenge === null || !decides || outcome.error === 'invalid_client') return [];
    if (isMasked(sent) || challengeOf(sent) === challenge) return [];
    return [unequalFinding(it, exchange, { sent, challenge })];
  });
}

/** @param {Case} it @param {Exchange} exchange @param {{ sent: string, challenge: string }} values */
function unequalFinding(it, exchange, { sent, challenge }) {
  const owner = it.others.find((other) => challengesOf(other.exchanges).includes(challengeOf(sent)));
  const why = mismatch(sent, challenge);
  const parts = {
    title: 'The code_verifier does not hash to the code_challenge',
    expected: challenge,
    got: challengeOf(sent),
    section: 'RFC 7636 §4.6',
  };
  if (!why && owner) {
    return it.finding(exchange, {
      ...parts,
      id: 'verifier.other_login',
      what: `It is the verifier of another login (${owner.id}). Two tabs, or two logins at once, keep theirs in one place.`,
      fix: 'Keep verifier and nonce under the state of their login, not under one name for all.',
    });
  }
  return it.finding(exchange, {
    ...parts,
    id: `verifier.${why?.id ?? 'other'}`,
    what:
      why?.what ??
      'No usual mistake explains it. Perhaps the verifier was made anew when the callback came, or was cut when it was stored.',
    fix: why?.fix ?? 'Store the verifier when the login begins, and send that very value.',
  });
}

/** @param {Exchange[]} exchanges */
function challengesOf(exchanges) {
  return exchanges
    .filter(({ endpoint }) => endpoint === 'authorize')
    .map((exchange) => find(requestParams(exchange), 'code_challenge'));
}
