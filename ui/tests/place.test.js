import assert from 'node:assert/strict';
import test from 'node:test';

import { compareFlows, compareSteps } from '../model/compare.js';
import { toMermaid } from '../model/mermaid.js';
import { place, stoppedAt, tablesFor } from '../model/place.js';
import { exchange, flowFrom, form, FORM, login, random, refusedLogin, resent, tables, T0 } from './world.js';

/** @import { Exchange, FlowLine, Run, StepView } from '../types.d.ts' */

/** @param {StepView[]} steps */
const states = (steps) => steps.map(({ number, state }) => `${number} ${state}`);

test('a whole login is seen in all its eleven steps', () => {
  const steps = place(flowFrom(login()), tables);
  assert.deepEqual(states(steps), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((number) => `${number} seen`));
  assert.equal(steps[5]?.messages[0]?.exchange?.endpoint, 'consent');
  assert.equal(steps[5]?.messages[0]?.side, 'response');
  assert.deepEqual(steps[4]?.messages.map(({ exchange: one }) => one?.endpoint), ['sign-in', 'consent']);
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
  assert.deepEqual(states(steps).filter((state) => !state.endsWith('seen')), ['1 inferred', '2 inferred', '7 inferred']);
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
  const quick = all.filter(({ endpoint }) => !['interaction', 'sign-in', 'consent'].includes(endpoint)).map((one) => (one.endpoint === 'authorize' ? { ...one, response: code } : one));
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
  const all = login().map((one) => (one.endpoint === 'sign-in' ? { ...one, response: { status: 401, headers: [], body: '', bytes: 0 } } : one));
  assert.equal(place(flowFrom(all), tables)[4]?.state, 'seen');
});

test('of two tries the last decides', () => {
  const all = login();
  const token = all.find(({ endpoint }) => endpoint === 'token');
  assert.ok(token);
  const failed = { ...token, response: { status: 400, headers: [], body: '{"error":"invalid_grant"}', bytes: 25 }, refused: { rule: 'code.single_use', detail: null } };
  assert.equal(place(flowFrom([...all, { ...failed, id: 30 }]), tables)[8]?.state, 'refused');
  const overcome = all.map((one) => (one === token ? { ...token, id: 30 } : one));
  assert.equal(place(flowFrom([...overcome, failed]), tables)[8]?.state, 'seen');
});

test('a held message waits', () => {
  const all = login().slice(0, 7).map((one) => (one.endpoint === 'token' ? { ...one, held: /** @type {const} */ ('request'), response: null, took: null } : one));
  const steps = place(flowFrom(all), tables);
  assert.equal(steps[7]?.state, 'waiting');
  assert.equal(steps[8]?.state, 'missing');
  const held = login().slice(0, 7).map((one) => (one.endpoint === 'token' ? { ...one, held: /** @type {const} */ ('response') } : one));
  assert.deepEqual(states(place(flowFrom(held), tables)).slice(7, 9), ['8 seen', '9 waiting']);
});

test('an answer that was lost says so', () => {
  const all = login().map((one) => (one.endpoint === 'token' ? { ...one, lost: true } : one));
  assert.match(place(flowFrom(all), tables)[8]?.notes.join(' ') ?? '', /lost on its way/);
});

test('an API out of sight that asked about the token was given it', () => {
  const all = login().filter(({ site }) => site !== 'resource_server');
  const token = JSON.parse(all.at(-1)?.response?.body ?? '{}').access_token;
  const question = exchange({ id: 20, at: T0 + 900, endpoint: 'introspect', method: 'POST', target: '/introspect', headers: FORM, body: form({ token }), answer: '{"active":true}' });
  const steps = place(flowFrom([...all, question]), tables);
  assert.deepEqual(states(steps).slice(9), ['10 inferred', '11 missing']);
});

test('a client that refreshes by itself has no user to begin with', () => {
  const refreshed = exchange({ endpoint: 'token', method: 'POST', headers: FORM, body: form({ grant_type: 'refresh_token', refresh_token: 'csrt_x' }) });
  const steps = place(flowFrom([refreshed]), tables);
  assert.deepEqual(states(steps).slice(0, 3), ['1 missing', '2 seen', '3 seen']);
  assert.match(steps[0]?.notes.join(' ') ?? '', /out of sight/);
});

test('an API that knows no such file has refused nobody', () => {
  const all = login().map((one) => (one.endpoint === 'api' ? { ...one, response: { status: 404, headers: [], body: '{"error":"not_found"}', bytes: 21 } } : one));
  assert.equal(flowFrom(all).state, 'done');
  assert.equal(place(flowFrom(all), tables)[10]?.state, 'seen');
});

test('other tables fit too, the best first', () => {
  assert.deepEqual(tablesFor(flowFrom(login()), tables).slice(0, 1), ['code']);
  assert.ok(tablesFor(flowFrom(login()), tables).includes('openid'));
});

/** @param {Partial<FlowLine>} parts @returns {FlowLine} */
const line = (parts) => ({ step: 1, from: 'User', to: 'Client App', channel: 'user', title: 'A step', what: 'It happens', request: null, response: null, ok: true, ...parts });

