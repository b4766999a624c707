// npm `oauth4webapi`: low level, and the strictest reader of replies that there is. Each step is its own call here, on
// the client's side and on the resource server's.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { ALGORITHMS, METHODS, REDIRECT_URI, SCOPE, metadata, system } from './support.mjs';
import { Browser } from './user.mjs';

const { issuer, api } = await system();
const plain = { [oauth.allowInsecureRequests]: true };
let as;

before(async () => {
  const response = await oauth.discoveryRequest(new URL(issuer), plain);
  as = await oauth.processDiscoveryResponse(new URL(issuer), response);
});

const AUTHENTICATION = {
  none: () => oauth.None(),
  client_secret_basic: (secret) => oauth.ClientSecretBasic(secret),
  client_secret_post: (secret) => oauth.ClientSecretPost(secret),
  private_key_jwt: (_, key) => oauth.PrivateKeyJwt(key),
};

/** A client, and how it authenticates. */
async function register(method, extra) {
  const { metadata: wanted, key } = await metadata(method, extra);
  const response = await oauth.dynamicClientRegistrationRequest(as, wanted, plain);
  const client = await oauth.processDynamicClientRegistrationResponse(response);
  return { client, auth: AUTHENTICATION[method](client.client_secret, key) };
}

/** Signs in up to the callback. */
async function callback({ client }, parameters = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource: api,
    ...parameters,
  });
  const request = await new Browser().logIn(url, REDIRECT_URI);
  return { request, verifier, state, nonce };
}

async function redeem({ client, auth }, { request, verifier, state, nonce }) {
  const code = oauth.validateAuthResponse(as, client, new URL(request.url), state);
  const response = await oauth.authorizationCodeGrantRequest(as, client, auth, code, REDIRECT_URI, verifier, plain);
  const copy = response.clone();
  const expected = { expectedNonce: nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, copy, expected);
  await oauth.validateApplicationLevelSignature(as, copy, plain);
  return tokens;
}

const logIn = async (registered, parameters) => redeem(registered, await callback(registered, parameters));

async function refresh({ client, auth }, token) {
  const response = await oauth.refreshTokenGrantRequest(as, client, auth, token, plain);
  return oauth.processRefreshTokenResponse(as, client, response);
}

async function userinfo({ client }, token, subject) {
  return oauth.processUserInfoResponse(as, client, subject, await oauth.userInfoRequest(as, client, token, plain));
}

/** A request as a resource server gets it. */
const withToken = (token) => new Request(`${api}/files`, { headers: { authorization: `Bearer ${token}` } });

/** The same request, sent to the demo's resource server. */
async function callWith(token) {
  return oauth.protectedResourceRequest(token, 'GET', new URL(`${api}/files`), undefined, undefined, plain);
}

for (const method of METHODS) {
  test(`each step of ${method} passes: registration, login, userinfo, refresh, introspection, revocation`, async () => {
    const registered = await register(method);
    const { client, auth } = registered;
    const tokens = await logIn(registered);
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);
    assert.equal((await userinfo(registered, tokens.access_token, sub)).email, 'alice@example.com');
    const fresh = await refresh(registered, tokens.refresh_token);
    if (method !== 'none') {
      const response = await oauth.introspectionRequest(as, client, auth, fresh.access_token, plain);
      const living = await oauth.processIntrospectionResponse(as, client, response);
      assert.deepEqual([living.active, living.sub], [true, sub]);
    }
    const revoked = await oauth.revocationRequest(as, client, auth, fresh.refresh_token, plain);
    await oauth.processRevocationResponse(revoked);
    await assert.rejects(userinfo(registered, fresh.access_token, sub), oauth.WWWAuthenticateChallengeError);
    await assert.rejects(refresh(registered, fresh.refresh_token), (thrown) => thrown.error === 'invalid_grant');
  });
}

for (const alg of ALGORITHMS) {
  test(`an ID token signed with ${alg} is verified, its access-token hash with it`, async () => {
    const tokens = await logIn(await register('none', { id_token_signed_response_alg: alg }));
    const { at_hash: hash, amr } = oauth.getValidatedIdTokenClaims(tokens);
    assert.equal(typeof hash, 'string');
    assert.deepEqual(amr, ['pwd']);
  });
}

test('iss in the response is demanded and compared, since the metadata promises it', async () => {
  const registered = await register('none');
  const { request, state } = await callback(registered);
  const check = (change) => {
    const url = new URL(request.url);
    change(url.searchParams);
    return () => oauth.validateAuthResponse(as, registered.client, url, state);
  };
  assert.doesNotThrow(check(() => {}));
  assert.throws(check((query) => query.delete('iss')), /"iss"/);
  assert.throws(check((query) => query.set('iss', 'https://evil.example')), /"iss"/);
  assert.throws(check((query) => query.set('state', 'forged')), /"state"/);
});

