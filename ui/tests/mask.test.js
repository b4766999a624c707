import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import { diagnose } from '../model/diagnose/index.js';
import { mask, maskFlow } from '../model/mask.js';
import { place } from '../model/place.js';
import { writeRecording } from '../model/recording.js';
import { find, requestParams } from '../model/wire.js';
import { exchange, flowFrom, jwt, login, random, tables } from './world.js';

/** Everything that opens something in the login of that seed. @param {string} seed */
const secrets = (seed) =>
  ['verifier', 'code', 'access', 'refresh', 'browser', 'fern', 'session', 'page', 'csrf'].map((name) =>
    random(`${name} ${seed}`),
  );

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
  assert.deepEqual(JSON.parse(Buffer.from(body, 'base64url').toString()), {
    iss: 'i',
    aud: 'a',
    exp: 1,
    sub: mask('alice'),
    name: mask('Alice'),
    groups: '•••',
  });
});

test('no secret and no name survives the mask, wherever it stands', () => {
  const all = login().map((one) =>
    one.endpoint === 'interaction'
      ? {
          ...one,
          response: one.response && { ...one.response, body: `<p>Hello Alice Example</p> ${random('code a')}` },
        }
      : one,
  );
  const referer = all.map((one) =>
    one.endpoint === 'api'
      ? {
          ...one,
          request: {
            ...one.request,
            headers: [
              ...one.request.headers,
              /** @type {[string, string]} */ ([
                'referer',
                `http://localhost:4001/callback?code=csac_${random('code a')}abcd`,
              ]),
            ],
          },
        }
      : one,
  );
  const text = writeRecording(flowFrom(referer));
  for (const secret of [
    ...secrets('a'),
    'secret-of-the-web-app',
    btoa('demo-web:secret-of-the-web-app'),
    'alice',
    'Alice',
    'map.txt',
    random('signature'),
  ]) {
    assert.ok(!text.includes(secret), secret);
  }
});

test('what a JWT says of a person is hidden in a request object and in userinfo too', () => {
  const hint = jwt({ sub: 'alice' });
  const object = jwt({ login_hint: 'alice@example.com', id_token_hint: hint, state: 's', code_challenge: 'c' });
  const signed = jwt({ iss: 'i', sub: 'alice', email: 'alice@example.com' });
  const userinfo = exchange({ endpoint: 'userinfo', back: [['content-type', 'application/jwt']], answer: signed });
  const all = [...login({ ask: { request: object, logout_hint: 'alice@example.com' } }), userinfo];
  const masked = maskFlow(flowFrom(all));
  const asked = masked.exchanges.find(({ endpoint }) => endpoint === 'authorize');
  const params = requestParams(asked);
  assert.deepEqual([find(params, 'state'), find(params, 'code_challenge')], ['s', 'c']);
  assert.equal(find(params, 'login_hint'), mask('alice@example.com'));
  assert.equal(find(params, 'id_token_hint'), mask(hint));
  assert.equal(find(params, 'logout_hint'), mask('alice@example.com'));
  assert.equal(masked.exchanges.find(({ endpoint }) => endpoint === 'userinfo')?.response?.body, mask(signed));
  assert.deepEqual(maskFlow({ ...masked, masked: false }), masked);
});

test('what belongs together still does after the mask', () => {
  const masked = maskFlow(flowFrom(login()));
  assert.equal(masked.masked, true);
  assert.equal(maskFlow(masked), masked);
  const steps = place(masked, tables);
  assert.deepEqual(
    steps.map(({ state }) => state),
    Array(11).fill('seen'),
  );
  const code = new URL(
    `http://x${masked.exchanges.find(({ endpoint }) => endpoint === 'callback')?.request.target}`,
  ).searchParams.get('code');
  assert.match(code ?? '', /^csac_…[0-9a-f]{8}$/);
  assert.ok(masked.exchanges.find(({ endpoint }) => endpoint === 'token')?.request.body?.includes(`code=${code}&`));
  const token = JSON.parse(
    masked.exchanges.find(({ endpoint }) => endpoint === 'token')?.response?.body ?? '{}',
  ).access_token;
  assert.ok(
    masked.exchanges
      .find(({ endpoint }) => endpoint === 'api')
      ?.request.headers.some(([, value]) => value === `Bearer ${token}`),
  );
  assert.deepEqual(diagnose(masked, tables), []);
});

test('short values in the places of secrets are masked too', () => {
  const flow = flowFrom(login({ redeem: { code_verifier: 'short', client_secret: 'x1' } }));
  const body = maskFlow(flow).exchanges.find(({ endpoint }) => endpoint === 'token')?.request.body ?? '';
  assert.ok(!body.includes('short') && !body.includes('x1'), body);
});

test('what a runner tells is masked with the rest', () => {
  const record = {
    step: 8,
    from: 'Client App',
    to: 'Authorization Server',
    channel: 'back',
    title: 't',
    what: 'w',
    ok: true,
    request: {
      method: 'POST',
      url: 'http://localhost:4000/token',
      headers: { authorization: 'Bearer csat_abcdefghijkl' },
      body: { code: 'c1', code_verifier: random('verifier a'), password: 'wonderland' },
    },
    response: null,
    made: { code_verifier: random('verifier a'), state: 'kept' },
  };
  const run = /** @type {any} */ ({
    id: 'r1',
    table: 'code',
    pkce: true,
    attack: null,
    mode: 'live',
    user: 'script',
    state: 'done',
    flow: 'f1',
    open: null,
    records: [record],
    verdict: null,
    trouble: null,
  });
  const text = JSON.stringify(maskFlow({ ...flowFrom(login()), run }).run);
  assert.ok(!text.includes(random('verifier a')) && !text.includes('csat_abcdefghijkl') && !text.includes('"c1"'));
  assert.ok(!text.includes('wonderland'));
  assert.ok(text.includes('"state":"kept"'));
});
