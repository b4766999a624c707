// npm `jose`: signatures and keys, as somebody verifies them who trusts no OAuth library.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as jose from 'jose';
import * as client from 'openid-client';
import { ALGORITHMS, REDIRECT_URI, metadata, system } from './support.mjs';
import { Browser } from './user.mjs';

const { issuer, api } = await system();
const execute = [client.allowInsecureRequests];
const keys = jose.createRemoteJWKSet(new URL(`${issuer}/jwks`));

async function logIn(extra) {
  const wanted = (await metadata('none', extra)).metadata;
  const config = await client.dynamicClientRegistration(new URL(issuer), wanted, client.None(), { execute });
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid read:files',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    resource: api,
  });
  const request = await new Browser().logIn(url, REDIRECT_URI);
  const tokens = await client.authorizationCodeGrant(config, request, { pkceCodeVerifier });
  return { clientId: config.clientMetadata().client_id, tokens };
}

test('the published keys are public, and each says its algorithm and its use', async () => {
  const response = await fetch(`${issuer}/jwks`);
  assert.equal(response.headers.get('content-type'), 'application/jwk-set+json');
  const published = await response.json();
  for (const jwk of published.keys) {
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) assert.equal(jwk[member], undefined, member);
    assert.equal(jwk.use, 'sig');
    assert.equal((await jose.importJWK(jwk)).type, 'public');
  }
  assert.deepEqual([...new Set(published.keys.map((jwk) => jwk.alg))].sort(), [...ALGORITHMS].sort());
  assert.equal(new Set(published.keys.map((jwk) => jwk.kid)).size, published.keys.length);
});

/** The hash of each signature algorithm, with which `at_hash` is made (OpenID Connect Core §3.1.3.6). */
const HASHES = { RS256: 'sha256', PS256: 'sha256', ES256: 'sha256', ES384: 'sha384', EdDSA: 'sha512' };

for (const alg of ALGORITHMS) {
  test(`an ID token in ${alg} verifies with the published keys and names its access token`, async () => {
    const { clientId, tokens } = await logIn({ id_token_signed_response_alg: alg });
    const requiredClaims = ['sub', 'iat', 'exp', 'auth_time'];
    const expected = { issuer, audience: clientId, algorithms: [alg], requiredClaims };
    const { payload, protectedHeader } = await jose.jwtVerify(tokens.id_token, keys, expected);
    assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid', 'typ']);
    const hash = createHash(HASHES[alg]).update(tokens.access_token).digest();
    assert.equal(payload.at_hash, hash.subarray(0, hash.length / 2).toString('base64url'));
  });
}

test('an access token verifies as at+jwt in ES256, and not as an ID token', async () => {
  const { clientId, tokens } = await logIn();
  const expected = { issuer, audience: api, typ: 'at+jwt', algorithms: ['ES256'] };
  const { payload } = await jose.jwtVerify(tokens.access_token, keys, expected);
  assert.deepEqual([payload.client_id, payload.scope, payload.exp - payload.iat], [clientId, 'openid read:files', 300]);
  for (const asIdToken of [{ issuer, typ: 'JWT' }, { issuer, audience: clientId }]) {
    await assert.rejects(jose.jwtVerify(tokens.access_token, keys, asIdToken), jose.errors.JWTClaimValidationFailed);
  }
});
