import assert from 'node:assert/strict';
import test from 'node:test';

import { diagnose } from '../model/diagnose/index.js';
import { fromHar, toHar } from '../model/har.js';
import { maskFlow } from '../model/mask.js';
import { place } from '../model/place.js';
import { RecordingError } from '../model/recording.js';
import { entry, foreignHar, SPA } from './har_world.js';
import { flowFrom, login, plain, random, tables } from './world.js';

/** @import { Flow } from '../types.d.ts' */

test('a HAR that we wrote loses nothing when it is read again', () => {
  const flow = flowFrom(login());
  const [back, ...more] = fromHar(JSON.stringify(toHar(flow)));
  assert.deepEqual(more, []);
  assert.deepEqual(plain(/** @type {Flow} */ (back)), plain(flow));
  const half = {
    ...flow,
    exchanges: flow.exchanges.map((one, index) => (index === 7 ? { ...one, response: null, took: null } : one)),
  };
  assert.equal(fromHar(JSON.stringify(toHar(half)))[0]?.exchanges[7]?.response, null);
  assert.equal(fromHar(JSON.stringify(toHar(maskFlow(flow))))[0]?.masked, true);
});

test('a HAR has every member that HAR 1.2 asks for', () => {
  const { log } = toHar({
    ...flowFrom(login()),
    exchanges: login().map((one, index) => (index === 7 ? { ...one, response: null, took: null } : one)),
  });
  assert.equal(log.version, '1.2');
  assert.ok(log.creator.name && log.creator.version);
  const has = (/** @type {object} */ value, /** @type {string} */ names) =>
    assert.deepEqual(
      names.split(' ').filter((name) => !(name in value)),
      [],
    );
  for (const one of log.entries) {
    has(one, 'startedDateTime time request response cache timings');
    has(one.request, 'method url httpVersion cookies headers queryString headersSize bodySize');
    has(one.response, 'status statusText httpVersion cookies headers content redirectURL headersSize bodySize');
    has(one.response.content, 'size mimeType');
    has(one.timings, 'send wait receive');
    if (one.request.postData) has(one.request.postData, 'mimeType params text');
    assert.ok(new URL(one.request.url).protocol === 'http:');
    assert.equal(new Date(one.startedDateTime).toISOString(), one.startedDateTime);
  }
});

test("somebody's HAR of somebody's login is understood", () => {
  const [flow, ...more] = fromHar(foreignHar());
  assert.deepEqual(more, []);
  assert.deepEqual(
    flow?.exchanges.map(({ endpoint }) => endpoint),
    ['metadata', 'authorize', 'sign-in', 'callback', 'token', 'token', 'jwks', 'api'],
  );
  assert.equal(flow?.exchanges[2]?.request.body, 'username=bob&password=•••', 'passwords are never kept');
  assert.deepEqual([flow?.client_id, flow?.pkce, flow?.state, flow?.table], ['spa', true, 'done', 'code']);
  const states = place(/** @type {Flow} */ (flow), tables).map(({ number, state }) => `${number} ${state}`);
  assert.deepEqual(states, [
    '1 inferred',
    '2 inferred',
    '3 seen',
    '4 seen',
    '5 seen',
    '6 seen',
    '7 seen',
    '8 seen',
    '9 seen',
    '10 seen',
    '11 seen',
  ]);
});

test('and diagnosed like our own', () => {
  const [flow] = fromHar(
    foreignHar({
      redeem: { code_verifier: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' },
      status: 400,
      answer: '{"error":"invalid_grant","error_description":"PKCE verification failed"}',
    }),
  );
  const findings = diagnose(/** @type {Flow} */ (flow), tables);
  assert.ok(
    findings.some(({ id }) => id === 'verifier.sent_as_challenge'),
    JSON.stringify(findings.map(({ id }) => id)),
  );
});

test('two logins in one HAR are two flows', () => {
  const har = JSON.parse(foreignHar());
  const again = JSON.parse(
    JSON.stringify(har.log.entries)
      .replaceAll(random('state'), random('state 2'))
      .replaceAll('the-code-of-this-login', 'the-code-of-another'),
  );
  har.log.entries.push(...again);
  const flows = fromHar(JSON.stringify(har));
  assert.equal(flows.length, 2);
});

test('parameters without a text, bodies in base64, and requests that the browser blocked are read', () => {
  const har = JSON.parse(foreignHar());
  const token = har.log.entries.find(
    (/** @type {any} */ one) => one.request.method === 'POST' && one.request.url.endsWith('/token'),
  );
  token.request.postData = {
    mimeType: 'application/x-www-form-urlencoded',
    params: [...new URLSearchParams(token.request.postData.text)].map(([name, value]) => ({
      name,
      value: encodeURIComponent(value),
    })),
  };
  token.response.content = {
    size: 5,
    mimeType: 'application/json',
    encoding: 'base64',
    text: Buffer.from('{"access_token":"é"}').toString('base64'),
  };
  const api = har.log.entries.at(-1);
  api.response.status = 0;
  const [flow] = fromHar(JSON.stringify(har));
  const read = flow?.exchanges.find(({ endpoint, request }) => endpoint === 'token' && request.method === 'POST');
  assert.equal(new URLSearchParams(read?.request.body ?? '').get('redirect_uri'), `${SPA}/`);
  assert.equal(read?.response?.body, '{"access_token":"é"}');
  assert.equal(flow?.exchanges.at(-1)?.response, null);
});

test('a HAR that can not be read says where and why', () => {
  const wrong = (/** @type {string} */ text, /** @type {RegExp} */ words) =>
    assert.throws(
      () => fromHar(text),
      (error) => error instanceof RecordingError && words.test(error.message),
    );
  wrong('{}', /member log is missing/);
  wrong('{"log":{}}', /log\.entries must be a list; it is missing/);
  wrong('{"log":{"entries":[]}}', /no entries/);
  wrong('{"log":{"entries":[{"request":{}}]}}', /log\.entries\[0\]\.request\.url must be a text; it is missing/);
  wrong(
    JSON.stringify({ log: { entries: [{ ...entry({ url: 'https://a.example/' }), startedDateTime: 'now' }] } }),
    /startedDateTime must be a time/,
  );
  wrong(JSON.stringify({ log: { entries: [entry({ url: 'https://a.example/' })] } }), /no login in this HAR/);
});
