// Diagnoses of credentials and parameters.

import assert from 'node:assert/strict';
import test from 'node:test';

import {
  exchange,
  flowFrom,
  form,
  FORM,
  found,
  JSON_TYPE,
  login,
  only,
  random,
  refusedLogin,
  resent,
} from './world.js';

/** @import { Pairs } from '../types.d.ts' */

/** A token request with these headers and fields, refused. @param {string} rule @param {{ headers?: Pairs, body?: Record<string, string>, text?: string, target?: string }} parts */
const token = (rule, { headers = FORM, body = {}, text = form(body), target = '/token' }) =>
  exchange({
    endpoint: 'token',
    method: 'POST',
    target,
    headers,
    body: text,
    status: 400,
    answer: '{"error":"invalid_request"}',
    back: JSON_TYPE,
    refused: { rule, detail: null },
  });

test('credentials in two places are both named', () => {
  const finding = only([
    token('client_auth.one_method', {
      headers: [['authorization', `Basic ${btoa('a:b')}`], ...FORM],
      body: { client_secret: 'b' },
    }),
  ]);
  assert.deepEqual(
    [finding.id, finding.got],
    ['credentials.several', 'the Authorization header (Basic), client_secret in the form'],
  );
  const differ = only([
    token('client_auth.one_method', {
      headers: [['authorization', `Basic ${btoa('a:b')}`], ...FORM],
      body: { client_id: 'c' },
    }),
  ]);
  assert.deepEqual([differ.title, differ.expected, differ.got], ['Two different client_ids in one request', 'a', 'c']);
});

test('a Basic header that can not be read says why', () => {
  assert.match(
    only([token('client_auth.basic_form', { headers: [['authorization', 'Basic ???'], ...FORM] })]).what,
    /not base64/,
  );
  assert.match(
    only([token('client_auth.basic_form', { headers: [['authorization', `Basic ${btoa('nocolon')}`], ...FORM] })]).what,
    /no colon/,
  );
  assert.match(
    only([token('client_auth.basic_form', { headers: [['authorization', 'Digest x'], ...FORM] })]).what,
    /Digest/,
  );
});

test('a secret that was not form-encoded is shown as the server read it', () => {
  const raw = only([
    token('client_auth.authenticated', { headers: [['authorization', `Basic ${btoa('app:a+b%41/=')}`], ...FORM] }),
  ]);
  assert.deepEqual([raw.id, raw.expected, raw.got, raw.at], ['credentials.not_encoded', 'a+b%41/=', 'a bA/=', 1]);
  const plus = only([
    token('client_auth.authenticated', { headers: [['authorization', `Basic ${btoa('app:a+b')}`], ...FORM] }),
  ]);
  assert.deepEqual([plus.id, plus.expected, plus.got, plus.at], ['credentials.not_encoded', 'a+b', 'a b', 1]);
  const encoded = only([
    token('client_auth.authenticated', { headers: [['authorization', `Basic ${btoa('app:a%2Bb%2541')}`], ...FORM] }),
  ]);
  assert.equal(encoded.id, 'credentials.failed');
});

test('credentials that fail for no visible reason say what was used', () => {
  assert.match(
    only([token('client_auth.authenticated', { body: { client_id: 'a' } })]).what,
    /no credentials: a public client/,
  );
  assert.equal(
    only([token('client_auth.authenticated', { body: { client_id: 'a', client_secret: 'x ' } })]).id,
    'credentials.space',
  );
  const told = token('client_auth.authenticated', { body: { client_id: 'a' } });
  const aside = {
    ...told,
    refused: { rule: 'client_auth.authenticated', detail: null, aside: 'no client has this client_id' },
  };
  assert.match(only([aside]).what, /the log is: no client has this client_id\./);
  const other = flowFrom(login({ flow: 'f9' }));
  const now = { ...token('client_auth.authenticated', { body: { client_id: 'demo-web' } }), client_id: 'demo-web' };
  assert.match(only([now], { flows: [other] }).what, /Another time it got through with the Authorization header/);
});

