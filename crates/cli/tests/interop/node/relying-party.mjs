// What the files about npm `openid-client` share: how a client registers, and how its user signs in.

import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { REDIRECT_URI, SCOPE, metadata } from './support.mjs';
import { Browser } from './user.mjs';

/** The system is on loopback, without TLS. */
export const execute = [client.allowInsecureRequests];

const AUTHENTICATION = {
  none: () => client.None(),
  client_secret_basic: () => client.ClientSecretBasic(),
  client_secret_post: () => client.ClientSecretPost(),
  private_key_jwt: (key) => client.PrivateKeyJwt(key),
};

/** The steps of a relying party at the running system. */
export function relyingParty({ issuer, api }) {
  /** A client that the library registers for itself. */
  async function register(method, extra) {
    const { metadata: wanted, key } = await metadata(method, extra);
    return client.dynamicClientRegistration(new URL(issuer), wanted, AUTHENTICATION[method](key), { execute });
  }

  /** The authorization request, and what its answer has to be checked against; an ID token is due only with `openid`. */
  async function begin(config, parameters = {}) {
    const wanted = { redirect_uri: REDIRECT_URI, scope: SCOPE, resource: api, ...parameters };
    const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState() };
    if (wanted.scope.includes('openid')) {
      Object.assign(checks, { expectedNonce: client.randomNonce(), idTokenExpected: true });
    }
    const url = client.buildAuthorizationUrl(config, {
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: checks.expectedState,
      ...(checks.expectedNonce && { nonce: checks.expectedNonce }),
      ...wanted,
    });
    return { url, checks };
  }

  /** The request by which the client is called back, and the checks for it. */
  async function callback(config, parameters, browser = new Browser()) {
    const { url, checks } = await begin(config, parameters);
    return { checks, request: await browser.logIn(url, REDIRECT_URI) };
  }

  async function logIn(config, parameters, browser) {
    const { request, checks } = await callback(config, parameters, browser);
    return client.authorizationCodeGrant(config, request, checks);
  }

  return { register, begin, callback, logIn };
}

/** Whether the server answered with this error, for `assert.rejects`. */
export const refusedWith = (error, status) => (thrown) => {
  assert.ok(thrown instanceof client.ResponseBodyError, thrown);
  assert.deepEqual([thrown.error, thrown.status], [error, status]);
  return true;
};
