// What is to be mended in a client's authorization requests: state, nonce, challenge, verifier, redirect URI.

import { isMasked } from '../diagnose/case.js';
import { find, formOf, parseUrl, requestParams } from '../wire.js';
import { entropy, period } from './entropy.js';
import { authorizeOf, finding, finished } from './note.js';

/** @import { Finding, Flow } from '../../types.d.ts' */

/** Guessing must not be worth trying within the minutes of a login. */
const STATE_BITS = 64;
/** Guessing must not be worth trying offline: the challenge is public. */
const VERIFIER_BITS = 128;
/** So many logins without an end, within this many milliseconds, are a loop. */
const LOOP = { logins: 5, within: 30_000 };

/** @param {Flow[]} flows @returns {Finding[]} */
export function login(flows) {
  return [
    ...state(flows),
    ...constant(flows),
    ...challenge(flows),
    ...nonce(flows),
    ...verifiers(flows),
    ...redirects(flows),
    ...loop(flows),
  ];
}

/** @param {Flow} flow @param {string} name */
function asked(flow, name) {
  const exchange = authorizeOf(flow);
  return exchange ? find(requestParams(exchange), name) : null;
}

/** @param {Flow[]} flows */
function state(flows) {
  return flows.flatMap((flow) => {
    const exchange = authorizeOf(flow);
    // What lies at a request_uri was not seen.
    if (!exchange || asked(flow, 'request_uri') !== null) return [];
    const value = asked(flow, 'state');
    if (value === null || value === '') {
      const pkce = asked(flow, 'code_challenge') !== null;
      return [
        finding(flow, exchange, {
          id: 'state.missing',
          severity: pkce ? 'warning' : 'error',
          title: 'No state is sent',
          what: pkce
            ? 'PKCE and nonce catch a foreign code too, but only at the server and in the ID token. state lets the client refuse a forged callback at once.'
            : 'Anybody can make the browser of a user finish a login that the user did not begin (CSRF).',
          expected: 'at least 64 random bits',
          fix: 'Make a random state for each login, keep it in the session, and compare it in the callback.',
          section: 'OAuth 2.1 §4.1.1',
        }),
      ];
    }
    const bits = entropy(value);
    if (bits >= STATE_BITS) return [];
    return [
      finding(flow, exchange, {
        id: 'state.short',
        severity: 'warning',
        title: 'state can be guessed',
        what: `It has ${Math.floor(bits)} bits at most, by its length and its characters. Who guesses it can slip a foreign login to a user.`,
        expected: `${STATE_BITS} bits or more`,
        got: value,
        fix: 'Make state of 16 random bytes or more, by a cryptographic generator.',
        section: 'RFC 6749 §10.10',
      }),
    ];
  });
}

/** Values that must be new each time. @param {Flow[]} flows */
function constant(flows) {
  const done = flows.filter(finished);
  const rows = /** @type {const} */ ([
    ['state', 'state.constant', 'A state that is known beforehand protects against nothing.', 'OAuth 2.1 §4.1.1'],
    ['nonce', 'nonce.constant', 'An ID token from an earlier login passes as the new one.', 'RFC 9700 §2.1.1'],
    [
      'code_challenge',
      'challenge.constant',
      'The verifier is the same each time. Who has seen it once can redeem every stolen code.',
      'RFC 9700 §2.1.1',
    ],
  ]);
  return rows.flatMap(([name, id, what, section]) => {
    const repeatedIn = done.filter((flow, index) => {
      const value = asked(flow, name);
      return value !== null && done.slice(0, index).some((other) => asked(other, name) === value);
    });
    const last = repeatedIn.at(-1);
    if (!last) return [];
    return [
      finding(last, authorizeOf(last), {
        id,
        severity: 'error',
        title: `${name} is the same in several logins`,
        what,
        expected: 'a new random value for each login',
        got: asked(last, name),
        fix:
          name === 'code_challenge'
            ? 'Make a new code_verifier for each login, not once at start.'
            : `Make a new ${name} for each login.`,
        section,
      }),
    ];
  });
}

