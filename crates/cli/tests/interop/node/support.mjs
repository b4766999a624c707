// What every file of this suite needs: the running system, and clients that are registered with it.

import { after } from 'node:test';
import * as jose from 'jose';
import { start } from '../_shared/system.mjs';

/** Nobody listens there: the user of these tests stops at the door and hands over the request. */
export const REDIRECT_URI = 'http://127.0.0.1:9/callback';
export const SCOPE = 'openid profile email offline_access read:profile read:files';

/** Starts the system for a file of tests, and stops it after them. */
export async function system() {
  const system = await start();
  after(system.stop);
  return system;
}

/** Every way in which a client can authenticate, with what it registers for that. */
export const METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'];

/** Every algorithm for ID tokens. */
export const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];

/** The metadata of a client, and the private key that goes with it where it has one. */
export async function metadata(method, extra = {}) {
  const confidential = method === 'none' ? [] : ['client_credentials'];
  const metadata = {
    client_name: `A client with ${method}`,
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token', ...confidential],
    token_endpoint_auth_method: method,
    ...extra,
  };
  if (method !== 'private_key_jwt') return { metadata };
  const { publicKey, privateKey } = await jose.generateKeyPair('ES256');
  metadata.jwks = { keys: [{ ...(await jose.exportJWK(publicKey)), kid: 'one', use: 'sig', alg: 'ES256' }] };
  return { metadata, key: { key: privateKey, kid: 'one' } };
}
