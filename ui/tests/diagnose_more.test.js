// Diagnoses of credentials, parameters, tokens and scripts, each with a wrong client and a right one.

import assert from 'node:assert/strict';
import test from 'node:test';

import { diagnose } from '../model/diagnose/index.js';
import { API, exchange, flowFrom, form, FORM, JSON_TYPE, jwt, login, random, refusedLogin, resent, tables, T0 } from './world.js';

/** @import { Exchange, Finding, Pairs } from '../types.d.ts' */
/** @import { Context } from '../model/diagnose/case.js' */

/** @param {Exchange[]} exchanges @param {Context} [context] */
const found = (exchanges, context) => diagnose(flowFrom(exchanges), tables, context);

/** The only finding. @param {Exchange[]} exchanges @param {Context} [context] @returns {Finding} */
function only(exchanges, context) {
  const all = found(exchanges, context);
  assert.equal(all.length, 1, JSON.stringify(all.map(({ id }) => id)));
  return /** @type {Finding} */ (all[0]);
}

/** A token request with these headers and fields, refused. @param {string} rule @param {{ headers?: Pairs, body?: Record<string, string>, text?: string, target?: string }} parts */
const token = (rule, { headers = FORM, body = {}, text = form(body), target = '/token' }) =>
  exchange({ endpoint: 'token', method: 'POST', target, headers, body: text, status: 400, answer: '{"error":"invalid_request"}', back: JSON_TYPE, refused: { rule, detail: null } });

test('credentials in two places are both named', () => {
  const finding = only([token('client_auth.one_method', { headers: [['authorization', `Basic ${btoa('a:b')}`], ...FORM], body: { client_secret: 'b' } })]);
  assert.deepEqual([finding.id, finding.got], ['credentials.several', 'the Authorization header (Basic), client_secret in the form']);
  const differ = only([token('client_auth.one_method', { headers: [['authorization', `Basic ${btoa('a:b')}`], ...FORM], body: { client_id: 'c' } })]);
  assert.deepEqual([differ.title, differ.expected, differ.got], ['Two different client_ids in one request', 'a', 'c']);
});

test('a Basic header that can not be read says why', () => {
  assert.match(only([token('client_auth.basic_form', { headers: [['authorization', 'Basic ???'], ...FORM] })]).what, /not base64/);
  assert.match(only([token('client_auth.basic_form', { headers: [['authorization', `Basic ${btoa('nocolon')}`], ...FORM] })]).what, /no colon/);
  assert.match(only([token('client_auth.basic_form', { headers: [['authorization', 'Digest x'], ...FORM] })]).what, /Digest/);
});

test('a secret that was not form-encoded is shown as the server read it', () => {
  const raw = only([token('client_auth.authenticated', { headers: [['authorization', `Basic ${btoa('app:a+b%41/=')}`], ...FORM] })]);
  assert.deepEqual([raw.id, raw.expected, raw.got, raw.at], ['credentials.not_encoded', 'a+b%41/=', 'a bA/=', 1]);
  const encoded = only([token('client_auth.authenticated', { headers: [['authorization', `Basic ${btoa('app:a%2Bb%2541')}`], ...FORM] })]);
  assert.equal(encoded.id, 'credentials.failed');
});

test('credentials that fail for no visible reason say what was used', () => {
  assert.match(only([token('client_auth.authenticated', { body: { client_id: 'a' } })]).what, /no credentials: a public client/);
  assert.equal(only([token('client_auth.authenticated', { body: { client_id: 'a', client_secret: 'x ' } })]).id, 'credentials.space');
  const other = flowFrom(login({ flow: 'f9' }));
  const now = { ...token('client_auth.authenticated', { body: { client_id: 'demo-web' } }), client_id: 'demo-web' };
  assert.match(only([now], { flows: [other] }).what, /Another time it got through with the Authorization header/);
});

test('an unknown client is compared with those that are known', () => {
  const other = flowFrom(login({ flow: 'f9' }));
  const near = only(refusedLogin('authorize', 'authorize.client_known', { client: 'Demo_Web' }), { flows: [other] });
  assert.deepEqual([near.id, near.expected, near.got, near.at], ['client.unknown', 'demo-web', 'Demo_Web', 0]);
  assert.equal(only(refusedLogin('authorize', 'authorize.client_known', { client: 'nobody' }), { flows: [other] }).expected, null);
});

test('repeated parameters are named with their values', () => {
  const twice = refusedLogin('authorize', 'authorize.parameters_once', { edit: (one) => resent(one, { target: `${one.request.target}&state=other` }) });
  const finding = only(twice);
  assert.deepEqual([finding.id, finding.title, finding.got], ['params.repeated', 'state came more than once', `${random('state a')} | other`]);
  assert.equal(only([token('token.form_readable', { text: 'code=1&code=2' })]).id, 'params.repeated');
});

