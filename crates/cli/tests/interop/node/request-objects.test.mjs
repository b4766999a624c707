// npm `openid-client` and `jose`: authorization requests as objects that the client signed (OpenID Connect Core §6,
// RFC 9101), by value and at an address of the client.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import * as jose from 'jose';
import * as client from 'openid-client';
import { relyingParty } from './relying-party.mjs';
import { ALGORITHMS, REDIRECT_URI, system } from './support.mjs';
import { Browser, Stuck } from './user.mjs';

const { issuer, api } = await system();
const { register, begin } = relyingParty({ issuer, api });

/** What the client publishes: nothing until it is put there. */
const published = new Map();
const site = createServer((request, response) => {
  const object = published.get(request.url);
  response.writeHead(object ? 200 : 404, { 'content-type': 'application/oauth-authz-req+jwt' }).end(object);
});
await new Promise((listening) => site.listen(0, '127.0.0.1', listening));
after(() => site.close());
const at = (path) => `http://127.0.0.1:${site.address().port}${path}`;

/** A client with a key for its request objects, which registers itself. */
async function signing(alg, extra = {}) {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg);
  const jwks = { keys: [{ ...(await jose.exportJWK(publicKey)), kid: 'mine', use: 'sig', alg }] };
  const config = await register('client_secret_basic', { jwks, request_object_signing_alg: alg, ...extra });
  return { config, key: { key: privateKey, kid: 'mine' } };
}

/** The parameters of a request, and what its answer has to be checked against. */
async function parameters(config, extra) {
  const { url, checks } = await begin(config, extra);
  return { wanted: Object.fromEntries(url.searchParams), checks };
}

/** A request object of our own making, as OpenID Connect Core has it. */
function sign({ key, kid }, claims, alg) {
  const inside = { ...claims, iss: claims.client_id, aud: issuer };
  return new jose.SignJWT(inside).setProtectedHeader({ alg, kid }).sign(key);
}

/** What stands outside: as little as OpenID Connect Core allows. */
function around(config, extra) {
  return client.buildAuthorizationUrl(config, { response_type: 'code', scope: 'openid', ...extra });
}

async function logIn(config, url, checks) {
  const request = await new Browser().logIn(url, REDIRECT_URI);
  return client.authorizationCodeGrant(config, request, checks);
}

const refused = (error) => (thrown) => {
  assert.ok(thrown instanceof client.AuthorizationResponseError, thrown);
  assert.equal(thrown.error, error);
  return true;
};

for (const alg of ALGORITHMS) {
  test(`a request that is signed with ${alg} and says everything inside ends with tokens`, async () => {
    const { config, key } = await signing(alg, { require_signed_request_object: true });
    const claims = { userinfo: { email: { essential: true } } };
    const { wanted, checks } = await parameters(config, { max_age: '600', claims: JSON.stringify(claims) });
    const url = await client.buildAuthorizationUrlWithJAR(config, wanted, key);
    assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request']);
    const tokens = await logIn(config, url, { ...checks, maxAge: 600 });
    assert.equal(tokens.claims().nonce, checks.expectedNonce);
    const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    assert.equal(person.email, 'alice@example.com');
  });
}

test('who registered to send signed requests only is refused with a plain one', async () => {
  const { config } = await signing('ES256', { require_signed_request_object: true });
  const { wanted, checks } = await parameters(config);
  await assert.rejects(logIn(config, client.buildAuthorizationUrl(config, wanted), checks), refused('invalid_request'));
});

test('what is in the object goes before what stands outside, and the rest counts from there', async () => {
  const { config, key } = await signing('RS256');
  const { wanted, checks } = await parameters(config);
  const { state, ...inside } = wanted;
  const request = await sign(key, inside, 'RS256');
  const url = around(config, { request, state, nonce: 'not this one', redirect_uri: `${REDIRECT_URI}/wrong` });
  const tokens = await logIn(config, url, checks);
  assert.equal(tokens.claims().nonce, checks.expectedNonce);
});

test('a request object is fetched from where the client registered it, each time', async () => {
  const { config, key } = await signing('ES256', { request_uris: [at('/request.jwt#made-before-the-object')] });
  for (const fragment of ['', '#n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg']) {
    const { wanted, checks } = await parameters(config);
    published.set('/request.jwt', await sign(key, wanted, 'ES256'));
    const tokens = await logIn(config, around(config, { request_uri: at('/request.jwt') + fragment }), checks);
    assert.equal(tokens.claims().nonce, checks.expectedNonce);
  }
});

test('an object at another address, or none at its own, is an invalid_request_uri', async () => {
  const { config, key } = await signing('ES256', { request_uris: [at('/nothing.jwt')] });
  const { wanted, checks } = await parameters(config);
  published.set('/other.jwt', await sign(key, wanted, 'ES256'));
  for (const path of ['/other.jwt', '/nothing.jwt']) {
    const url = around(config, { request_uri: at(path), redirect_uri: REDIRECT_URI, state: checks.expectedState });
    await assert.rejects(logIn(config, url, checks), refused('invalid_request_uri'));
  }
});

test('an object that another key signed, another algorithm or nobody is an invalid_request_object', async () => {
  const { config, key } = await signing('ES256');
  const { key: stranger } = await signing('ES256');
  const { key: rsa } = await signing('RS256');
  const { wanted, checks } = await parameters(config);
  const objects = await Promise.all([
    sign({ ...stranger, kid: key.kid }, wanted, 'ES256'),
    sign(rsa, wanted, 'RS256'),
    new jose.UnsecuredJWT(wanted).encode(),
    sign(key, { ...wanted, request_uri: at('/other.jwt') }, 'ES256'),
  ]);
  for (const request of objects) {
    const url = around(config, { request, redirect_uri: REDIRECT_URI, state: checks.expectedState });
    await assert.rejects(logIn(config, url, checks), refused('invalid_request_object'));
  }
});

test('unsigned ones are for who registered none', async () => {
  const { config } = await signing('ES256', { request_object_signing_alg: 'none' });
  const { wanted, checks } = await parameters(config);
  const request = new jose.UnsecuredJWT(wanted).encode();
  const tokens = await logIn(config, around(config, { request }), checks);
  assert.equal(tokens.claims().nonce, checks.expectedNonce);
});

test('an address in the object that is not registered sends the user nowhere', async () => {
  const { config, key } = await signing('ES256');
  const { wanted } = await parameters(config, { redirect_uri: 'https://evil.example/callback' });
  const url = await client.buildAuthorizationUrlWithJAR(config, wanted, key);
  const stuck = (thrown) => thrown instanceof Stuck && thrown.status === 400;
  await assert.rejects(new Browser().logIn(url, 'https://evil.example/callback'), stuck);
});

test('metadata names what is offered', async () => {
  const { config } = await signing('ES256');
  const server = config.serverMetadata();
  assert.deepEqual(
    [server.request_parameter_supported, server.request_uri_parameter_supported, server.require_request_uri_registration],
    [true, true, true],
  );
  assert.deepEqual([...server.request_object_signing_alg_values_supported].sort(), [...ALGORITHMS].sort());
});
