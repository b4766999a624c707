// Moves of an attack between the steps, two flows side by side, and the diagram as text.

import assert from 'node:assert/strict';
import test from 'node:test';

import { compareFlows, compareSteps } from '../model/compare.js';
import { toMermaid } from '../model/mermaid.js';
import { place } from '../model/place.js';
import { flowFrom, form, login, random, refusedLogin, resent, tables } from './world.js';

/** @import { FlowLine, Run } from '../types.d.ts' */

/** @param {Partial<FlowLine>} parts @returns {FlowLine} */
const line = (parts) => ({
  step: 1,
  from: 'User',
  to: 'Client App',
  channel: 'user',
  title: 'A step',
  what: 'It happens',
  request: null,
  response: null,
  ok: true,
  ...parts,
});
/** @param {FlowLine[]} records @returns {Run} */
const runOf = (records) => ({
  id: 'r1',
  table: 'code',
  pkce: true,
  attack: 'stolen-code',
  mode: 'live',
  user: 'script',
  state: 'done',
  flow: 'f1',
  open: null,
  records,
  verdict: null,
  trouble: null,
});

test('moves of an attack stand between the steps, joined to what the taps saw', () => {
  const span = (/** @type {number} */ n) => `000000000000000${n}`;
  const all = login().map((one) => ({ ...one, traceparent: `00-${'a'.repeat(32)}-${span(one.id)}-01` }));
  const token = all.find(({ endpoint }) => endpoint === 'token');
  assert.ok(token);
  const theft = {
    ...resent(token, { body: form({ grant_type: 'authorization_code', code: 'csac_stolen-code' }) }),
    id: 99,
    traceparent: `00-${'a'.repeat(32)}-00000000000000aa-01`,
    refused: { rule: 'pkce.verifier_present', detail: 'none came' },
  };
  const move = line({
    step: 8,
    from: 'Attacker',
    to: 'Authorization Server',
    channel: 'back',
    title: 'The thief redeems the code',
    rules: [{ id: 'pkce.verifier_present', section: 's', ok: false, by: 'Authorization Server' }],
    move: { by: 'Attacker', refused_by: { id: 'pkce.verifier_present', section: 's' } },
    spans: ['00000000000000aa'],
  });
  const records = [
    line({
      made: { state: 'abc', code_verifier: 'v' },
      rules: [{ id: 'client.client_id_form', section: 's', ok: true, by: 'Client App' }],
    }),
    line({ step: 8, from: 'Client App', to: 'Authorization Server', channel: 'back', spans: [span(token.id)] }),
    move,
  ];
  const flow = { ...flowFrom([...all, theft]), run: runOf(records) };
  const steps = place(flow, tables);
  assert.deepEqual(
    steps.slice(0, 4).map(({ number, by }) => [number, by]),
    [
      [1, null],
      [8, null],
      [null, 'Attacker'],
      [9, null],
    ],
  );
  assert.deepEqual(steps[0]?.made, [
    ['state', 'abc'],
    ['code_verifier', 'v'],
  ]);
  assert.equal(steps[0]?.checks[0]?.by, 'Client App');
  assert.equal(steps[2]?.state, 'refused');
  assert.equal(steps[2]?.messages[0]?.exchange?.id, 99);
  assert.deepEqual(steps[2]?.refused, { rule: 'pkce.verifier_present', detail: 'none came' });
  assert.ok(
    !steps[3]?.messages.some(({ exchange: one }) => one?.id === 99),
    "the theft is not the client's own request",
  );
});

test('two steps are compared field by field', () => {
  const [a, b] = [
    login(),
    login({ seed: 'b', ask: { code_challenge: undefined, code_challenge_method: undefined } }),
  ].map((all) => place(flowFrom(all), tables));
  const differences = compareSteps(a?.[2] ?? null, b?.[2] ?? null);
  assert.deepEqual(
    differences.find(({ name }) => name === 'code_challenge_method'),
    { where: 'query', name: 'code_challenge_method', a: 'S256', b: null, kind: 'only_a' },
  );
  assert.equal(differences.find(({ name }) => name === 'state')?.kind, 'value');
  assert.ok(!differences.some(({ name }) => name === 'client_id'));
});

test('two logins that differ only in random values do not differ', () => {
  const same = compareFlows(flowFrom(login()), flowFrom(login({ seed: 'b' })), tables);
  assert.deepEqual(
    same.filter(({ differs }) => differs).map(({ number }) => number),
    [],
  );
  const other = compareFlows(
    flowFrom(login()),
    flowFrom(login({ seed: 'b', ask: { code_challenge: undefined, code_challenge_method: undefined } })),
    tables,
  );
  assert.deepEqual(
    other.filter(({ differs }) => differs).map(({ number }) => number),
    [1, 2, 3],
  );
});

test('a diagram in Mermaid names each step, its channel and where it stopped, and no values', () => {
  const text = toMermaid(place(flowFrom(refusedLogin('token', 'pkce.verifier_matches')), tables), {
    tables,
    title: 'A "login"; #1',
  });
  assert.match(text, /^---\ntitle: "A \\"login\\"; #1"\n---\nsequenceDiagram\n/);
  assert.match(text, /Browser->>AuthorizationServer: 3\. GET \/authorize \(response_type, .*\) \[front channel\]/);
  assert.match(text, /Note over ClientApp: stopped by pkce\.verifier_matches, RFC 7636 §4\.6/);
  assert.ok(!text.includes(random('state a')));
  assert.ok(
    text
      .split('\n')
      .slice(3)
      .every((one) => !/[;](?!$)/.test(one.replace(/#\w+;/g, ''))),
  );
});
