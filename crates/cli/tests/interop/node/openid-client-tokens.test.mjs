// npm `openid-client`: ID tokens and userinfo in every form that a client can register, each verified and decrypted by the
// library with nothing but the metadata of the server and the client's own key.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as jose from 'jose';
import * as client from 'openid-client';
import { refusedWith, relyingParty } from './relying-party.mjs';
import { ALGORITHMS, system } from './support.mjs';

const { issuer, api } = await system();
const { register, logIn } = relyingParty({ issuer, api });

for (const alg of ALGORITHMS) {
  test(`ID tokens and userinfo signed with ${alg} are verified by the published keys`, async () => {
    const config = await register('client_secret_basic', {
      id_token_signed_response_alg: alg,
      userinfo_signed_response_alg: alg,
    });
    // Without this the library trusts TLS, and looks at no signature.
    client.enableNonRepudiationChecks(config);
    const tokens = await logIn(config);
    assert.equal(jose.decodeProtectedHeader(tokens.id_token).alg, alg);
    const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    assert.deepEqual([person.email, person.iss], ['alice@example.com', issuer]);
    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.deepEqual([fresh.claims().sub, fresh.claims().nonce], [tokens.claims().sub, undefined]);
  });
}

const KEY_ALGS = ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'];
const CONTENT_ALGS = ['A128CBC-HS256', 'A128GCM', 'A256GCM'];

/** A client with a key of its own to which everything is encrypted, in the given ways. */
async function encrypted(alg, extra) {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  const jwks = { keys: [{ ...(await jose.exportJWK(publicKey)), kid: 'for me', use: 'enc', alg }] };
  const config = await register('client_secret_basic', { jwks, id_token_encrypted_response_alg: alg, ...extra });
  client.enableDecryptingResponses(config, CONTENT_ALGS, { key: privateKey, alg, kid: 'for me' });
  return config;
}

for (const alg of KEY_ALGS) {
  test(`an ID token and userinfo encrypted with ${alg} are decrypted, and verified as any other`, async () => {
    for (const enc of CONTENT_ALGS) {
      const config = await encrypted(alg, {
        id_token_encrypted_response_enc: enc,
        id_token_signed_response_alg: 'ES256',
        userinfo_encrypted_response_alg: alg,
        userinfo_encrypted_response_enc: enc,
        userinfo_signed_response_alg: 'ES384',
      });
      client.enableNonRepudiationChecks(config);
      const tokens = await logIn(config);
      assert.deepEqual(jose.decodeProtectedHeader(tokens.id_token), {
        alg,
        enc,
        cty: 'JWT',
        kid: 'for me',
        ...(alg.startsWith('ECDH') && { epk: jose.decodeProtectedHeader(tokens.id_token).epk }),
      });
      assert.equal(tokens.claims().aud, config.clientMetadata().client_id);
      const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
      assert.deepEqual([person.email, person.aud], ['alice@example.com', config.clientMetadata().client_id]);
    }
  });
}

test('who registers encryption without a key for it is told so', async () => {
  for (const extra of [{}, { jwks: { keys: [] } }]) {
    await assert.rejects(
      register('client_secret_basic', { id_token_encrypted_response_alg: 'ECDH-ES', ...extra }),
      refusedWith('invalid_client_metadata', 400),
    );
  }
});
