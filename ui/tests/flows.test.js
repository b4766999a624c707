import assert from 'node:assert/strict';
import test from 'node:test';

import { FlowBook } from '../model/flows.js';
import { exchange, flowFrom, form, FORM, login, only, T0 } from './world.js';

/** @import { Exchange } from '../types.d.ts' */

/** @param {Exchange[]} exchanges */
function bookOf(exchanges) {
  const book = new FlowBook();
  for (const one of exchanges) book.add(one);
  return book;
}

test('a login is one flow, done, with its client and its times', () => {
  const flow = flowFrom(login());
  assert.equal(flow.state, 'done');
  assert.equal(flow.client_id, 'demo-web');
  assert.equal(flow.table, 'code');
  assert.equal(flow.pkce, true);
  assert.equal(flow.began, T0);
  assert.equal(flow.ended, T0 + 700 + 2);
});

test('exchanges may come in any order, and twice', () => {
  const all = login();
  const whole = JSON.stringify(bookOf(all).flows());
  for (let turn = 0; turn < all.length; turn += 1) {
    const turned = [...all.slice(turn), ...all.slice(0, turn)];
    assert.equal(JSON.stringify(bookOf(turned).flows()), whole);
    assert.equal(JSON.stringify(bookOf([...turned].reverse()).flows()), whole);
    assert.equal(JSON.stringify(bookOf([...turned, ...all]).flows()), whole);
  }
});

test('an exchange that is under way is replaced by its end', () => {
  const [first] = login();
  assert.ok(first);
  const book = bookOf([{ ...first, response: null, took: null }]);
  assert.equal(book.flows()[0]?.ended, null);
  assert.equal(book.flows()[0]?.state, 'running');
  book.add(first);
  assert.notEqual(book.flows()[0]?.ended, null);
});

test('two logins of two clients stay apart', () => {
  const book = bookOf([
    ...login(),
    ...login({ seed: 'b', flow: 'f2', client: 'other', at: T0 + 5000 }).map((one) => ({ ...one, id: one.id + 100 })),
  ]);
  assert.deepEqual(
    book.flows().map(({ id, client_id }) => [id, client_id]),
    [
      ['f1', 'demo-web'],
      ['f2', 'other'],
    ],
  );
  assert.deepEqual(
    book.of('other').map(({ id }) => id),
    ['f2'],
  );
  assert.deepEqual(book.clients(), ['demo-web', 'other']);
});

test('what belongs to no login is loose', () => {
  const book = bookOf([...login(), exchange({ id: 50, flow: null, endpoint: 'jwks', target: '/jwks' })]);
  assert.deepEqual(
    book.loose().map(({ id }) => id),
    [50],
  );
  assert.equal(book.flows().length, 1);
});

test('documents and registrations stay outside of a login whose trace they carry, as in the recorder', () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const traced = login().map((one) => ({ ...one, traceparent }));
  const outside = ['metadata', 'jwks', 'home', 'register'].map((endpoint, index) =>
    exchange({ id: 50 + index, flow: null, endpoint, target: `/${endpoint}`, traceparent }),
  );
  const book = bookOf([...traced, ...outside]);
  assert.equal(book.flows().length, 1);
  assert.equal(book.flows()[0]?.exchanges.length, traced.length);
  assert.deepEqual(
    book.loose().map(({ id }) => id),
    [50, 51, 52, 53],
  );
});

test('a token request that nothing ties to a login is a flow of its own, and its API call joins it', () => {
  const token = exchange({
    id: 1,
    flow: null,
    endpoint: 'token',
    method: 'POST',
    headers: FORM,
    body: form({ grant_type: 'client_credentials', client_id: 'robot' }),
    answer: '{"access_token":"csat_robot-token"}',
  });
  const call = exchange({
    id: 2,
    flow: null,
    site: 'resource_server',
    endpoint: 'api',
    headers: [['authorization', 'Bearer csat_robot-token']],
  });
  const [flow, ...more] = bookOf([token, call]).flows();
  assert.deepEqual(more, []);
  assert.equal(flow?.table, 'client-credentials');
  assert.equal(flow?.client_id, 'robot');
  assert.equal(flow?.exchanges.length, 2);
});

