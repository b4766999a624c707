// Each lint with a client that has the habit, and with one that has not: logins.

import assert from 'node:assert/strict';
import test from 'node:test';

import { entropy, period } from '../model/lint/entropy.js';
import { lint } from '../model/lint/index.js';
import { gotLess } from '../model/lint/scopes.js';
import { challengeOf } from '../model/pkce.js';
import { requestParams } from '../model/wire.js';
import { AS, exchange, flowFrom, form, ids, jwt, login, logins, random, T0 } from './world.js';

test('a good client has 100 and no finding, however often it logs in', () => {
  for (const seen of [true, false]) {
    const { score, findings, history } = lint(
      logins(25, () => ({ seen })),
      { now: T0 + 10_000_000 },
    );
    assert.deepEqual([score, findings.map(({ id }) => id)], [100, []]);
    assert.equal(history.length, 25);
    assert.ok(history.every((point) => point.score === 100));
  }
  assert.deepEqual(lint([]), { client_id: null, score: 100, findings: [], history: [] });
});

test('parameters in a request object count as those outside, and what lies at a request_uri is not judged', () => {
  const said = Object.fromEntries(requestParams(login().find(({ endpoint }) => endpoint === 'authorize')));
  const sent = (/** @type {Record<string, string>} */ query) =>
    flowFrom(
      login({ seen: false }).map((one) =>
        one.endpoint === 'authorize'
          ? { ...one, request: { ...one.request, target: `/authorize?${form({ client_id: 'demo-web', ...query })}` } }
          : one,
      ),
    );
  const inside = sent({ request: jwt({ ...said, iss: 'demo-web', aud: `http://${AS}` }), nonce: 'outside' });
  assert.deepEqual([ids([inside]), inside.pkce], [[], true]);
  const [asked] = inside.exchanges;
  assert.deepEqual(
    requestParams(asked).filter(([name]) => ['nonce', 'iss'].includes(name)),
    [['nonce', said['nonce']]],
  );
  const without = sent({ request: jwt({ ...said, code_challenge: undefined, state: undefined }) });
  assert.deepEqual(ids([without]).sort(), ['pkce.off', 'state.missing']);
  const elsewhere = sent({ request_uri: 'https://app.example/request.jwt' });
  assert.deepEqual([ids([elsewhere]), elsewhere.pkce], [[], null]);
});

test('state that is missing, short or constant', () => {
  assert.deepEqual(ids(logins(1, () => ({ ask: { state: undefined } }))), ['state.missing']);
  for (const state of [
    'xyz',
    '1763730000123',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '123456789012345678901234567890',
    'deadbeef',
  ]) {
    assert.deepEqual(ids(logins(1, () => ({ ask: { state } }))), ['state.short'], state);
  }
  for (const state of ['8c8f2a0c-5e1b-4b51-9e1d-0d4ac14f9a1e', '0f1e2d3c4b5a69788796a5b4c3d2e1f0', random('x')]) {
    assert.deepEqual(ids(logins(1, () => ({ ask: { state } }))), [], state);
  }
  assert.deepEqual(ids(logins(2, () => ({ ask: { state: random('same') } }))), ['state.constant']);
});

test('nonce and challenge that are the same each time', () => {
  assert.deepEqual(ids(logins(2, () => ({ ask: { nonce: random('same') } }))), ['nonce.constant']);
  const verifier = random('one for all');
  const same = logins(2, () => ({
    ask: { code_challenge: challengeOf(verifier) },
    redeem: { code_verifier: verifier },
  }));
  assert.deepEqual(ids(same), ['challenge.constant']);
  assert.equal(lint(same).findings[0]?.section, 'RFC 9700 §2.1.1');
});

test('a login that the browser reloads is not a constant one', () => {
  const all = login();
  const [first, second] = [
    flowFrom(all.slice(0, 3)),
    flowFrom(all.map((one) => ({ ...one, flow: 'f2', id: one.id + 20 }))),
  ];
  assert.deepEqual(ids([first, second]), []);
});

test('no PKCE, and neither PKCE nor nonce', () => {
  const off = { code_challenge: undefined, code_challenge_method: undefined };
  assert.deepEqual(ids(logins(1, () => ({ ask: off, redeem: { code_verifier: undefined } }))), ['pkce.off']);
  assert.deepEqual(
    ids(logins(1, () => ({ ask: { ...off, nonce: undefined }, redeem: { code_verifier: undefined } }))),
    ['pkce.off', 'nonce.missing'],
  );
  assert.deepEqual(ids(logins(1, () => ({ ask: { nonce: undefined } }))), [], 'PKCE does what nonce would');
  assert.deepEqual(ids(logins(1, () => ({ ask: { scope: 'profile read:files' } }))), ['openid.missing']);
});