/** @param {Flow[]} flows */
function challenge(flows) {
  return flows
    .filter((flow) => authorizeOf(flow) !== null && flow.pkce === false && finished(flow))
    .map((flow) =>
      finding(flow, authorizeOf(flow), {
        id: 'pkce.off',
        severity: 'error',
        title: 'Logs in without PKCE',
        what: 'Nothing ties the code to the browser that began. A client secret does not help against a code that is slipped into another login (code injection).',
        expected: 'code_challenge with S256',
        fix: 'Turn PKCE on in the client, and require it in the registration.',
        section: 'RFC 9700 §2.1.1',
      }),
    );
}

/** @param {Flow[]} flows */
function nonce(flows) {
  return flows.flatMap((flow) => {
    const exchange = authorizeOf(flow);
    const scopes = (asked(flow, 'scope') ?? '').split(' ');
    if (!exchange) return [];
    if (scopes.includes('openid') && asked(flow, 'nonce') === null && flow.pkce === false) {
      return [
        finding(flow, exchange, {
          id: 'nonce.missing',
          severity: 'warning',
          title: 'Neither nonce nor PKCE',
          what: 'Nothing ties the ID token to this login, so one from elsewhere passes.',
          expected: 'nonce',
          fix: 'Send a random nonce and compare it with the ID token; better, use PKCE.',
          section: 'RFC 9700 §2.1.1',
        }),
      ];
    }
    if (!scopes.includes('openid') && asked(flow, 'nonce') !== null) {
      return [
        finding(flow, exchange, {
          id: 'openid.missing',
          severity: 'warning',
          title: 'A nonce, but no openid',
          what: 'The client expects an ID token: it sends a nonce. Without the scope openid none is issued, and the access token does not say who signed in.',
          expected: 'openid in scope',
          got: asked(flow, 'scope'),
          fix: 'Add openid to scope.',
          section: 'OpenID Connect Core §3.1.2.1',
        }),
      ];
    }
    return [];
  });
}

/** @param {Flow[]} flows */
function verifiers(flows) {
  return flows.flatMap((flow) =>
    flow.exchanges
      .filter(({ endpoint }) => endpoint === 'token')
      .flatMap((exchange) => {
        const value = find(formOf(exchange.request), 'code_verifier');
        if (value === null || isMasked(value) || entropy(value) >= VERIFIER_BITS) return [];
        const short = period(value) < value.length;
        return [
          finding(flow, exchange, {
            id: 'verifier.weak',
            severity: 'error',
            title: short ? 'The code_verifier repeats itself' : 'The code_verifier can be guessed',
            what: short
              ? `${value.length} characters, but they repeat after ${period(value)}. The challenge is public, so a thief tries verifiers at leisure.`
              : `It has ${Math.floor(entropy(value))} bits at most. The challenge is public, so a thief tries verifiers at leisure.`,
            expected: '256 random bits',
            got: value,
            fix: 'Take 32 bytes from a cryptographic generator and encode them in base64url.',
            section: 'RFC 7636 §7.1',
          }),
        ];
      }),
  );
}

/** @param {Flow[]} flows */
function redirects(flows) {
  return flows.flatMap((flow) => {
    const uri = asked(flow, 'redirect_uri');
    const url = parseUrl(uri ?? '');
    const here = /^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/i.test(url?.host ?? '');
    if (url?.scheme.toLowerCase() !== 'http' || here) return [];
    return [
      finding(flow, authorizeOf(flow), {
        id: 'redirect.http',
        severity: 'error',
        title: 'The code comes back over plain http',
        what: 'Everybody on the way can read it.',
        expected: 'https',
        got: uri,
        fix: 'Serve the callback over https and register that address.',
        section: 'OAuth 2.1 §2.3.1',
      }),
    ];
  });
}

/** @param {Flow[]} flows */
function loop(flows) {
  const open = flows.filter((flow) => authorizeOf(flow) !== null && !finished(flow));
  const last = open.findLast(
    (flow, index) => index >= LOOP.logins - 1 && flow.began - (open[index - LOOP.logins + 1]?.began ?? 0) < LOOP.within,
  );
  if (!last) return [];
  return [
    finding(last, authorizeOf(last), {
      id: 'login.loop',
      severity: 'warning',
      title: 'The login begins again and again',
      what: `${LOOP.logins} logins within ${LOOP.within / 1000} s, and none of them went through: the client sends the user back as soon as the callback fails.`,
      fix: 'Show the error of a failed callback and let the user begin again.',
    }),
  ];
}
