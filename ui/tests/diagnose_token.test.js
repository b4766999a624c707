// Diagnoses of tokens and of what browsers keep from scripts; and every refusal that has none of its own.

import assert from 'node:assert/strict';
import test from 'node:test';

import { API, exchange, FORM, found, jwt, login, only, random, resent, T0, tables } from './world.js';

/** @import { Pairs } from '../types.d.ts' */

/** An API call that was refused. @param {string} rule @param {{ token?: string, at?: number, challenge?: string }} parts */
const refusedCall = (
  rule,
  {
    token: sent = JSON.parse(login().find(({ endpoint }) => endpoint === 'token')?.response?.body ?? '{}').access_token,
    at = T0 + 900,
    challenge = '',
  },
) =>
  exchange({
    id: 40,
    at,
    site: 'resource_server',
    host: API,
    endpoint: 'api',
    target: '/files',
    headers: [['authorization', `Bearer ${sent}`]],
    status: 401,
    back: [['www-authenticate', challenge]],
    refused: { rule, detail: null },
  });

test('an ID token sent to an API, a token for another API, too little scope, a dead token', () => {
  const all = login();
  assert.equal(only([...all, refusedCall('resource.not_id_token', {})]).id, 'token.id_token');
  const metadata = exchange({
    id: 90,
    flow: null,
    site: 'resource_server',
    endpoint: 'metadata',
    answer: '{"resource":"http://localhost:4003"}',
  });
  const aud = only([...all, refusedCall('resource.audience', { token: jwt({ aud: 'http://localhost:4003/' }) })], {
    loose: [metadata],
  });
  assert.deepEqual(
    [aud.id, aud.expected, aud.got, aud.at],
    ['token.audience', 'http://localhost:4003', 'http://localhost:4003/', 21],
  );
  const scope = only([
    ...all,
    refusedCall('resource.scope', { challenge: 'Bearer error="insufficient_scope", scope="write:files"' }),
  ]);
  assert.deepEqual(
    [scope.id, scope.expected, scope.got],
    ['scope.insufficient', 'write:files', 'openid profile read:files'],
  );
  assert.equal(
    only([...all, refusedCall('resource.active', { at: T0 + 400_000 })]).title,
    'The access token expired 99 s ago',
  );
  assert.equal(only([...all, refusedCall('resource.active', {})]).id, 'token.inactive');
});

test('userinfo without openid', () => {
  const userinfo = exchange({
    id: 40,
    at: T0 + 900,
    endpoint: 'userinfo',
    headers: [['authorization', 'Bearer x']],
    status: 403,
    refused: { rule: 'userinfo.openid_scope', detail: null },
  });
  assert.equal(only([...login({ ask: { scope: 'profile' } }), userinfo]).id, 'scope.openid_missing');
});

test('a nonce without openid brings no ID token', () => {
  const without = login({ ask: { scope: 'read:files' } }).map((one) =>
    one.endpoint === 'token' && one.response
      ? { ...one, response: { ...one.response, body: '{"access_token":"csat_x"}' } }
      : one,
  );
  assert.deepEqual(
    found(without).map(({ id, severity }) => [id, severity]),
    [['scope.openid_missing', 'warning']],
  );
});

test('a token that was fetched and never used is a hint, once time has passed and a use would have been seen', () => {
  const all = login({ seen: false }).filter(({ site }) => site === 'authorization_server');
  assert.equal(only(all, { now: T0 + 120_000 }).id, 'token.unused');
  assert.deepEqual(found(all), []);
  assert.deepEqual(found(all, { now: T0 + 30_000 }), []);
  const signIn = login({ seen: false, ask: { scope: 'openid profile' } }).filter(
    ({ site }) => site === 'authorization_server',
  );
  assert.deepEqual(found(signIn, { now: T0 + 120_000 }), [], 'who only signs in needs no token');
});
/** @param {Pairs} headers @param {Pairs} back @param {string} [path] */
const preflight = (headers, back, path = '/token') =>
  exchange({
    endpoint: 'token',
    method: 'OPTIONS',
    target: path,
    headers: [['origin', 'https://app.example'], ...headers],
    back,
  });

