// npm `openid-client`: clients that prove who they are by a key of their own (`private_key_jwt`, OpenID Connect Core §9), in
// every algorithm, and with keys that they publish and rotate.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import * as jose from 'jose';
import * as client from 'openid-client';
import { execute, refusedWith, relyingParty } from './relying-party.mjs';
import { ALGORITHMS, metadata, system } from './support.mjs';

const { issuer, api } = await system();
const { logIn } = relyingParty({ issuer, api });

/** What the client publishes. */
let published = [];
const site = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end(JSON.stringify({ keys: published }));
});
await new Promise((listening) => site.listen(0, '127.0.0.1', listening));
after(() => site.close());

/** A key pair: what is told to the server, and what the library signs with. */
async function pair(alg, kid) {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg);
  return { jwk: { ...(await jose.exportJWK(publicKey)), kid, use: 'sig', alg }, mine: { key: privateKey, kid } };
}

async function register(extra, mine) {
  const { metadata: plain } = await metadata('client_secret_basic', extra);
  const wanted = { ...plain, token_endpoint_auth_method: 'private_key_jwt' };
  return client.dynamicClientRegistration(new URL(issuer), wanted, client.PrivateKeyJwt(mine), { execute });
}

for (const alg of ALGORITHMS) {
  test(`an assertion that is signed with ${alg} is taken at every endpoint`, async () => {
    const { jwk, mine } = await pair(alg, 'one');
    const config = await register({ jwks: { keys: [jwk] }, token_endpoint_auth_signing_alg: alg }, mine);
    const tokens = await logIn(config);
    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal((await client.tokenIntrospection(config, fresh.access_token)).active, true);
    await client.tokenRevocation(config, fresh.refresh_token);
    await assert.rejects(client.refreshTokenGrant(config, fresh.refresh_token), refusedWith('invalid_grant', 400));
  });
}

test('a key that the client publishes anew is found by its name, and the old one counts no more', async () => {
  const [old, young] = await Promise.all([pair('ES256', 'old'), pair('RS256', 'young')]);
  published = [old.jwk];
  const config = await register({ jwks_uri: `http://127.0.0.1:${site.address().port}/jwks` }, old.mine);
  const id = config.clientMetadata().client_id;
  const as = ({ mine }) => {
    const other = new client.Configuration(config.serverMetadata(), id, undefined, client.PrivateKeyJwt(mine));
    client.allowInsecureRequests(other);
    return client.clientCredentialsGrant(other, { scope: 'read:files', resource: api });
  };
  assert.ok((await as(old)).access_token);
  published = [young.jwk];
  assert.ok((await as(young)).access_token);
  await assert.rejects(as(old), (thrown) => thrown.status === 401);
});