test('verifiers that repeat themselves or can be guessed', () => {
  for (const [verifier, words] of [
    ['abcdefgh'.repeat(6), /repeats itself/],
    ['1'.repeat(43), /repeats itself/],
    ['0123456789'.repeat(4) + '0123', /repeats itself/],
    ['abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ', /guessed/],
  ]) {
    const text = String(verifier);
    const { findings } = lint(
      logins(1, () => ({ ask: { code_challenge: challengeOf(text) }, redeem: { code_verifier: text } })),
    );
    assert.deepEqual(
      findings.map(({ id }) => id),
      ['verifier.weak'],
      text,
    );
    assert.ok(words instanceof RegExp && words.test(findings[0]?.title ?? ''), text);
  }
});

test('entropy is bounded by length, kinds of characters and repetition', () => {
  assert.equal(period('abab'), 2);
  assert.equal(period('abcab'), 3 > 2.5 ? 5 : 3);
  assert.ok(entropy('a'.repeat(99)) < 8);
  assert.ok(entropy('1234567890') < 20);
  assert.equal(Math.round(entropy('0f1e2d3c4b5a69788796a5b4c3d2e1f0')), 128);
  for (let n = 0; n < 500; n += 1) {
    assert.ok(entropy(random(`e${n}`)) > 200);
    assert.ok(entropy(random(`e${n}`).slice(0, 16)) > 64);
  }
  assert.equal(entropy(''), 0);
});

test('a redirect over plain http, but not to this computer', () => {
  assert.deepEqual(ids(logins(1, () => ({ seen: false, ask: { redirect_uri: 'http://app.example/cb' } }))), [
    'redirect.http',
  ]);
  for (const uri of [
    'http://127.0.0.1:9/cb',
    'http://[::1]/cb',
    'http://localhost/cb',
    'https://app.example/cb',
    'com.example:/cb',
  ]) {
    assert.deepEqual(ids(logins(1, () => ({ seen: false, ask: { redirect_uri: uri } }))), [], uri);
  }
});

test('a login that begins again and again', () => {
  const open = (/** @type {number} */ gap) =>
    Array.from({ length: 6 }, (_, n) =>
      flowFrom(login({ seed: `s${n}`, flow: `f${n}`, at: T0 + n * gap }).slice(0, 2)),
    );
  assert.deepEqual(ids(open(1000)), ['login.loop']);
  assert.deepEqual(ids(open(60_000)), []);
});

test('a scope that the metadata does not list is unknown, whoever fetched it; one that the user declined is not', () => {
  const metadata = { issuer: `http://${AS}`, scopes_supported: ['openid', 'profile', 'read:files'] };
  const ask = { scope: 'openid everything' };
  const [flow] = logins(1, () => ({ ask })).map(declined);
  assert.ok(flow);
  assert.deepEqual(ids([flow]), [], 'nobody knows what there is');
  assert.equal(gotLess([flow]), true);
  const [found, ...more] = lint([flow], { metadata }).findings;
  assert.deepEqual([found?.id, found?.got, more], ['scope.unknown', 'openid everything', []]);
  assert.match(found?.title ?? '', /everything$/);
  const fetched = exchange({ endpoint: 'metadata', flow: null, answer: JSON.stringify(metadata) });
  assert.equal(lint([flow], { loose: [fetched] }).findings[0]?.id, 'scope.unknown');
  const other = { ...metadata, issuer: 'https://elsewhere.example' };
  assert.deepEqual(lint([flow], { metadata: other }).findings, [], 'another server, another list');
  assert.deepEqual(lint([flow], { metadata: { ...metadata, scopes_supported: ['openid', 'everything'] } }).findings, []);
  const [near] = lint(logins(1, () => ({ ask: { scope: 'openid read:file' } })).map(declined), { metadata }).findings;
  assert.match(near?.fix ?? '', /read:files/);
});

/** The same login where the reply grants openid only. @param {import('../types.d.ts').Flow} flow */
function declined(flow) {
  return {
    ...flow,
    exchanges: flow.exchanges.map((one) =>
      one.endpoint === 'token' && one.response
        ? { ...one, response: { ...one.response, body: one.response.body?.replace(/"scope":"[^"]*"/, '"scope":"openid"') ?? null } }
        : one,
    ),
  };
}
