// Each lint with a client that has the habit, and with one that has not: tokens and secrets; and the score.

import assert from 'node:assert/strict';
import test from 'node:test';

import { FlowBook } from '../model/flows.js';
import { lint } from '../model/lint/index.js';
import { exchange, flowFrom, form, FORM, ids, JSON_TYPE, login, logins, random, resent, T0 } from './world.js';

/** @import { Exchange, Flow } from '../types.d.ts' */

/** A token request after a login. @param {{ id: number, after: number, fields: Record<string, string>, scope?: string, lost?: boolean, headers?: [string, string][] }} parts */
const token = ({ id, after, fields, scope = 'a', lost = false, headers = FORM }) =>
  exchange({
    id,
    at: T0 + after,
    lost,
    endpoint: 'token',
    method: 'POST',
    target: '/token',
    headers,
    body: form(fields),
    answer: JSON.stringify({ access_token: `csat_${random(`t${id}`)}`, expires_in: 300, scope }),
    back: JSON_TYPE,
  });

test('refreshes that race, and answers that were lost', () => {
  const all = login();
  const fields = { grant_type: 'refresh_token', refresh_token: 'csrt_one-and-the-same' };
  const basic = /** @type {[string, string][]} */ ([
    ['authorization', `Basic ${btoa('demo-web:secret-of-the-web-app')}`],
    ...FORM,
  ]);
  const first = token({ id: 30, after: 280_000, fields, headers: basic });
  assert.deepEqual(ids([flowFrom([...all, first])]), []);
  assert.deepEqual(ids([flowFrom([...all, first, token({ id: 31, after: 280_050, fields, headers: basic })])]), [
    'refresh.raced',
  ]);
  assert.deepEqual(ids([flowFrom([...all, first, token({ id: 31, after: 310_000, fields, headers: basic })])]), [
    'refresh.repeated',
  ]);
  assert.deepEqual(
    ids([flowFrom([...all, { ...first, lost: true }, token({ id: 31, after: 280_050, fields, headers: basic })])]),
    [],
  );
});

test('refreshing long before the end', () => {
  const basic = /** @type {[string, string][]} */ ([
    ['authorization', `Basic ${btoa('demo-web:secret-of-the-web-app')}`],
    ...FORM,
  ]);
  const often = (/** @type {number} */ gap) =>
    flowFrom([
      ...login(),
      ...[1, 2, 3, 4].map((n) =>
        token({
          id: 30 + n,
          after: n * gap,
          headers: basic,
          fields: { grant_type: 'refresh_token', refresh_token: `csrt_number-${n}` },
        }),
      ),
    ]);
  assert.deepEqual(ids([often(10_000)]), ['refresh.early']);
  assert.deepEqual(ids([often(280_000)]), []);
});
/** A program's token, and its use. @param {number} n @param {number} gap */
function service(n, gap) {
  const fetched = token({
    id: 1,
    after: n * gap,
    fields: { grant_type: 'client_credentials', client_id: 'robot', client_secret: 's' },
  });
  const answer = JSON.stringify({ access_token: `csat_${random(`service${n}`)}`, expires_in: 300 });
  const [reply, use] = [
    { ...fetched, response: { status: 200, headers: JSON_TYPE, body: answer, bytes: 1 } },
    exchange({
      id: 2,
      at: T0 + n * gap + 50,
      site: 'resource_server',
      endpoint: 'api',
      headers: [['authorization', `Bearer csat_${random(`service${n}`)}`]],
    }),
  ];
  return flowFrom([reply, use].map((one) => ({ ...one, flow: `s${n}` })));
}

test('a token per call', () => {
  assert.deepEqual(ids([0, 1, 2, 3].map((n) => service(n, 1000))), ['token.per_call']);
  assert.deepEqual(ids([0, 1, 2, 3].map((n) => service(n, 290_000))), []);
});

