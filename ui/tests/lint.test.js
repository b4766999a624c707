// Each lint with a client that has the habit, and with one that has not.

import assert from 'node:assert/strict';
import test from 'node:test';

import { FlowBook } from '../model/flows.js';
import { lint } from '../model/lint/index.js';
import { entropy, period } from '../model/lint/entropy.js';
import { challengeOf } from '../model/pkce.js';
import { exchange, flowFrom, form, FORM, JSON_TYPE, login, random, resent, T0 } from './world.js';

/** @import { Exchange, Flow } from '../types.d.ts' */
/** @import { Login } from './world.js' */

/** Several logins of one client, a minute apart. @param {number} count @param {(n: number) => Login} [options] */
function logins(count, options = () => ({})) {
  return Array.from({ length: count }, (_, n) => flowFrom(login({ seed: `s${n}`, flow: `f${n}`, at: T0 + n * 60_000, ...options(n) })));
}

/** @param {Flow[]} flows @param {number} [now] */
const ids = (flows, now) => lint(flows, now === undefined ? {} : { now }).findings.map(({ id }) => id);

test('a good client has 100 and no finding, however often it logs in', () => {
  for (const seen of [true, false]) {
    const { score, findings, history } = lint(logins(25, () => ({ seen })), { now: T0 + 10_000_000 });
    assert.deepEqual([score, findings.map(({ id }) => id)], [100, []]);
    assert.equal(history.length, 25);
    assert.ok(history.every((point) => point.score === 100));
  }
  assert.deepEqual(lint([]), { client_id: null, score: 100, findings: [], history: [] });
});