test('a preflight that is refused says why', () => {
  const none = only([preflight([], [], '/introspect')]);
  assert.deepEqual(
    [none.id, none.title],
    ['cors.preflight', 'The browser may not call /introspect from https://app.example'],
  );
  assert.match(none.fix, /Introspection/);
  assert.match(
    only([
      preflight(
        [['access-control-request-headers', 'x-own']],
        [
          ['access-control-allow-origin', '*'],
          ['access-control-allow-headers', 'authorization'],
        ],
      ),
    ]).what,
    /x-own/,
  );
  assert.match(
    only([preflight([['access-control-request-method', 'PUT']], [['access-control-allow-origin', '*']])]).what,
    /PUT/,
  );
  assert.deepEqual(
    found([
      preflight(
        [
          ['access-control-request-headers', 'Authorization'],
          ['access-control-request-method', 'POST'],
        ],
        [
          ['access-control-allow-origin', '*'],
          ['access-control-allow-headers', 'authorization,content-type'],
        ],
      ),
    ]),
    [],
  );
});

test('an authorization endpoint that a script fetches, and an answer that it can not read', () => {
  const fetched = login({ seen: false }).map((one) =>
    one.endpoint === 'authorize'
      ? resent(one, {
          headers: [
            ...one.request.headers,
            ['sec-fetch-mode', 'cors'],
            ['sec-fetch-site', 'cross-site'],
            ['origin', 'https://app.example'],
          ],
        })
      : one,
  );
  assert.equal(only(fetched).id, 'authorize.fetched');
  const hidden = login().map((one) =>
    one.endpoint === 'api'
      ? resent(one, {
          headers: [
            ...one.request.headers,
            ['sec-fetch-mode', 'cors'],
            ['sec-fetch-site', 'cross-site'],
            ['origin', 'https://app.example'],
          ],
        })
      : one,
  );
  assert.equal(only(hidden).id, 'cors.hidden');
});

test('what a client found wrong with a callback', () => {
  const all = login().slice(0, 6);
  const callback = all.at(-1);
  assert.ok(callback);
  const wrong = (/** @type {string} */ rule, /** @type {string} */ target) => [
    ...all.slice(0, 5),
    {
      ...resent(callback, { target }),
      refused: { rule, detail: null },
      response: { status: 400, headers: [], body: '', bytes: 0 },
    },
  ];
  const state = only(wrong('client.state_matches', '/callback?code=x&state=forged'));
  assert.deepEqual(
    [state.id, state.expected, state.got, state.step],
    ['callback.state', random('state a'), 'forged', 7],
  );
  assert.equal(
    only(wrong('client.iss_matches', '/callback?code=x&iss=https%3A%2F%2Fevil.example')).got,
    'https://evil.example',
  );
});

test('every rule of the server gives a finding with its words and section, even without a diagnosis', () => {
  for (const rule of tables.rules) {
    const all = found([
      exchange({
        endpoint: rule.id.startsWith('resource.') ? 'api' : 'token',
        site: rule.id.startsWith('resource.') ? 'resource_server' : 'authorization_server',
        method: 'POST',
        headers: FORM,
        status: 400,
        answer: `{"error":"${rule.error}","trace_id":"t1"}`,
        refused: { rule: rule.id, detail: 'it is so' },
        trace_id: 't1',
      }),
    ]);
    assert.ok(all.length >= 1, rule.id);
    for (const finding of all) {
      assert.ok(finding.title !== '' && finding.what !== '' && finding.fix !== '', rule.id);
      assert.equal(finding.trace_id, 't1');
      assert.ok(finding.section, rule.id);
    }
  }
});

test('an error of another server gives a finding from what it says', () => {
  const finding = only([
    exchange({
      endpoint: 'token',
      method: 'POST',
      headers: FORM,
      status: 401,
      answer: '{"error":"invalid_client","error_description":"Bad secret"}',
    }),
  ]);
  assert.deepEqual([finding.id, finding.what, finding.rule], ['refused.invalid_client', 'Bad secret', null]);
  const redirect = only([
    exchange({
      endpoint: 'authorize',
      status: 302,
      back: [['location', 'https://app.example/cb?error=access_denied&state=x']],
    }),
  ]);
  assert.deepEqual([redirect.title, redirect.severity], ['The user said no', 'hint']);
});