/** @param {FlowLine[]} records @returns {Run} */
const runOf = (records) => ({ id: 'r1', table: 'code', pkce: true, attack: 'stolen-code', mode: 'live', user: 'script', state: 'done', flow: 'f1', open: null, records, verdict: null, trouble: null });

test('moves of an attack stand between the steps, joined to what the taps saw', () => {
  const span = (/** @type {number} */ n) => `000000000000000${n}`;
  const all = login().map((one) => ({ ...one, traceparent: `00-${'a'.repeat(32)}-${span(one.id)}-01` }));
  const token = all.find(({ endpoint }) => endpoint === 'token');
  assert.ok(token);
  const theft = { ...resent(token, { body: form({ grant_type: 'authorization_code', code: 'csac_stolen-code' }) }), id: 99, traceparent: `00-${'a'.repeat(32)}-00000000000000aa-01`, refused: { rule: 'pkce.verifier_present', detail: 'none came' } };
  const move = line({ step: 8, from: 'Thief', to: 'Authorization Server', channel: 'back', title: 'The thief redeems the code', rules: [{ id: 'pkce.verifier_present', section: 's', ok: false, by: 'Authorization Server' }], move: { by: 'thief', refused_by: { id: 'pkce.verifier_present', section: 's' } }, spans: ['00000000000000aa'] });
  const records = [line({ made: { state: 'abc', code_verifier: 'v' }, rules: [{ id: 'client.client_id_form', section: 's', ok: true, by: 'Client App' }] }), line({ step: 8, from: 'Client App', to: 'Authorization Server', channel: 'back', spans: [span(token.id)] }), move];
  const flow = { ...flowFrom([...all, theft]), run: runOf(records) };
  const steps = place(flow, tables);
  assert.deepEqual(steps.slice(0, 4).map(({ number, by }) => [number, by]), [[1, null], [8, null], [null, 'Attacker'], [9, null]]);
  assert.deepEqual(steps[0]?.made, [['state', 'abc'], ['code_verifier', 'v']]);
  assert.equal(steps[0]?.checks[0]?.by, 'Client App');
  assert.equal(steps[2]?.state, 'refused');
  assert.equal(steps[2]?.messages[0]?.exchange?.id, 99);
  assert.deepEqual(steps[2]?.refused, { rule: 'pkce.verifier_present', detail: 'none came' });
  assert.ok(!steps[3]?.messages.some(({ exchange: one }) => one?.id === 99), 'the theft is not the client\'s own request');
});

test('two steps are compared field by field', () => {
  const [a, b] = [login(), login({ seed: 'b', ask: { code_challenge: undefined, code_challenge_method: undefined } })].map((all) => place(flowFrom(all), tables));
  const differences = compareSteps(a?.[2] ?? null, b?.[2] ?? null);
  assert.deepEqual(differences.find(({ name }) => name === 'code_challenge_method'), { where: 'query', name: 'code_challenge_method', a: 'S256', b: null, kind: 'only_a' });
  assert.equal(differences.find(({ name }) => name === 'state')?.kind, 'value');
  assert.ok(!differences.some(({ name }) => name === 'client_id'));
});

test('two logins that differ only in random values do not differ', () => {
  const same = compareFlows(flowFrom(login()), flowFrom(login({ seed: 'b' })), tables);
  assert.deepEqual(same.filter(({ differs }) => differs).map(({ number }) => number), []);
  const other = compareFlows(flowFrom(login()), flowFrom(login({ seed: 'b', ask: { code_challenge: undefined, code_challenge_method: undefined } })), tables);
  assert.deepEqual(other.filter(({ differs }) => differs).map(({ number }) => number), [2, 3]);
});

test('a diagram in Mermaid names each step, its channel and where it stopped, and no values', () => {
  const text = toMermaid(place(flowFrom(refusedLogin('token', 'pkce.verifier_matches')), tables), { tables, title: 'A "login"; #1' });
  assert.match(text, /^---\ntitle: "A \\"login\\"; #1"\n---\nsequenceDiagram\n/);
  assert.match(text, /Browser->>AuthorizationServer: 3\. GET \/authorize \(response_type, .*\) \[front channel\]/);
  assert.match(text, /Note over ClientApp: stopped by pkce\.verifier_matches, RFC 7636 §4\.6/);
  assert.ok(!text.includes(random('state a')));
  assert.ok(text.split('\n').slice(3).every((one) => !/[;](?!$)/.test(one.replace(/#\w+;/g, ''))));
});

test('nothing throws on odd exchanges', () => {
  const odd = /** @type {Exchange[]} */ ([
    exchange({ endpoint: 'authorize', target: '/authorize?%ZZ&=&&state=%F0%28', status: 500 }),
    exchange({ id: 2, endpoint: 'token', method: 'POST', body: '{"a":', headers: [['content-type', 'application/json'], ['authorization', 'Basic !!!']] }),
    exchange({ id: 3, endpoint: 'nonsense', target: '', response: null, took: null }),
  ]);
  assert.equal(place(flowFrom(odd), tables).length, 11);
});