test('a token request that is no form, or whose parameters are in the address', () => {
  const json = only([token('token.grant_type_present', { headers: [['content-type', 'application/json']], text: '{"grant_type":"authorization_code"}' })]);
  assert.deepEqual([json.id, json.got], ['params.content_type', 'application/json']);
  assert.equal(only([token('token.grant_type_present', { headers: [] })]).title, 'The request has no Content-Type');
  const query = found([token('token.grant_type_present', { target: '/token?grant_type=client_credentials' })]);
  assert.deepEqual(query.map(({ id }) => id).sort(), ['params.grant_type', 'params.in_query']);
});

test('response types, response modes and grants that do not exist any more', () => {
  const implicit = only(refusedLogin('authorize', 'authorize.response_type_code', { ask: { response_type: 'id_token token' } }));
  assert.match(implicit.what, /Implicit/);
  assert.equal(only(refusedLogin('authorize', 'authorize.response_mode_known', { ask: { response_mode: 'fragment' } })).id, 'params.response_mode');
  assert.match(only([token('token.no_password_grant', { body: { grant_type: 'password' } })]).what, /password of the user/);
});

test('scopes that are not allowed, and commas between them', () => {
  const beyond = only(refusedLogin('authorize', 'scope.client_may_ask', { ask: { scope: 'openid admin' }, detail: 'not allowed: admin' }));
  assert.deepEqual([beyond.id, beyond.title, beyond.expected], ['scope.not_allowed', 'This client may not ask for admin', 'openid']);
  const comma = only(refusedLogin('authorize', 'scope.form', { ask: { scope: 'openid,profile' } }));
  assert.deepEqual([comma.id, comma.at], ['scope.form', 6]);
});

test('prompt=none that was answered with an error is a hint, and a frame is named', () => {
  const framed = only(refusedLogin('authorize', 'authorize.login_not_needed', { error: 'login_required', edit: (one) => resent(one, { headers: [...one.request.headers, ['sec-fetch-dest', 'iframe']] }) }));
  assert.equal(framed.severity, 'hint');
  assert.match(framed.what, /hidden frame/);
});

test('a resource that nobody knows is compared with what the API calls itself', () => {
  const metadata = exchange({ id: 90, flow: null, site: 'resource_server', endpoint: 'metadata', answer: '{"resource":"http://localhost:4003/mcp"}' });
  const finding = only(refusedLogin('authorize', 'resource.known', { ask: { resource: 'http://localhost:4003/mcp/' }, error: 'invalid_target' }), { loose: [metadata] });
  assert.deepEqual([finding.id, finding.expected, finding.at], ['resource.slash', 'http://localhost:4003/mcp', 25]);
  const path = only(refusedLogin('authorize', 'resource.known', { ask: { resource: 'http://localhost:4003' }, error: 'invalid_target' }), { loose: [metadata] });
  assert.equal(path.id, 'resource.path');
});

/** An API call that was refused. @param {string} rule @param {{ token?: string, at?: number, challenge?: string }} parts */
const refusedCall = (rule, { token: sent = JSON.parse(login().find(({ endpoint }) => endpoint === 'token')?.response?.body ?? '{}').access_token, at = T0 + 900, challenge = '' }) =>
  exchange({ id: 40, at, site: 'resource_server', host: API, endpoint: 'api', target: '/files', headers: [['authorization', `Bearer ${sent}`]], status: 401, back: [['www-authenticate', challenge]], refused: { rule, detail: null } });

test('an ID token sent to an API, a token for another API, too little scope, a dead token', () => {
  const all = login();
  assert.equal(only([...all, refusedCall('resource.not_id_token', {})]).id, 'token.id_token');
  const metadata = exchange({ id: 90, flow: null, site: 'resource_server', endpoint: 'metadata', answer: '{"resource":"http://localhost:4003"}' });
  const aud = only([...all, refusedCall('resource.audience', { token: jwt({ aud: 'http://localhost:4003/' }) })], { loose: [metadata] });
  assert.deepEqual([aud.id, aud.expected, aud.got, aud.at], ['token.audience', 'http://localhost:4003', 'http://localhost:4003/', 21]);
  const scope = only([...all, refusedCall('resource.scope', { challenge: 'Bearer error="insufficient_scope", scope="write:files"' })]);
  assert.deepEqual([scope.id, scope.expected, scope.got], ['scope.insufficient', 'write:files', 'openid profile read:files']);
  assert.equal(only([...all, refusedCall('resource.active', { at: T0 + 400_000 })]).title, 'The access token expired 99 s ago');
  assert.equal(only([...all, refusedCall('resource.active', {})]).id, 'token.inactive');
});

test('userinfo without openid', () => {
  const userinfo = exchange({ id: 40, at: T0 + 900, endpoint: 'userinfo', headers: [['authorization', 'Bearer x']], status: 403, refused: { rule: 'userinfo.openid_scope', detail: null } });
  assert.equal(only([...login({ ask: { scope: 'profile' } }), userinfo]).id, 'scope.openid_missing');
});