test('an unknown client is compared with those that are known', () => {
  const other = flowFrom(login({ flow: 'f9' }));
  const near = only(refusedLogin('authorize', 'authorize.client_known', { client: 'Demo_Web' }), { flows: [other] });
  assert.deepEqual([near.id, near.expected, near.got, near.at], ['client.unknown', 'demo-web', 'Demo_Web', 0]);
  assert.equal(
    only(refusedLogin('authorize', 'authorize.client_known', { client: 'nobody' }), { flows: [other] }).expected,
    null,
  );
});

test('repeated parameters are named with their values', () => {
  const twice = refusedLogin('authorize', 'authorize.parameters_once', {
    edit: (one) => resent(one, { target: `${one.request.target}&state=other` }),
  });
  const finding = only(twice);
  assert.deepEqual(
    [finding.id, finding.title, finding.got],
    ['params.repeated', 'state came more than once', `${random('state a')} | other`],
  );
  assert.equal(only([token('token.form_readable', { text: 'code=1&code=2' })]).id, 'params.repeated');
});

test('a token request that is no form, or whose parameters are in the address', () => {
  const json = only([
    token('token.grant_type_present', {
      headers: [['content-type', 'application/json']],
      text: '{"grant_type":"authorization_code"}',
    }),
  ]);
  assert.deepEqual([json.id, json.got], ['params.content_type', 'application/json']);
  assert.equal(only([token('token.grant_type_present', { headers: [] })]).title, 'The request has no Content-Type');
  const query = found([token('token.grant_type_present', { target: '/token?grant_type=client_credentials' })]);
  assert.deepEqual(query.map(({ id }) => id).sort(), ['params.grant_type', 'params.in_query']);
});

test('response types, response modes and grants that do not exist any more', () => {
  const implicit = only(
    refusedLogin('authorize', 'authorize.response_type_code', { ask: { response_type: 'id_token token' } }),
  );
  assert.match(implicit.what, /Implicit/);
  assert.equal(
    only(refusedLogin('authorize', 'authorize.response_mode_known', { ask: { response_mode: 'fragment' } })).id,
    'params.response_mode',
  );
  assert.match(
    only([token('token.no_password_grant', { body: { grant_type: 'password' } })]).what,
    /password of the user/,
  );
});

test('scopes that are not allowed, and commas between them', () => {
  const beyond = only(
    refusedLogin('authorize', 'scope.client_may_ask', {
      ask: { scope: 'openid admin Admin.All' },
      detail: 'Not allowed or unknown: Admin.All admin. Allowed: openid',
    }),
  );
  assert.deepEqual(
    [beyond.id, beyond.title, beyond.expected],
    ['scope.not_allowed', 'This client may not ask for Admin.All admin', 'openid'],
  );
  const comma = only(refusedLogin('authorize', 'scope.form', { ask: { scope: 'openid,profile' } }));
  assert.deepEqual([comma.id, comma.at], ['scope.form', 6]);
});

test('prompt=none that was answered with an error is a hint, and a frame is named', () => {
  const framed = only(
    refusedLogin('authorize', 'authorize.login_not_needed', {
      error: 'login_required',
      edit: (one) => resent(one, { headers: [...one.request.headers, ['sec-fetch-dest', 'iframe']] }),
    }),
  );
  assert.equal(framed.severity, 'hint');
  assert.match(framed.what, /hidden frame/);
});

test('a resource that nobody knows is compared with what the API calls itself', () => {
  const metadata = exchange({
    id: 90,
    flow: null,
    site: 'resource_server',
    endpoint: 'metadata',
    answer: '{"resource":"http://localhost:4003/mcp"}',
  });
  const finding = only(
    refusedLogin('authorize', 'resource.known', {
      ask: { resource: 'http://localhost:4003/mcp/' },
      error: 'invalid_target',
    }),
    { loose: [metadata] },
  );
  assert.deepEqual([finding.id, finding.expected, finding.at], ['resource.slash', 'http://localhost:4003/mcp', 25]);
  const path = only(
    refusedLogin('authorize', 'resource.known', {
      ask: { resource: 'http://localhost:4003' },
      error: 'invalid_target',
    }),
    { loose: [metadata] },
  );
  assert.equal(path.id, 'resource.path');
});
