// What the recorder of `countersign dev` really wrote, and a HAR that Chromium wrote, both masked: placed, judged and
// written again. `recordings/` holds them; each was saved from the page.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';

import { diagnose } from '../model/diagnose/index.js';
import { fromHar, toHar } from '../model/har.js';
import { lint } from '../model/lint/index.js';
import { place } from '../model/place.js';
import { readRecording, writeRecording } from '../model/recording.js';
import { plain, tables } from './world.js';

/** @import { Flow } from '../types.d.ts' */

const FOLDER = new URL('recordings/', import.meta.url);
/** @param {string} name */
const text = (name) => readFileSync(new URL(name, FOLDER), 'utf8');
/** @param {string} name */
const saved = (name) => readRecording(text(`${name}.json`)).flow;
/** @param {Flow} flow */
const states = (flow) => place(flow, tables).map(({ number, by, state }) => `${number ?? by ?? 'Client App'} ${state}`);
/** @param {Flow} flow */
const found = (flow) => diagnose(flow, tables, { now: flow.began + 600_000 }).map(({ id }) => id);
/** @param {number} count @param {string} state */
const steps = (count, state) => Array.from({ length: count }, (_, index) => `${index + 1} ${state}`);

test('a login of the demo is seen in all its steps, with its checks, and nothing to mend', () => {
  for (const name of ['login', 'login-without-pkce']) {
    const flow = saved(name);
    assert.deepEqual(states(flow), steps(11, 'seen'), name);
    assert.deepEqual([flow.state, found(flow)], ['done', []], name);
    const checks = place(flow, tables).map((step) => step.checks.length);
    for (const number of [3, 7, 9, 11]) assert.ok((checks[number - 1] ?? 0) > 0, `${name} step ${number}`);
  }
  assert.deepEqual(lint([saved('login')]).score, 100);
  assert.deepEqual(
    lint([saved('login-without-pkce')]).findings.map(({ id }) => id),
    ['pkce.off'],
  );
});

test('a client of npm openid-client is placed on the same steps, with no finding and no lint', () => {
  const flow = saved('openid-client');
  const out = ['1 inferred', '2 inferred', '7 inferred'];
  assert.deepEqual(
    states(flow).filter((state) => !state.endsWith('seen')),
    out,
  );
  assert.deepEqual([found(flow), lint([flow], { now: flow.began + 600_000 })], [[], lint([flow])]);
  assert.equal(lint([flow]).score, 100);
});

test('a native app tells its own side, and the taps tell the rest', () => {
  const flow = saved('native');
  assert.deepEqual(states(flow), steps(12, 'seen'));
  const [first] = place(flow, tables);
  assert.ok(first?.made.some(([name]) => name === 'code_verifier'));
});

test('an attack stands between the steps, and is not held against the client', () => {
  const flow = saved('stolen-code');
  const expected = steps(11, 'seen');
  expected.splice(6, 0, 'Attacker refused', 'Attacker refused');
  assert.deepEqual(states(flow), expected);
  assert.deepEqual([found(flow), lint([flow]).findings], [[], []]);
  assert.equal(flow.run?.verdict?.stopped_by?.id, 'pkce.verifier_matches');
  const theft = states(saved('stolen-code-without-pkce'));
  assert.deepEqual(theft.slice(6, 11), [
    'Attacker refused',
    'Attacker seen',
    'Attacker seen',
    'Client App refused',
    'Attacker refused',
  ]);
  assert.ok(theft.slice(11).every((state) => state.endsWith('missing')));
});

test('a redirect_uri with a slash too many is compared with the one on the page of the server', () => {
  const [finding] = diagnose(saved('redirect-uri-slash'), tables);
  assert.deepEqual(
    [finding?.id, finding?.expected, finding?.got, finding?.at, finding?.step],
    ['redirect_uri.slash', 'https://shop.example/callback', 'https://shop.example/callback/', 29, 3],
  );
});

test('a code that was redeemed twice says how fast', () => {
  const [finding] = diagnose(saved('code-twice'), tables);
  assert.equal(finding?.id, 'code.twice');
  assert.match(finding?.title ?? '', /^The code was used twice within \d+ ms$/);
});

test('a HAR that Chromium saved is a login like any other', () => {
  const flows = fromHar(text('chromium.har.json'));
  const [flow] = flows;
  assert.equal(flows.length, 1);
  assert.ok(flow);
  assert.deepEqual(states(flow), ['1 inferred', '2 inferred', ...steps(11, 'seen').slice(2)]);
  assert.deepEqual([flow.client_id, flow.state, found(flow)], ['demo-spa', 'done', []]);
});

test('each comes back as it was, as a recording and as a HAR', () => {
  for (const name of readdirSync(FOLDER).filter((file) => !file.endsWith('.har.json'))) {
    const { flow } = readRecording(text(name));
    assert.deepEqual(plain(readRecording(writeRecording(flow)).flow), plain(flow), name);
    const [back] = fromHar(JSON.stringify(toHar(flow)));
    assert.deepEqual(plain(back?.exchanges ?? []), plain(flow.exchanges), name);
  }
});

test('none holds a secret', () => {
  for (const name of readdirSync(FOLDER)) {
    const leaks = text(name).match(/cs(?:ac|at|rt|cs|ia|br)_[A-Za-z0-9_-]{20,}|wonderland|builder/g) ?? [];
    assert.deepEqual(leaks, [], name);
  }
});
