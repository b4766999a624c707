// Diagnoses of codes, refresh tokens, clocks and cookies.

import assert from 'node:assert/strict';
import test from 'node:test';

import {
  AS,
  exchange,
  form,
  FORM,
  found,
  JSON_TYPE,
  jwt,
  login,
  only,
  random,
  refusedLogin,
  resent,
  T0,
} from './world.js';

/** @import { Pairs } from '../types.d.ts' */

test('a code that came twice: how far apart, and whether the callback did', () => {
  const all = login();
  const [callback, token] = ['callback', 'token'].map((name) => all.find(({ endpoint }) => endpoint === name));
  assert.ok(callback && token);
  const again = {
    ...token,
    id: 21,
    at: token.at + 28,
    refused: { rule: 'code.single_use', detail: null },
    response: { status: 400, headers: JSON_TYPE, body: '{"error":"invalid_grant"}', bytes: 25 },
  };
  const alone = only([...all, again]);
  assert.equal(alone.title, 'The code was used twice within 28 ms');
  assert.match(alone.what, /double-submitted callback/);
  const doubled = only([...all, { ...callback, id: 20, at: callback.at + 28 }, again]);
  assert.match(doubled.what, /callback itself came twice within 28 ms/);
  const late = only([...all, { ...again, at: token.at + 60_000 }]);
  assert.equal(late.title, 'The code was used twice within 60 s');
  assert.ok(!late.what.includes('double-submitted'));
  const elsewhere = only([...all, { ...again, refused: null }]);
  assert.equal(elsewhere.id, 'code.twice');
});

test('a code that came too late says by how much', () => {
  const late = refusedLogin('token', 'code.not_expired', {
    detail: 'It expired 12 s ago, and was good for 60 s',
    edit: (one) => ({ ...one, at: one.at + 72_000 }),
  });
  const finding = only(late);
  assert.equal(finding.title, 'The code expired 12 s ago');
  const just = refusedLogin('token', 'code.not_expired', { detail: 'It expired 30 ms ago, and was good for 60 s' });
  assert.equal(only(just).title, 'The code expired 30 ms ago');
  const told = refusedLogin('token', 'code.single_use', { detail: 'That was 30 ms ago: a callback came twice' });
  assert.equal(only(told).title, 'The code was used twice within 30 ms');
  assert.match(finding.what, /issued 72 s before/);
});

test("a code that was cut, or is another client's, or nobody's", () => {
  const code = `csac_${random('code a')}abcd`;
  const cut = only(refusedLogin('token', 'code.known', { redeem: { code: code.slice(0, -4) } }));
  assert.deepEqual([cut.id, cut.expected, cut.at], ['code.cut', code, 48]);
  assert.equal(only(refusedLogin('token', 'code.known', { redeem: { code: `${code} ` } })).id, 'code.cut');
  assert.equal(
    only(refusedLogin('token', 'code.known', { redeem: { code: 'nobody-knows-this-one' } })).id,
    'code.unknown',
  );
  const foreign = only(refusedLogin('token', 'code.client', { edit: (one) => ({ ...one, client_id: 'demo-spa' }) }));
  assert.deepEqual([foreign.id, foreign.expected, foreign.got], ['code.other_client', 'demo-web', 'demo-spa']);
});
/** A refresh at some time after the login. @param {{ id: number, after: number, token: string, next?: string, refused?: string }} parts */
function refresh({ id, after, token, next = 'csrt_next', refused }) {
  const answer = refused
    ? '{"error":"invalid_grant"}'
    : JSON.stringify({
        access_token: `csat_${id}${random('r')}`,
        token_type: 'Bearer',
        expires_in: 300,
        refresh_token: next,
      });
  return exchange({
    id,
    at: T0 + after,
    endpoint: 'token',
    method: 'POST',
    target: '/token',
    headers: FORM,
    body: form({ grant_type: 'refresh_token', refresh_token: token, client_id: 'demo-web' }),
    answer,
    status: refused ? 400 : 200,
    back: JSON_TYPE,
    refused: refused ? { rule: refused, detail: null } : null,
  });
}