test('a preflight joins the request that it announces, or the login of its origin, or stands alone', () => {
  const preflight = exchange({
    id: 40,
    flow: null,
    endpoint: 'token',
    method: 'OPTIONS',
    target: '/token',
    headers: [['origin', 'http://localhost:4001']],
    at: T0 + 550,
  });
  assert.ok(
    bookOf([...login(), preflight])
      .flows()[0]
      ?.exchanges.some(({ id }) => id === 40),
  );
  const elsewhere = {
    ...preflight,
    request: {
      ...preflight.request,
      headers: /** @type {[string, string][]} */ ([['origin', 'https://elsewhere.example']]),
    },
  };
  assert.deepEqual(
    bookOf([...login(), elsewhere])
      .flows()
      .map(({ id }) => id),
    ['f1', 'x40'],
  );
});

test('the table follows from what the client did', () => {
  const redirected = (/** @type {string} */ uri) => flowFrom(login({ seen: false, ask: { redirect_uri: uri } })).table;
  assert.equal(redirected('com.example.app:/callback'), 'native');
  assert.equal(redirected('http://127.0.0.1:51234/callback'), 'code');
  const refresh = exchange({
    endpoint: 'token',
    method: 'POST',
    headers: FORM,
    body: form({ grant_type: 'refresh_token', refresh_token: 'csrt_x' }),
  });
  assert.equal(flowFrom([refresh]).table, 'refresh');
  const asked = (/** @type {Record<string, string>} */ ask) => flowFrom(login({ ask })).table;
  assert.equal(asked({ prompt: 'none' }), 'silent');
  assert.equal(asked({ max_age: '0' }), 'step-up');
  assert.equal(asked({ acr_values: '1' }), 'step-up');
  assert.equal(asked({ prompt: 'login' }), 'code');
});

test('a sign-out is over when the server has said so, not while it asks', () => {
  const state = (/** @type {Parameters<typeof exchange>[0]} */ end) =>
    flowFrom([exchange({ endpoint: 'end-session', target: '/end-session', ...end })]).state;
  const page = { back: /** @type {[string, string][]} */ ([['content-type', 'text/html']]) };
  assert.equal(state({ ...page, answer: '<h1>Sign out?</h1><button class="button primary" id="sign-out">Sign out</button>' }), 'running');
  assert.equal(state({ method: 'POST', headers: FORM, body: 'id_token_hint=x', status: 303, back: [['location', '/end-session?id_token_hint=x']] }), 'running');
  assert.equal(state({ ...page, answer: '<h1>Signed out</h1>' }), 'done');
  assert.equal(state({ status: 303, back: [['location', 'http://app.example/bye']] }), 'done');
});

test('a link that the client refused to follow is a login that was refused', () => {
  const link = exchange({
    id: 1,
    flow: 'f1',
    site: 'web_app',
    endpoint: 'login',
    response: { status: 400, headers: [], body: null, bytes: 0 },
    checks: [{ rule: 'client.initiation_iss', ok: false, by: 'web_app' }],
  });
  assert.equal(flowFrom([link]).state, 'refused');
  assert.match(only([link]).fix, /issuer/);
});

test('a registration is no login, unless it was refused', () => {
  const register = exchange({
    flow: null,
    endpoint: 'register',
    method: 'POST',
    status: 201,
    answer: '{"client_id":"c"}',
  });
  const book = bookOf([register]);
  assert.deepEqual([book.flows().length, book.loose().length], [0, 1]);
  assert.equal(bookOf([{ ...register, refused: { rule: 'registration.scope', detail: null } }]).flows().length, 1);
});

test('a refusal that is overcome is none', () => {
  const all = login();
  const token = all.find(({ endpoint }) => endpoint === 'token');
  assert.ok(token);
  const refused = { ...token, id: 60, at: T0 + 600, refused: { rule: 'pkce.verifier_matches', detail: null } };
  assert.equal(flowFrom([...all.filter(({ endpoint }) => endpoint !== 'api'), refused]).state, 'refused');
  assert.equal(flowFrom([...all, { ...refused, id: 5 }]).state, 'done');
});

test('the book forgets the oldest', () => {
  const book = new FlowBook();
  for (let id = 1; id <= 4100; id += 1) book.add(exchange({ id, flow: `f${id}`, endpoint: 'token' }));
  assert.equal(book.flows().length, 4000);
  assert.equal(book.flows()[0]?.id, 'f101');
});