test('a token that is fetched and never used', () => {
  const unused = logins(2, () => ({ seen: false })).map((flow) => ({
    ...flow,
    exchanges: flow.exchanges.filter(({ site }) => site === 'authorization_server'),
  }));
  assert.deepEqual(ids(unused, T0 + 10_000_000), ['token.unused']);
  assert.deepEqual(ids(unused), []);
});

test('offline_access that is never used', () => {
  const ask = { scope: 'openid read:files offline_access' };
  assert.deepEqual(ids(logins(3, () => ({ ask }))), ['offline.unused']);
  assert.deepEqual(ids(logins(2, () => ({ ask }))), []);
});

test('secrets in addresses', () => {
  const leaky = flowFrom(
    login().map((one) => (one.endpoint === 'token' ? resent(one, { target: '/token?client_secret=hidden' }) : one)),
  );
  assert.deepEqual(ids([leaky]), ['secret.in_address']);
  const call = flowFrom(
    login().map((one) => (one.endpoint === 'api' ? resent(one, { target: '/files?access_token=x' }) : one)),
  );
  assert.deepEqual(ids([call]), ['secret.in_address']);
});

test('a client that redeems the code of a callback that is not its own', () => {
  const forged = (/** @type {string} */ from, /** @type {string} */ to) =>
    flowFrom(
      login().map((one) =>
        one.endpoint === 'callback' ? resent(one, { target: one.request.target.replace(from, to) }) : one,
      ),
    );
  assert.deepEqual(ids([forged(`state=${random('state a')}`, 'state=forged')]), ['state.unchecked']);
  assert.deepEqual(ids([forged('iss=http%3A%2F%2Flocalhost%3A4000', 'iss=https%3A%2F%2Fevil.example')]), [
    'iss.unchecked',
  ]);
});

test('another way of proving itself than is registered, and two ways by turns', () => {
  const post = flowFrom(
    login({ flow: 'f2', seed: 'b', at: T0 + 5000 }).map((one) =>
      one.endpoint === 'token'
        ? resent(one, { headers: FORM, body: `${one.request.body}&client_id=demo-web&client_secret=x` })
        : one,
    ),
  );
  assert.deepEqual(ids([flowFrom(login()), post]), ['auth.mixed']);
  const registered = (/** @type {string} */ asked) =>
    exchange({ flow: null, endpoint: 'register', method: 'POST', body: asked, answer: '{"client_id":"demo-web"}' });
  const told = (/** @type {string} */ asked) =>
    lint([post], { loose: [registered(asked)] }).findings.map(({ id }) => id);
  assert.deepEqual(told('{"token_endpoint_auth_method":"client_secret_basic"}'), ['auth.not_registered']);
  assert.deepEqual(told('{"token_endpoint_auth_method":"client_secret_post"}'), []);
  assert.deepEqual(told('{}'), [], 'it did not ask, so it need not know');
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

test("attacks of the explorer are nobody's habit", () => {
  const run = /** @type {NonNullable<Flow['run']>} */ ({
    id: 'r1',
    table: 'code',
    pkce: true,
    attack: 'downgrade',
    mode: 'live',
    user: 'script',
    state: 'done',
    flow: 'f0',
    open: null,
    records: [],
    verdict: null,
    trouble: null,
  });
  const flows = logins(1, () => ({ ask: { state: undefined } })).map((flow) => ({ ...flow, run }));
  assert.deepEqual(ids(flows), []);
});

test('several clients are judged each for itself', () => {
  const book = new FlowBook();
  const all = /** @type {Exchange[]} */ ([
    ...login(),
    ...login({ seed: 'b', flow: 'f2', client: 'careless', ask: { state: '1' } }).map((one) => ({
      ...one,
      id: one.id + 50,
    })),
  ]);
  for (const one of all) book.add(one);
  assert.equal(lint(book.of('demo-web')).score, 100);
  assert.equal(lint(book.of('careless')).score, 90);
});
