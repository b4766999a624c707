import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import { fromHar, toHar } from '../model/har.js';
import { diagnose } from '../model/diagnose/index.js';
import { mask, maskFlow } from '../model/mask.js';
import { place } from '../model/place.js';
import { readRecording, readTrace, RecordingError, writeRecording } from '../model/recording.js';
import { flowFrom, form, jwt, login, random, refusedLogin, tables, T0 } from './world.js';

/** @import { Flow } from '../types.d.ts' */

/** Everything that opens something in the login of that seed. @param {string} seed */
const secrets = (seed) => ['verifier', 'code', 'access', 'refresh', 'browser', 'fern', 'session', 'page', 'csrf'].map((name) => random(`${name} ${seed}`));

test('a mask is the prefix, an ellipsis and the beginning of the hash, the same each time', () => {
  const digits = createHash('sha256').update('csat_secret').digest('hex').slice(0, 8);
  assert.equal(mask('csat_secret'), `csat_…${digits}`);
  assert.equal(mask(mask('csat_secret')), mask('csat_secret'));
  assert.match(mask('anything'), /^…[0-9a-f]{8}$/);
});

test('a masked JWT keeps what describes the token, and can not be used', () => {
  const token = jwt({ iss: 'i', aud: 'a', exp: 1, sub: 'alice', name: 'Alice', groups: ['x'] });
  const [head, body = '', signature] = mask(token).split('.');
  assert.equal(head, token.split('.')[0]);
  assert.match(signature ?? '', /^…[0-9a-f]{8}$/);
  assert.deepEqual(JSON.parse(Buffer.from(body, 'base64url').toString()), { iss: 'i', aud: 'a', exp: 1, sub: mask('alice'), name: mask('Alice'), groups: '•••' });
});

test('no secret and no name survives the mask, wherever it stands', () => {
  const all = login().map((one) => (one.endpoint === 'interaction' ? { ...one, response: one.response && { ...one.response, body: `<p>Hello Alice Example</p> ${random('code a')}` } } : one));
  const referer = all.map((one) => (one.endpoint === 'api' ? { ...one, request: { ...one.request, headers: [...one.request.headers, /** @type {[string, string]} */ (['referer', `http://localhost:4001/callback?code=csac_${random('code a')}abcd`])] } } : one));
  const text = writeRecording(flowFrom(referer));
  for (const secret of [...secrets('a'), 'secret-of-the-web-app', btoa('demo-web:secret-of-the-web-app'), 'alice', 'Alice', 'map.txt', random('signature')]) {
    assert.ok(!text.includes(secret), secret);
  }
});

test('what belongs together still does after the mask', () => {
  const masked = maskFlow(flowFrom(login()));
  assert.equal(masked.masked, true);
  assert.equal(maskFlow(masked), masked);
  const steps = place(masked, tables);
  assert.deepEqual(steps.map(({ state }) => state), Array(11).fill('seen'));
  const code = new URL(`http://x${masked.exchanges.find(({ endpoint }) => endpoint === 'callback')?.request.target}`).searchParams.get('code');
  assert.match(code ?? '', /^csac_…[0-9a-f]{8}$/);
  assert.ok(masked.exchanges.find(({ endpoint }) => endpoint === 'token')?.request.body?.includes(`code=${code}&`));
  const token = JSON.parse(masked.exchanges.find(({ endpoint }) => endpoint === 'token')?.response?.body ?? '{}').access_token;
  assert.ok(masked.exchanges.find(({ endpoint }) => endpoint === 'api')?.request.headers.some(([, value]) => value === `Bearer ${token}`));
  assert.deepEqual(diagnose(masked, tables), []);
});

test('short values in the places of secrets are masked too', () => {
  const flow = flowFrom(login({ redeem: { code_verifier: 'short', client_secret: 'x1' } }));
  const body = maskFlow(flow).exchanges.find(({ endpoint }) => endpoint === 'token')?.request.body ?? '';
  assert.ok(!body.includes('short') && !body.includes('x1'), body);
});

test('what a runner tells is masked with the rest', () => {
  const record = { step: 8, from: 'Client App', to: 'Authorization Server', channel: 'back', title: 't', what: 'w', ok: true, request: { method: 'POST', url: 'http://localhost:4000/token', headers: { authorization: 'Bearer csat_abcdefghijkl' }, body: { code: 'c1', code_verifier: random('verifier a') } }, response: null, made: { code_verifier: random('verifier a'), state: 'kept' } };
  const run = /** @type {any} */ ({ id: 'r1', table: 'code', pkce: true, attack: null, mode: 'live', user: 'script', state: 'done', flow: 'f1', open: null, records: [record], verdict: null, trouble: null });
  const text = JSON.stringify(maskFlow({ ...flowFrom(login()), run }).run);
  assert.ok(!text.includes(random('verifier a')) && !text.includes('csat_abcdefghijkl') && !text.includes('"c1"'));
  assert.ok(text.includes('"state":"kept"'));
});