test('an error in the response carries iss and state too', async () => {
  const registered = await register('none');
  const { request, state } = await callback(registered, { prompt: 'none' });
  assert.throws(() => oauth.validateAuthResponse(as, registered.client, new URL(request.url), state), (thrown) => {
    assert.ok(thrown instanceof oauth.AuthorizationResponseError, thrown);
    assert.equal(thrown.error, 'login_required');
    return true;
  });
});

test('a long state of odd characters comes back byte for byte', async () => {
  const registered = await register('none');
  const state = `${'%+& =;"<é\u{1f511}'.repeat(280)}end`;
  const { request } = await callback(registered, { state });
  assert.doesNotThrow(() => oauth.validateAuthResponse(as, registered.client, new URL(request.url), state));
});

test('a resource server of its own accepts the access token by RFC 9068, for its own audience only', async () => {
  const registered = await register('none');
  const tokens = await logIn(registered);
  const claims = await oauth.validateJwtAccessToken(as, withToken(tokens.access_token), api, plain);
  assert.deepEqual(claims.scope.split(' ').sort(), SCOPE.split(' ').sort());
  assert.equal(claims.client_id, registered.client.client_id);
  assert.equal(claims.sub, oauth.getValidatedIdTokenClaims(tokens).sub);
  const elsewhere = oauth.validateJwtAccessToken(as, withToken(tokens.access_token), 'http://localhost:1', plain);
  await assert.rejects(elsewhere, /"aud"/);
});

test('an ID token is no access token: neither to the library nor to the demo resource server', async () => {
  const tokens = await logIn(await register('none'));
  await assert.rejects(oauth.validateJwtAccessToken(as, withToken(tokens.id_token), api, plain), /"typ"/);
  await assert.rejects(callWith(tokens.id_token), (thrown) => {
    assert.deepEqual([thrown.status, thrown.cause[0].parameters.error], [401, 'invalid_token']);
    return true;
  });
});

test("a service's token passes as RFC 9068 too, the client being its subject", async () => {
  const { client, auth } = await register('private_key_jwt');
  const response = await oauth.clientCredentialsGrantRequest(as, client, auth, { resource: api }, plain);
  const tokens = await oauth.processClientCredentialsResponse(as, client, response);
  const claims = await oauth.validateJwtAccessToken(as, withToken(tokens.access_token), api, plain);
  assert.deepEqual([claims.sub, claims.client_id, claims.auth_time], [client.client_id, client.client_id, undefined]);
});

test('the resource server names its authorization server, and its 401 the way there', async () => {
  const resource = new URL(api);
  const response = await oauth.resourceDiscoveryRequest(resource, plain);
  const found = await oauth.processResourceDiscoveryResponse(resource, response);
  assert.deepEqual(found.authorization_servers, [issuer]);
  assert.deepEqual(found.bearer_methods_supported, ['header']);
  await assert.rejects(callWith('worthless'), (thrown) => {
    const [{ scheme, parameters }] = thrown.cause;
    assert.deepEqual([thrown.status, scheme, parameters.error], [401, 'bearer', 'invalid_token']);
    assert.ok(parameters.resource_metadata.startsWith(api));
    return true;
  });
});

test('a client assertion works once', async () => {
  const { client, auth } = await register('private_key_jwt');
  let kept;
  const again = async (server, own, body, headers) => {
    if (!kept) await auth(server, own, body, headers);
    kept ??= ['client_id', 'client_assertion', 'client_assertion_type'].map((name) => [name, body.get(name)]);
    for (const [name, value] of kept) body.set(name, value);
  };
  const ask = async () => {
    const response = await oauth.clientCredentialsGrantRequest(as, client, again, { scope: 'read:files' }, plain);
    return oauth.processClientCredentialsResponse(as, client, response);
  };
  assert.equal((await ask()).scope, 'read:files');
  await assert.rejects(ask(), (thrown) => thrown.status === 401 && thrown.error === 'invalid_client');
});

test('the token endpoint says what it does not offer', async () => {
  const { client, auth } = await register('client_secret_basic');
  for (const grant of ['password', 'urn:ietf:params:oauth:grant-type:device_code']) {
    const form = { username: 'alice', password: 'wonderland' };
    const response = await oauth.genericTokenEndpointRequest(as, client, auth, grant, form, plain);
    const reading = oauth.processGenericTokenEndpointResponse(as, client, response);
    await assert.rejects(reading, (thrown) => thrown.status === 400 && thrown.error === 'unsupported_grant_type');
  }
});

test('metadata that is not offered is refused at registration, as an error that the library reads', async () => {
  const script = ['javascript:alert(1)'];
  for (const wrong of [{ grant_types: ['implicit'] }, { response_types: ['token'] }, { redirect_uris: script }]) {
    await assert.rejects(register('none', wrong), (thrown) => thrown.status === 400 && /^invalid_/.test(thrown.error));
  }
});