test('a nonce without openid brings no ID token', () => {
  const without = login({ ask: { scope: 'read:files' } }).map((one) => (one.endpoint === 'token' && one.response ? { ...one, response: { ...one.response, body: '{"access_token":"csat_x"}' } } : one));
  assert.deepEqual(found(without).map(({ id, severity }) => [id, severity]), [['scope.openid_missing', 'warning']]);
});

test('a token that was fetched and never used is a hint, once time has passed and a use would have been seen', () => {
  const all = login({ seen: false }).filter(({ site }) => site === 'authorization_server');
  assert.equal(only(all, { now: T0 + 120_000 }).id, 'token.unused');
  assert.deepEqual(found(all), []);
  assert.deepEqual(found(all, { now: T0 + 30_000 }), []);
  const signIn = login({ seen: false, ask: { scope: 'openid profile' } }).filter(({ site }) => site === 'authorization_server');
  assert.deepEqual(found(signIn, { now: T0 + 120_000 }), [], 'who only signs in needs no token');
});

/** @param {Pairs} headers @param {Pairs} back @param {string} [path] */
const preflight = (headers, back, path = '/token') => exchange({ endpoint: 'token', method: 'OPTIONS', target: path, headers: [['origin', 'https://app.example'], ...headers], back });

test('a preflight that is refused says why', () => {
  const none = only([preflight([], [], '/introspect')]);
  assert.deepEqual([none.id, none.title], ['cors.preflight', 'The browser may not call /introspect from https://app.example']);
  assert.match(none.fix, /Introspection/);
  assert.match(only([preflight([['access-control-request-headers', 'x-own']], [['access-control-allow-origin', '*'], ['access-control-allow-headers', 'authorization']])]).what, /x-own/);
  assert.match(only([preflight([['access-control-request-method', 'PUT']], [['access-control-allow-origin', '*']])]).what, /PUT/);
  assert.deepEqual(found([preflight([['access-control-request-headers', 'Authorization'], ['access-control-request-method', 'POST']], [['access-control-allow-origin', '*'], ['access-control-allow-headers', 'authorization,content-type']])]), []);
});

test('an authorization endpoint that a script fetches, and an answer that it can not read', () => {
  const fetched = login({ seen: false }).map((one) => (one.endpoint === 'authorize' ? resent(one, { headers: [...one.request.headers, ['sec-fetch-mode', 'cors'], ['origin', 'https://app.example']] }) : one));
  assert.equal(only(fetched).id, 'authorize.fetched');
  const hidden = login().map((one) => (one.endpoint === 'api' ? resent(one, { headers: [...one.request.headers, ['sec-fetch-mode', 'cors'], ['sec-fetch-site', 'cross-site'], ['origin', 'https://app.example']] }) : one));
  assert.equal(only(hidden).id, 'cors.hidden');
});

test('what a client found wrong with a callback', () => {
  const all = login().slice(0, 6);
  const callback = all.at(-1);
  assert.ok(callback);
  const wrong = (/** @type {string} */ rule, /** @type {string} */ target) => [...all.slice(0, 5), { ...resent(callback, { target }), refused: { rule, detail: null }, response: { status: 400, headers: [], body: '', bytes: 0 } }];
  const state = only(wrong('client.state_matches', '/callback?code=x&state=forged'));
  assert.deepEqual([state.id, state.expected, state.got, state.step], ['callback.state', random('state a'), 'forged', 7]);
  assert.equal(only(wrong('client.iss_matches', '/callback?code=x&iss=https%3A%2F%2Fevil.example')).got, 'https://evil.example');
});

test('every rule of the server gives a finding with its words and section, even without a diagnosis', () => {
  for (const rule of tables.rules) {
    const all = found([exchange({ endpoint: rule.id.startsWith('resource.') ? 'api' : 'token', site: rule.id.startsWith('resource.') ? 'resource_server' : 'authorization_server', method: 'POST', headers: FORM, status: 400, answer: `{"error":"${rule.error}","trace_id":"t1"}`, refused: { rule: rule.id, detail: 'it is so' }, trace_id: 't1' })]);
    assert.ok(all.length >= 1, rule.id);
    for (const finding of all) {
      assert.ok(finding.title !== '' && finding.what !== '' && finding.fix !== '', rule.id);
      assert.equal(finding.trace_id, 't1');
      assert.ok(finding.section, rule.id);
    }
  }
});

test('an error of another server gives a finding from what it says', () => {
  const finding = only([exchange({ endpoint: 'token', method: 'POST', headers: FORM, status: 401, answer: '{"error":"invalid_client","error_description":"Bad secret"}' })]);
  assert.deepEqual([finding.id, finding.what, finding.rule], ['refused.invalid_client', 'Bad secret', null]);
  const redirect = only([exchange({ endpoint: 'authorize', status: 302, back: [['location', 'https://app.example/cb?error=access_denied&state=x']] })]);
  assert.deepEqual([redirect.title, redirect.severity], ['The user said no', 'hint']);
});