test('a refresh token that came again: raced, or replayed', () => {
  const all = login();
  const token = `csrt_${random('refresh a')}abcd`;
  const used = [...all, refresh({ id: 30, after: 10_000, token })];
  assert.deepEqual(found(used), []);
  const raced = only([...used, refresh({ id: 31, after: 10_040, token, refused: 'refresh.not_replayed' })]);
  assert.deepEqual(
    [raced.id, raced.title],
    ['refresh.raced', 'A refresh token came again, 40 ms after it was replaced'],
  );
  assert.equal(
    only([...used, refresh({ id: 31, after: 90_000, token, refused: 'refresh.not_replayed' })]).id,
    'refresh.replayed',
  );
  assert.equal(
    only([...all, refresh({ id: 31, after: 90_000, token, refused: 'refresh.family_alive' })]).id,
    'refresh.revoked',
  );
  assert.equal(
    only([...all, refresh({ id: 31, after: 90_000, token: 'csrt_nonsense', refused: 'refresh.known' })]).id,
    'refresh.known',
  );
});

test('a client whose clock is behind or ahead is told by how much', () => {
  const now = (T0 + 600) / 1000;
  /** @param {Record<string, unknown>} claims */
  const wrong = (claims) =>
    refusedLogin('token', 'client_auth.assertion_valid', {
      error: 'invalid_client',
      redeem: {
        client_assertion: jwt({ iss: 'c', sub: 'c', aud: `http://${AS}`, jti: 'j', ...claims }),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      },
    });
  assert.equal(only(wrong({ iat: now - 71, exp: now - 11 })).title, "The client's clock is 71 s behind");
  assert.match(only(wrong({ iat: now - 71, exp: now - 11 })).what, /ended 11 s ago/);
  assert.equal(only(wrong({ iat: now + 11, exp: now + 71 })).title, "The client's clock is 11 s ahead");
  assert.equal(only(wrong({ exp: now - 11 })).title, 'The client assertion has expired');
  assert.equal(only(wrong({ exp: now + 60, aud: 'https://other.example' })).id, 'assertion.audience');
  assert.equal(only(wrong({ exp: now + 60, sub: 'd' })).id, 'assertion.claims');
  assert.match(only(wrong({ exp: now + 60, jti: undefined })).title, /has no jti/);
  assert.equal(only(wrong({ exp: now + 60 })).id, 'client_auth.assertion_valid');
});
/** A page request that came without its cookie. @param {{ target?: string, headers: Pairs, cookie?: string, method?: string }} parts */
function cookieLost({
  target = '/interaction/csia_x',
  headers,
  cookie = 'countersign=csbr_abcdefgh; Path=/; HttpOnly; SameSite=Lax',
  method = 'GET',
}) {
  const [authorize] = login({ seen: false });
  assert.ok(authorize);
  const given = {
    ...authorize,
    response: {
      status: 303,
      headers: /** @type {Pairs} */ ([
        ['location', target],
        ['set-cookie', cookie],
      ]),
      body: '',
      bytes: 0,
    },
  };
  const back = exchange({
    id: 5,
    at: T0 + 300,
    endpoint: method === 'POST' ? 'sign-in' : 'interaction',
    method,
    target,
    status: 400,
    answer: '<h1>lost</h1>',
  });
  return [given, { ...back, request: { ...back.request, headers } }];
}

test('a cookie that did not come back: another host, SameSite, Secure, or just lost', () => {
  const host = only(cookieLost({ headers: [['host', '127.0.0.1:4000']] }));
  assert.deepEqual([host.id, host.expected, host.got], ['cookie.host', 'localhost', '127.0.0.1']);
  assert.equal(
    only(
      cookieLost({
        headers: [
          ['host', AS],
          ['sec-fetch-site', 'cross-site'],
        ],
        method: 'POST',
      }),
    ).id,
    'cookie.samesite',
  );
  assert.equal(
    only(
      cookieLost({
        headers: [
          ['host', AS],
          ['sec-fetch-site', 'cross-site'],
        ],
        cookie: 'a=bcdefghi; SameSite=Strict',
      }),
    ).id,
    'cookie.samesite',
  );
  assert.equal(only(cookieLost({ headers: [['host', AS]] })).id, 'cookie.lost');
  assert.deepEqual(
    found(
      cookieLost({
        headers: [
          ['host', AS],
          ['cookie', 'countersign=csbr_abcdefgh'],
        ],
      }),
    ).map(({ id }) => id),
    [],
  );
});

test('the callback of a client that lost its cookie is told too', () => {
  const all = login()
    .slice(0, 6)
    .map((one) =>
      one.endpoint === 'callback'
        ? {
            ...resent(one, { headers: /** @type {Pairs} */ ([['host', '127.0.0.1:4001']]) }),
            response: { status: 400, headers: [], body: 'not under way', bytes: 13 },
          }
        : one,
    );
  assert.equal(found(all)[0]?.id, 'cookie.host');
  assert.equal(found(all)[0]?.step, 7);
});
