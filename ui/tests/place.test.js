import assert from 'node:assert/strict';
import test from 'node:test';

import { place, stoppedAt, tablesFor } from '../model/place.js';
import { exchange, flowFrom, form, FORM, login, random, refusedLogin, T0, tables } from './world.js';

/** @import { Exchange, StepView } from '../types.d.ts' */

/** @param {StepView[]} steps */
const states = (steps) => steps.map(({ number, state }) => `${number} ${state}`);

test('a whole login is seen in all its eleven steps', () => {
  const steps = place(flowFrom(login()), tables);
  assert.deepEqual(
    states(steps),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((number) => `${number} seen`),
  );
  assert.equal(steps[5]?.messages[0]?.exchange?.endpoint, 'consent');
  assert.equal(steps[5]?.messages[0]?.side, 'response');
  assert.deepEqual(
    steps[4]?.messages.map(({ exchange: one }) => one?.endpoint),
    ['sign-in', 'consent'],
  );
});

test('checks stand where they were made, once', () => {
  const steps = place(flowFrom(login()), tables);
  const rules = steps.map(({ checks }) => checks.map(({ rule }) => rule));
  assert.deepEqual(rules[2], ['pkce.challenge_present']);
  assert.deepEqual(rules[4], ['authorize.user_approved']);
  assert.deepEqual(rules[7], []);
  assert.deepEqual(rules[8], ['pkce.verifier_matches', 'code.single_use']);
  assert.equal(rules.flat().length, 4);
});

test('what the client made is told where it made it, and is new once more where it is sent', () => {
  const [first, second, , , , , , eighth] = place(flowFrom(login()), tables);
  assert.equal(first?.state, 'seen');
  assert.deepEqual(
    first?.made.map(([name]) => name),
    ['code_verifier', 'state', 'nonce', 'code_challenge'],
  );
  assert.ok(first?.fresh.includes('code_verifier'));
  assert.ok(second?.fresh.includes('code_challenge') && !second.fresh.includes('code_verifier'));
  assert.ok(eighth?.fresh.includes('code_verifier'));
});

test('what is new is marked where it is new', () => {
  const steps = place(flowFrom(login()), tables);
  assert.ok(steps[1]?.fresh.includes('state'));
  assert.deepEqual(steps[2]?.fresh, []);
  assert.ok(steps[5]?.fresh.includes('code') && steps[5].fresh.includes('iss'));
  assert.ok(!steps[5]?.fresh.includes('state'));
  assert.ok(steps[7]?.fresh.includes('code_verifier'));
  assert.ok(steps[8]?.fresh.includes('access_token'));
  assert.ok(steps[1]?.fresh.includes('cookie:fernbook_browser'));
});

test('what the client does out of sight is inferred, with what follows and no bytes', () => {
  const steps = place(flowFrom(login({ seen: false })), tables);
  assert.deepEqual(
    states(steps).filter((state) => !state.endsWith('seen')),
    ['1 inferred', '2 inferred', '7 inferred'],
  );
  for (const number of [1, 2, 7]) {
    const step = steps[number - 1];
    assert.ok(step?.messages.every(({ exchange: one }) => one === null));
    assert.match(step?.notes[0] ?? '', /^Not seen/);
  }
  const made = Object.fromEntries(steps[0]?.made ?? []);
  assert.equal(made['state'], random('state a'));
  assert.equal(made['code_verifier'], random('verifier a'));
});

test('a verifier that does not fit is not said to have been made in step 1', () => {
  const steps = place(flowFrom(login({ seen: false, redeem: { code_verifier: random('another') } })), tables);
  assert.ok(!steps[0]?.made.some(([name]) => name === 'code_verifier'));
});

test('without a redeemed code the callback is not inferred', () => {
  const half = login({ seen: false }).filter(({ endpoint }) => endpoint !== 'token' && endpoint !== 'api');
  assert.equal(place(flowFrom(half), tables)[6]?.state, 'missing');
});

test('a login without pages says that none was needed', () => {
  const all = login();
  const code = all.find(({ endpoint }) => endpoint === 'consent')?.response ?? null;
  const quick = all
    .filter(({ endpoint }) => !['interaction', 'sign-in', 'consent'].includes(endpoint))
    .map((one) => (one.endpoint === 'authorize' ? { ...one, response: code } : one));
  const steps = place(flowFrom(quick), tables);
  assert.deepEqual([steps[3]?.state, steps[4]?.state, steps[5]?.state], ['missing', 'missing', 'seen']);
  assert.match(steps[3]?.notes.join(' ') ?? '', /Not needed/);
  assert.equal(steps[5]?.messages[0]?.exchange?.endpoint, 'authorize');
});

test('a redirect to a page of the server is not the way back', () => {
  const begun = login().slice(0, 2);
  assert.equal(place(flowFrom(begun), tables)[5]?.state, 'missing');
});

test('a refusal stands at its step and stops the flow there', () => {
  const steps = place(flowFrom(refusedLogin('token', 'pkce.verifier_matches', { detail: 'why' })), tables);
  assert.equal(steps[7]?.state, 'seen');
  assert.equal(steps[8]?.state, 'refused');
  assert.deepEqual(stoppedAt(steps)?.refused, { rule: 'pkce.verifier_matches', detail: 'why' });
  assert.equal(steps[9]?.state, 'missing');
});