test('state that is missing, short or constant', () => {
  assert.deepEqual(ids(logins(1, () => ({ ask: { state: undefined } }))), ['state.missing']);
  for (const state of ['xyz', '1763730000123', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '123456789012345678901234567890', 'deadbeef']) {
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
  const same = logins(2, () => ({ ask: { code_challenge: challengeOf(verifier) }, redeem: { code_verifier: verifier } }));
  assert.deepEqual(ids(same), ['challenge.constant']);
  assert.equal(lint(same).findings[0]?.section, 'RFC 9700 §2.1.1');
});

test('a login that the browser reloads is not a constant one', () => {
  const all = login();
  const [first, second] = [flowFrom(all.slice(0, 3)), flowFrom(all.map((one) => ({ ...one, flow: 'f2', id: one.id + 20 })))];
  assert.deepEqual(ids([first, second]), []);
});

test('no PKCE, and neither PKCE nor nonce', () => {
  const off = { code_challenge: undefined, code_challenge_method: undefined };
  assert.deepEqual(ids(logins(1, () => ({ ask: off, redeem: { code_verifier: undefined } }))), ['pkce.off']);
  assert.deepEqual(ids(logins(1, () => ({ ask: { ...off, nonce: undefined }, redeem: { code_verifier: undefined } }))), ['pkce.off', 'nonce.missing']);
  assert.deepEqual(ids(logins(1, () => ({ ask: { nonce: undefined } }))), [], 'PKCE does what nonce would');
  assert.deepEqual(ids(logins(1, () => ({ ask: { scope: 'profile read:files' } }))), ['openid.missing']);
});

test('verifiers that repeat themselves or can be guessed', () => {
  for (const [verifier, words] of [['abcdefgh'.repeat(6), /repeats itself/], ['1'.repeat(43), /repeats itself/], ['0123456789'.repeat(4) + '0123', /repeats itself/], ['abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ', /guessed/]]) {
    const text = String(verifier);
    const { findings } = lint(logins(1, () => ({ ask: { code_challenge: challengeOf(text) }, redeem: { code_verifier: text } })));
    assert.deepEqual(findings.map(({ id }) => id), ['verifier.weak'], text);
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
  assert.deepEqual(ids(logins(1, () => ({ seen: false, ask: { redirect_uri: 'http://app.example/cb' } }))), ['redirect.http']);
  for (const uri of ['http://127.0.0.1:9/cb', 'http://[::1]/cb', 'http://localhost/cb', 'https://app.example/cb', 'com.example:/cb']) {
    assert.deepEqual(ids(logins(1, () => ({ seen: false, ask: { redirect_uri: uri } }))), [], uri);
  }
});

test('a login that begins again and again', () => {
  const open = (/** @type {number} */ gap) => Array.from({ length: 6 }, (_, n) => flowFrom(login({ seed: `s${n}`, flow: `f${n}`, at: T0 + n * gap }).slice(0, 2)));
  assert.deepEqual(ids(open(1000)), ['login.loop']);
  assert.deepEqual(ids(open(60_000)), []);
});

/** A token request after a login. @param {{ id: number, after: number, fields: Record<string, string>, scope?: string, lost?: boolean, headers?: [string, string][] }} parts */
const token = ({ id, after, fields, scope = 'a', lost = false, headers = FORM }) =>
  exchange({ id, at: T0 + after, lost, endpoint: 'token', method: 'POST', target: '/token', headers, body: form(fields), answer: JSON.stringify({ access_token: `csat_${random(`t${id}`)}`, expires_in: 300, scope }), back: JSON_TYPE });

test('refreshes that race, and answers that were lost', () => {
  const all = login();
  const fields = { grant_type: 'refresh_token', refresh_token: 'csrt_one-and-the-same' };
  const basic = /** @type {[string, string][]} */ ([['authorization', `Basic ${btoa('demo-web:secret-of-the-web-app')}`], ...FORM]);
  const first = token({ id: 30, after: 280_000, fields, headers: basic });
  assert.deepEqual(ids([flowFrom([...all, first])]), []);
  assert.deepEqual(ids([flowFrom([...all, first, token({ id: 31, after: 280_050, fields, headers: basic })])]), ['refresh.raced']);
  assert.deepEqual(ids([flowFrom([...all, first, token({ id: 31, after: 310_000, fields, headers: basic })])]), ['refresh.repeated']);
  assert.deepEqual(ids([flowFrom([...all, { ...first, lost: true }, token({ id: 31, after: 280_050, fields, headers: basic })])]), []);
});

test('refreshing long before the end', () => {
  const basic = /** @type {[string, string][]} */ ([['authorization', `Basic ${btoa('demo-web:secret-of-the-web-app')}`], ...FORM]);
  const often = (/** @type {number} */ gap) => flowFrom([...login(), ...[1, 2, 3, 4].map((n) => token({ id: 30 + n, after: n * gap, headers: basic, fields: { grant_type: 'refresh_token', refresh_token: `csrt_number-${n}` } }))]);
  assert.deepEqual(ids([often(10_000)]), ['refresh.early']);
  assert.deepEqual(ids([often(280_000)]), []);
});

/** A program's token, and its use. @param {number} n @param {number} gap */
function service(n, gap) {
  const fetched = token({ id: 1, after: n * gap, fields: { grant_type: 'client_credentials', client_id: 'robot', client_secret: 's' } });
  const answer = JSON.stringify({ access_token: `csat_${random(`service${n}`)}`, expires_in: 300 });
  const [reply, use] = [{ ...fetched, response: { status: 200, headers: JSON_TYPE, body: answer, bytes: 1 } }, exchange({ id: 2, at: T0 + n * gap + 50, site: 'resource_server', endpoint: 'api', headers: [['authorization', `Bearer csat_${random(`service${n}`)}`]] })];
  return flowFrom([reply, use].map((one) => ({ ...one, flow: `s${n}` })));
}

test('a token per call', () => {
  assert.deepEqual(ids([0, 1, 2, 3].map((n) => service(n, 1000))), ['token.per_call']);
  assert.deepEqual(ids([0, 1, 2, 3].map((n) => service(n, 290_000))), []);
});

test('a token that is fetched and never used', () => {
  const unused = logins(2, () => ({ seen: false })).map((flow) => ({ ...flow, exchanges: flow.exchanges.filter(({ site }) => site === 'authorization_server') }));
  assert.deepEqual(ids(unused, T0 + 10_000_000), ['token.unused']);
  assert.deepEqual(ids(unused), []);
});

test('offline_access that is never used', () => {
  const ask = { scope: 'openid read:files offline_access' };
  assert.deepEqual(ids(logins(3, () => ({ ask }))), ['offline.unused']);
  assert.deepEqual(ids(logins(2, () => ({ ask }))), []);
});

test('secrets in addresses', () => {
  const leaky = flowFrom(login().map((one) => (one.endpoint === 'token' ? resent(one, { target: '/token?client_secret=hidden' }) : one)));
  assert.deepEqual(ids([leaky]), ['secret.in_address']);
  const call = flowFrom(login().map((one) => (one.endpoint === 'api' ? resent(one, { target: '/files?access_token=x' }) : one)));
  assert.deepEqual(ids([call]), ['secret.in_address']);
});

test('a client that redeems the code of a callback that is not its own', () => {
  const forged = (/** @type {string} */ from, /** @type {string} */ to) => flowFrom(login().map((one) => (one.endpoint === 'callback' ? resent(one, { target: one.request.target.replace(from, to) }) : one)));
  assert.deepEqual(ids([forged(`state=${random('state a')}`, 'state=forged')]), ['state.unchecked']);
  assert.deepEqual(ids([forged('iss=http%3A%2F%2Flocalhost%3A4000', 'iss=https%3A%2F%2Fevil.example')]), ['iss.unchecked']);
});

test('another way of proving itself than is registered, and two ways by turns', () => {
  const post = flowFrom(login({ flow: 'f2', seed: 'b', at: T0 + 5000 }).map((one) => (one.endpoint === 'token' ? resent(one, { headers: FORM, body: `${one.request.body}&client_id=demo-web&client_secret=x` }) : one)));
  assert.deepEqual(ids([flowFrom(login()), post]), ['auth.mixed']);
  const registered = exchange({ id: 90, flow: 'f2', endpoint: 'register', method: 'POST', answer: '{"token_endpoint_auth_method":"client_secret_basic"}' });
  assert.deepEqual(ids([{ ...post, exchanges: [registered, ...post.exchanges] }]), ['auth.not_registered']);
});

test('the score falls by the worst, each kind once, and rises again when the client is mended', () => {
  const flows = logins(20, (n) => (n < 5 ? { ask: { state: 'abc' } } : {}));
  const { score, history } = lint(flows);
  assert.equal(history[3]?.score, 100 - 10 - 25, 'short and constant');
  assert.equal(history[0]?.score, 90);
  assert.equal(score, 100);
  assert.deepEqual([...new Set(history.slice(14).map((point) => point.score))], [100]);
});

test('the newest example of a habit is shown, with its flow', () => {
  const [finding] = lint(logins(3, () => ({ ask: { state: undefined } }))).findings;
  assert.equal(finding?.flow, 'f2');
  assert.equal(finding?.exchange, 2);
});

test('attacks of the explorer are nobody\'s habit', () => {
  const run = /** @type {NonNullable<Flow['run']>} */ ({ id: 'r1', table: 'code', pkce: true, attack: 'downgrade', mode: 'live', user: 'script', state: 'done', flow: 'f0', open: null, records: [], verdict: null, trouble: null });
  const flows = logins(1, () => ({ ask: { state: undefined } })).map((flow) => ({ ...flow, run }));
  assert.deepEqual(ids(flows), []);
});

test('several clients are judged each for itself', () => {
  const book = new FlowBook();
  const all = /** @type {Exchange[]} */ ([...login(), ...login({ seed: 'b', flow: 'f2', client: 'careless', ask: { state: '1' } }).map((one) => ({ ...one, id: one.id + 50 }))]);
  for (const one of all) book.add(one);
  assert.equal(lint(book.of('demo-web')).score, 100);
  assert.equal(lint(book.of('careless')).score, 90);
});