/** @param {Flow} flow */
const plain = (flow) => JSON.parse(JSON.stringify(flow));

test('a recording comes back as it was written', () => {
  const flow = flowFrom(login());
  const text = writeRecording(flow, { masked: false, now: T0, by: 'countersign 0.1.0' });
  const read = readRecording(text);
  assert.deepEqual(plain(read.flow), plain(flow));
  assert.deepEqual([read.made, read.by], ['2026-11-21T12:00:00.000Z', 'countersign 0.1.0']);
  const masked = readRecording(writeRecording(flow));
  assert.deepEqual(plain(masked.flow), plain(maskFlow(flow)));
});

/** @param {string} text @param {RegExp} words */
function refused(text, words) {
  assert.throws(() => readRecording(text), (error) => error instanceof RecordingError && words.test(error.message) && !/undefined|\[object/.test(error.message), text.slice(0, 60));
}

test('a file that can not be read says where and why', () => {
  const good = JSON.parse(writeRecording(flowFrom(login())));
  /** @param {(copy: any) => void} edit */
  const bad = (edit) => { const copy = structuredClone(good); edit(copy); return JSON.stringify(copy); };
  refused('', /is empty/);
  refused('<html>', /not JSON/);
  refused('{\n"a": 1,\n}', /not JSON \(line 3\)/);
  refused('[]', /must be an object; it is a list/);
  refused('{}', /no recording/);
  refused('{"log":{}}', /countersign_recording is missing/);
  refused(bad((copy) => { copy.countersign_recording = 2; }), /version 2; this page reads version 1/);
  refused(bad((copy) => { delete copy.exchanges; }), /exchanges must be a list; it is missing/);
  refused(bad((copy) => { copy.exchanges = []; }), /no exchanges/);
  refused(bad((copy) => { copy.exchanges[3].request.headers[0] = ['host']; }), /exchanges\[3\]\.request\.headers\[0\] must be a pair of texts; it is a list/);
  refused(bad((copy) => { copy.exchanges[2].site = 'moon'; }), /exchanges\[2\]\.site must be one of authorization_server, .*; it is a text/);
  refused(bad((copy) => { copy.exchanges[1].at = '12'; }), /exchanges\[1\]\.at must be a number; it is a text/);
  refused(bad((copy) => { copy.exchanges[1].response.status = null; }), /exchanges\[1\]\.response\.status must be a number; it is null/);
  refused(bad((copy) => { copy.exchanges[1].id = copy.exchanges[0].id; }), /Two exchanges have the id 1/);
  refused(bad((copy) => { copy.flow.run = { id: 'r', table: 'code', records: [{ step: 'x' }] }; }), /flow\.run\.records\[0\]\.step must be a number/);
  refused(bad((copy) => { copy.made = 5; }), /made must be a text; it is a number/);
  refused(' '.repeat(21 * 1024 * 1024), /21 MB; at most 20 MB/);
});

test('no cut or garbled file throws anything else', () => {
  const text = writeRecording(flowFrom(login()));
  for (let at = 0; at < text.length; at += 97) {
    for (const wrong of [text.slice(0, at), `${text.slice(0, at)}null${text.slice(at + 4)}`, `${text.slice(0, at)}"${text.slice(at + 1)}`]) {
      try {
        readRecording(wrong);
      } catch (error) {
        assert.ok(error instanceof RecordingError, String(error));
      }
      try {
        fromHar(wrong);
      } catch (error) {
        assert.ok(error instanceof RecordingError, String(error));
      }
    }
  }
});

test('trace lines are read, other lines passed over', () => {
  const lines = login().map((one) => `2026-11-21T12:00:00Z INFO exchange ${JSON.stringify(one)}`);
  const flows = readTrace(['starting up {not json', ...lines, '{"message":"else"}'].join('\n'));
  assert.equal(flows.length, 1);
  assert.equal(flows[0]?.exchanges.length, 8);
  assert.throws(() => readTrace('nothing\nhere'), /No line of this file is an exchange/);
});

test('a HAR that we wrote loses nothing when it is read again', () => {
  const flow = flowFrom(login());
  const [back, ...more] = fromHar(JSON.stringify(toHar(flow)));
  assert.deepEqual(more, []);
  assert.deepEqual(plain(/** @type {Flow} */ (back)), plain(flow));
  const half = { ...flow, exchanges: flow.exchanges.map((one, index) => (index === 7 ? { ...one, response: null, took: null } : one)) };
  assert.equal(fromHar(JSON.stringify(toHar(half)))[0]?.exchanges[7]?.response, null);
  assert.equal(fromHar(JSON.stringify(toHar(maskFlow(flow))))[0]?.masked, true);
});

test('a HAR has every member that HAR 1.2 asks for', () => {
  const { log } = toHar({ ...flowFrom(login()), exchanges: login().map((one, index) => (index === 7 ? { ...one, response: null, took: null } : one)) });
  assert.equal(log.version, '1.2');
  assert.ok(log.creator.name && log.creator.version);
  const has = (/** @type {object} */ value, /** @type {string} */ names) => assert.deepEqual(names.split(' ').filter((name) => !(name in value)), []);
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

/** An entry as Chromium's developer tools write it. @param {{ url: string, method?: string, status?: number, headers?: [string, string][], body?: string, type?: string, location?: string, answer?: string, mime?: string, at?: number }} parts */
function entry({ url, method = 'GET', status = 200, headers = [], body, type = 'application/x-www-form-urlencoded', location, answer = '', mime = 'text/html', at = 0 }) {
  const named = (/** @type {[string, string][]} */ pairs) => pairs.map(([name, value]) => ({ name, value }));
  return {
    _initiator: { type: 'other' }, startedDateTime: new Date(T0 + at).toISOString(), time: 12.5,
    request: { method, url, httpVersion: 'http/2.0', headers: named([[':authority', new URL(url).host], ...(body === undefined ? [] : /** @type {[string, string][]} */ ([['Content-Type', type]])), ...headers]), queryString: [], cookies: [], headersSize: -1, bodySize: -1, ...(body === undefined ? {} : { postData: { mimeType: type, text: body } }) },
    response: { status, statusText: '', httpVersion: 'http/2.0', headers: named([['Content-Type', mime], ...(location === undefined ? [] : /** @type {[string, string][]} */ ([['Location', location]]))]), cookies: [], content: { size: answer.length, mimeType: mime, text: answer }, redirectURL: location ?? '', headersSize: -1, bodySize: -1 },
    cache: {}, timings: { send: 0, wait: 12, receive: 0 },
  };
}

const IDP = 'https://idp.example/realms/x/protocol/openid-connect';
const SPA = 'https://spa.example';

/** Somebody's single-page app at somebody's server. @param {{ redeem?: Record<string, string>, status?: number, answer?: string }} [parts] */
function foreignHar({ redeem = {}, status = 200, answer = '{"access_token":"opaque-token-value","token_type":"Bearer","expires_in":300}' } = {}) {
  const ask = form({ response_type: 'code', client_id: 'spa', redirect_uri: `${SPA}/`, state: random('state'), code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256', scope: 'openid' });
  const entries = [
    entry({ url: `${SPA}/logo.png`, mime: 'image/png' }),
    entry({ url: `${IDP}/.well-known/openid-configuration`, mime: 'application/json', answer: '{"issuer":"https://idp.example/realms/x"}', at: 10 }),
    entry({ url: `${IDP}/auth?${ask}`, at: 20, answer: '<form>sign in</form>' }),
    entry({ url: 'https://idp.example/resources/style.css', mime: 'text/css', at: 25 }),
    entry({ url: 'https://idp.example/realms/x/login-actions/authenticate?session=1', method: 'POST', status: 302, body: 'username=bob&password=hunter2', location: `${SPA}/?code=the-code-of-this-login&state=${random('state')}`, at: 900 }),
    entry({ url: `${SPA}/?code=the-code-of-this-login&state=${random('state')}`, at: 950 }),
    entry({ url: `${IDP}/token`, method: 'OPTIONS', status: 204, headers: [['Origin', SPA], ['Access-Control-Request-Method', 'POST']], at: 1000 }),
    entry({ url: `${IDP}/token`, method: 'POST', status, headers: [['Origin', SPA]], body: form({ grant_type: 'authorization_code', client_id: 'spa', code: 'the-code-of-this-login', redirect_uri: `${SPA}/`, code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', ...redeem }), answer, mime: 'application/json', at: 1010 }),
    entry({ url: `${IDP}/certs`, mime: 'application/json', answer: '{"keys":[]}', at: 1100 }),
    entry({ url: 'https://api.example/items', headers: [['Authorization', 'Bearer opaque-token-value']], mime: 'application/json', answer: '[]', at: 1200 }),
  ];
  return JSON.stringify({ log: { version: '1.2', creator: { name: 'WebInspector', version: '537.36' }, pages: [], entries } });
}

test('somebody\'s HAR of somebody\'s login is understood', () => {
  const [flow, ...more] = fromHar(foreignHar());
  assert.deepEqual(more, []);
  assert.deepEqual(flow?.exchanges.map(({ endpoint }) => endpoint), ['metadata', 'authorize', 'sign-in', 'callback', 'token', 'token', 'jwks', 'api']);
  assert.equal(flow?.exchanges[2]?.request.body, 'username=bob&password=•••', 'passwords are never kept');
  assert.deepEqual([flow?.client_id, flow?.pkce, flow?.state, flow?.table], ['spa', true, 'done', 'code']);
  const states = place(/** @type {Flow} */ (flow), tables).map(({ number, state }) => `${number} ${state}`);
  assert.deepEqual(states, ['1 inferred', '2 inferred', '3 seen', '4 seen', '5 seen', '6 seen', '7 seen', '8 seen', '9 seen', '10 seen', '11 seen']);
});

test('and diagnosed like our own', () => {
  const [flow] = fromHar(foreignHar({ redeem: { code_verifier: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' }, status: 400, answer: '{"error":"invalid_grant","error_description":"PKCE verification failed"}' }));
  const findings = diagnose(/** @type {Flow} */ (flow), tables);
  assert.ok(findings.some(({ id }) => id === 'verifier.sent_as_challenge'), JSON.stringify(findings.map(({ id }) => id)));
});

test('two logins in one HAR are two flows', () => {
  const har = JSON.parse(foreignHar());
  const again = JSON.parse(JSON.stringify(har.log.entries).replaceAll(random('state'), random('state 2')).replaceAll('the-code-of-this-login', 'the-code-of-another'));
  har.log.entries.push(...again);
  const flows = fromHar(JSON.stringify(har));
  assert.equal(flows.length, 2);
});

test('parameters without a text, bodies in base64, and requests that the browser blocked are read', () => {
  const har = JSON.parse(foreignHar());
  const token = har.log.entries.find((/** @type {any} */ one) => one.request.method === 'POST' && one.request.url.endsWith('/token'));
  token.request.postData = { mimeType: 'application/x-www-form-urlencoded', params: [...new URLSearchParams(token.request.postData.text)].map(([name, value]) => ({ name, value: encodeURIComponent(value) })) };
  token.response.content = { size: 5, mimeType: 'application/json', encoding: 'base64', text: Buffer.from('{"access_token":"é"}').toString('base64') };
  const api = har.log.entries.at(-1);
  api.response.status = 0;
  const [flow] = fromHar(JSON.stringify(har));
  const read = flow?.exchanges.find(({ endpoint, request }) => endpoint === 'token' && request.method === 'POST');
  assert.equal(new URLSearchParams(read?.request.body ?? '').get('redirect_uri'), `${SPA}/`);
  assert.equal(read?.response?.body, '{"access_token":"é"}');
  assert.equal(flow?.exchanges.at(-1)?.response, null);
});

test('a HAR that can not be read says where and why', () => {
  const wrong = (/** @type {string} */ text, /** @type {RegExp} */ words) => assert.throws(() => fromHar(text), (error) => error instanceof RecordingError && words.test(error.message));
  wrong('{}', /member log is missing/);
  wrong('{"log":{}}', /log\.entries must be a list; it is missing/);
  wrong('{"log":{"entries":[]}}', /no entries/);
  wrong('{"log":{"entries":[{"request":{}}]}}', /log\.entries\[0\]\.request\.url must be a text; it is missing/);
  wrong(JSON.stringify({ log: { entries: [{ ...entry({ url: 'https://a.example/' }), startedDateTime: 'now' }] } }), /startedDateTime must be a time/);
  wrong(JSON.stringify({ log: { entries: [entry({ url: 'https://a.example/' })] } }), /no login in this HAR/);
});

test('a diagnosis reads the same after saving and opening', () => {
  const flow = flowFrom(refusedLogin('token', 'code.not_expired', { detail: 'it expired 12 seconds ago' }));
  const [before, after] = [flow, readRecording(writeRecording(flow)).flow].map((one) => diagnose(one, tables).map(({ id, title }) => [id, title]));
  assert.deepEqual(after, before);
});