test('a wrong password is no refusal of the flow', () => {
  const all = login().map((one) =>
    one.endpoint === 'sign-in' ? { ...one, response: { status: 401, headers: [], body: '', bytes: 0 } } : one,
  );
  assert.equal(place(flowFrom(all), tables)[4]?.state, 'seen');
});

test('of two tries the last decides', () => {
  const all = login();
  const token = all.find(({ endpoint }) => endpoint === 'token');
  assert.ok(token);
  const failed = {
    ...token,
    response: { status: 400, headers: [], body: '{"error":"invalid_grant"}', bytes: 25 },
    refused: { rule: 'code.single_use', detail: null },
  };
  assert.equal(place(flowFrom([...all, { ...failed, id: 30 }]), tables)[8]?.state, 'refused');
  const overcome = all.map((one) => (one === token ? { ...token, id: 30 } : one));
  assert.equal(place(flowFrom([...overcome, failed]), tables)[8]?.state, 'seen');
});

test('a held message that is on no step waits at the last step that was reached', () => {
  const held = login().slice(0, 2).map((one) => (one.endpoint === 'authorize' ? { ...one, held: /** @type {const} */ ('response') } : one));
  const steps = place(flowFrom(held), tables);
  assert.equal(steps[2]?.state, 'waiting');
  assert.equal(steps[2]?.messages[0]?.side, 'response');
});

test('a held message waits', () => {
  const all = login()
    .slice(0, 7)
    .map((one) =>
      one.endpoint === 'token' ? { ...one, held: /** @type {const} */ ('request'), response: null, took: null } : one,
    );
  const steps = place(flowFrom(all), tables);
  assert.equal(steps[7]?.state, 'waiting');
  assert.equal(steps[8]?.state, 'missing');
  const held = login()
    .slice(0, 7)
    .map((one) => (one.endpoint === 'token' ? { ...one, held: /** @type {const} */ ('response') } : one));
  assert.deepEqual(states(place(flowFrom(held), tables)).slice(7, 9), ['8 seen', '9 waiting']);
});

test('an answer that was lost says so', () => {
  const all = login().map((one) => (one.endpoint === 'token' ? { ...one, lost: true } : one));
  assert.match(place(flowFrom(all), tables)[8]?.notes.join(' ') ?? '', /lost on its way/);
});

test('an API out of sight that asked about the token was given it', () => {
  const all = login().filter(({ site }) => site !== 'resource_server');
  const token = JSON.parse(all.at(-1)?.response?.body ?? '{}').access_token;
  const question = exchange({
    id: 20,
    at: T0 + 900,
    endpoint: 'introspect',
    method: 'POST',
    target: '/introspect',
    headers: FORM,
    body: form({ token }),
    answer: '{"active":true}',
  });
  const steps = place(flowFrom([...all, question]), tables);
  assert.deepEqual(states(steps).slice(9), ['10 inferred', '11 missing']);
});

test('a client that refreshes by itself has no user to begin with', () => {
  const refreshed = exchange({
    endpoint: 'token',
    method: 'POST',
    headers: FORM,
    body: form({ grant_type: 'refresh_token', refresh_token: 'csrt_x' }),
  });
  const steps = place(flowFrom([refreshed]), tables);
  assert.deepEqual(states(steps).slice(0, 3), ['1 missing', '2 seen', '3 seen']);
  assert.match(steps[0]?.notes.join(' ') ?? '', /out of sight/);
});

test('an API that knows no such file has refused nobody', () => {
  const all = login().map((one) =>
    one.endpoint === 'api'
      ? { ...one, response: { status: 404, headers: [], body: '{"error":"not_found"}', bytes: 21 } }
      : one,
  );
  assert.equal(flowFrom(all).state, 'done');
  assert.equal(place(flowFrom(all), tables)[10]?.state, 'seen');
});

test('other tables fit too, the best first', () => {
  assert.deepEqual(tablesFor(flowFrom(login()), tables).slice(0, 1), ['code']);
  assert.ok(tablesFor(flowFrom(login()), tables).includes('openid'));
});

test('nothing throws on odd exchanges', () => {
  const odd = /** @type {Exchange[]} */ ([
    exchange({ endpoint: 'authorize', target: '/authorize?%ZZ&=&&state=%F0%28', status: 500 }),
    exchange({
      id: 2,
      endpoint: 'token',
      method: 'POST',
      body: '{"a":',
      headers: [
        ['content-type', 'application/json'],
        ['authorization', 'Basic !!!'],
      ],
    }),
    exchange({ id: 3, endpoint: 'nonsense', target: '', response: null, took: null }),
  ]);
  assert.equal(place(flowFrom(odd), tables).length, 11);
});

test('a sign-out ends with a page that the browser is given, and leads back to no client', () => {
  const out = exchange({ endpoint: 'end-session', method: 'POST', target: '/end-session', headers: FORM, answer: '<title>Signed out</title>' });
  const step = place(flowFrom([out]), tables, { table: 'logout' }).find(({ from, to }) => from === 'Authorization Server' && to === 'Browser');
  assert.equal(step?.state, 'seen');
});
