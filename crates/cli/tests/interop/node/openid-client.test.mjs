// npm `openid-client`: what most Node.js applications sign in with.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { execute, refusedWith, relyingParty } from './relying-party.mjs';
import { METHODS, REDIRECT_URI, SCOPE, system } from './support.mjs';
import { ALICE, BOB, Browser, Stuck } from './user.mjs';

const { issuer, api } = await system();
const { register, begin, callback, logIn } = relyingParty({ issuer, api });

const tokenRefused = (thrown) => {
  assert.ok(thrown instanceof client.WWWAuthenticateChallengeError, thrown);
  assert.equal(thrown.status, 401);
  const [{ scheme, parameters }] = thrown.cause;
  assert.deepEqual([scheme, parameters.error], ['bearer', 'invalid_token']);
  return true;
};

test('discovery finds every endpoint and the issuer under both well-known addresses', async () => {
  for (const algorithm of ['oidc', 'oauth2']) {
    const options = { execute, algorithm };
    const config = await client.discovery(new URL(issuer), 'demo-spa', undefined, client.None(), options);
    const server = config.serverMetadata();
    assert.equal(server.issuer, issuer);
    assert.ok(server.supportsPKCE());
    for (const endpoint of ['authorization', 'token', 'userinfo', 'registration', 'revocation', 'introspection']) {
      assert.ok(server[`${endpoint}_endpoint`].startsWith(`${issuer}/`), endpoint);
    }
  }
});

for (const method of METHODS) {
  test(`a client with ${method} logs in, learns who signed in, refreshes, reads files, revokes`, async () => {
    const config = await register(method);
    assert.equal(config.clientMetadata().token_endpoint_auth_method, method);

    const tokens = await logIn(config);
    const { sub, aud, auth_time: authTime } = tokens.claims();
    assert.equal(aud, config.clientMetadata().client_id);
    assert.equal(typeof authTime, 'number');
    assert.equal(tokens.token_type, 'bearer');
    assert.deepEqual(tokens.scope.split(' ').sort(), SCOPE.split(' ').sort());
    const person = await client.fetchUserInfo(config, tokens.access_token, sub);
    assert.deepEqual([person.name, person.preferred_username], ['Alice Liddell', 'alice']);
    assert.deepEqual([person.email, person.email_verified], ['alice@example.com', true]);

    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.notEqual(fresh.refresh_token, tokens.refresh_token);
    assert.notEqual(fresh.access_token, tokens.access_token);
    assert.equal(fresh.claims().sub, sub);
    const answer = await client.fetchProtectedResource(config, fresh.access_token, new URL(`${api}/files`), 'GET');
    const { files } = await answer.json();
    assert.ok(files.length > 0);

    await client.tokenRevocation(config, fresh.refresh_token, { token_type_hint: 'refresh_token' });
    await assert.rejects(client.fetchUserInfo(config, fresh.access_token, sub), tokenRefused);
    await assert.rejects(
      client.fetchProtectedResource(config, fresh.access_token, new URL(`${api}/files`), 'GET'),
      tokenRefused,
    );
    await assert.rejects(client.refreshTokenGrant(config, fresh.refresh_token), refusedWith('invalid_grant', 400));
  });
}

test('an access token that is revoked goes alone: the refresh token brings another', async () => {
  const config = await register('none');
  const tokens = await logIn(config);
  const { sub } = tokens.claims();
  await client.tokenRevocation(config, tokens.access_token, { token_type_hint: 'access_token' });
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, sub), tokenRefused);
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal((await client.fetchUserInfo(config, fresh.access_token, sub)).sub, sub);
});

test('two refreshes at once with one token get the same answer, and it works', async () => {
  const config = await register('none');
  const tokens = await logIn(config);
  const [one, other] = await Promise.all([0, 1].map(() => client.refreshTokenGrant(config, tokens.refresh_token)));
  assert.equal(one.refresh_token, other.refresh_token);
  assert.equal((await client.fetchUserInfo(config, other.access_token, tokens.claims().sub)).name, 'Alice Liddell');
});

test('a refresh token from before the last ends them all', async () => {
  const config = await register('none');
  const tokens = await logIn(config);
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  const newest = await client.refreshTokenGrant(config, fresh.refresh_token);
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), refusedWith('invalid_grant', 400));
  await assert.rejects(client.refreshTokenGrant(config, newest.refresh_token), refusedWith('invalid_grant', 400));
});

test('a refresh may ask for less, but not for more than was granted', async () => {
  const config = await register('none');
  const tokens = await logIn(config, { scope: 'openid offline_access read:profile' });
  const less = await client.refreshTokenGrant(config, tokens.refresh_token, { scope: 'read:profile' });
  assert.equal(less.scope, 'read:profile');
  const more = client.refreshTokenGrant(config, less.refresh_token, { scope: 'read:profile read:files' });
  await assert.rejects(more, refusedWith('invalid_scope', 400));
});

test('introspection tells a confidential client what a living token may do, and nothing about a dead one', async () => {
  const config = await register('client_secret_basic');
  const tokens = await logIn(config);
  const living = await client.tokenIntrospection(config, tokens.access_token);
  const { sub } = tokens.claims();
  assert.equal(living.active, true);
  assert.deepEqual([living.iss, living.sub, living.client_id], [issuer, sub, config.clientMetadata().client_id]);
  assert.ok(living.aud.includes(api));
  await client.tokenRevocation(config, tokens.access_token);
  assert.deepEqual(await client.tokenIntrospection(config, tokens.access_token), { active: false });
});

test('a service gets a token of its own and reads files with it, but has no userinfo', async () => {
  for (const method of METHODS.filter((method) => method !== 'none')) {
    const config = await register(method);
    const tokens = await client.clientCredentialsGrant(config, { scope: 'read:files', resource: api });
    assert.deepEqual([tokens.scope, tokens.refresh_token, tokens.id_token], ['read:files', undefined, undefined]);
    const answer = await client.fetchProtectedResource(config, tokens.access_token, new URL(`${api}/files`), 'GET');
    assert.equal(answer.status, 200);
    await assert.rejects(client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck), (thrown) => {
      assert.deepEqual([thrown.status, thrown.cause[0].parameters.error], [403, 'insufficient_scope']);
      return true;
    });
  }
});

test('an app that asks for files only gets no identity, and no more than it asked for', async () => {
  const config = await register('none');
  const tokens = await logIn(config, { scope: 'read:files' });
  assert.deepEqual([tokens.scope, tokens.id_token, tokens.claims()], ['read:files', undefined, undefined]);
  const call = (path) => client.fetchProtectedResource(config, tokens.access_token, new URL(path, api), 'GET');
  assert.equal((await call('/files')).status, 200);
  await assert.rejects(call('/profile'), (thrown) => {
    const [{ parameters }] = thrown.cause;
    assert.deepEqual([thrown.status, parameters.error, parameters.scope], [403, 'insufficient_scope', 'read:profile']);
    return true;
  });
});

test('a user who says no sends the client away with access_denied', async () => {
  const config = await register('none');
  const { request, checks } = await callback(config, {}, new Browser(ALICE, { refuses: true }));
  await assert.rejects(client.authorizationCodeGrant(config, request, checks), (thrown) => {
    assert.ok(thrown instanceof client.AuthorizationResponseError, thrown);
    assert.equal(thrown.error, 'access_denied');
    return true;
  });
});

test('a user who unticks a scope leaves a token without it, and the client is told', async () => {
  const config = await register('none');
  const browser = new Browser(ALICE, { unticks: ['read:files', 'email'] });
  const tokens = await logIn(config, {}, browser);
  assert.deepEqual(tokens.scope.split(' ').sort(), ['offline_access', 'openid', 'profile', 'read:profile']);
  const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.deepEqual([person.name, person.email], ['Alice Liddell', undefined]);
});

test('a response by form post is read, and its code redeemed', async () => {
  const config = await register('none');
  const { request, checks } = await callback(config, { response_mode: 'form_post' });
  assert.equal(request.method, 'POST');
  const tokens = await client.authorizationCodeGrant(config, request, checks);
  assert.equal(tokens.claims().nonce, checks.expectedNonce);
});

test('a redirect URI that is not registered sends the user nowhere', async () => {
  const config = await register('none');
  for (const wrong of [`${REDIRECT_URI}/`, `${REDIRECT_URI}/../callback`, 'https://evil.example/callback']) {
    const { url } = await begin(config, { redirect_uri: wrong });
    await assert.rejects(new Browser().logIn(url, wrong), (thrown) => thrown instanceof Stuck && thrown.status === 400);
  }
});

test('another redirect URI at the token endpoint is refused', async () => {
  const config = await register('none', { redirect_uris: [REDIRECT_URI, 'http://127.0.0.1:9/other'] });
  const { request, checks } = await callback(config);
  const elsewhere = new URL(request.url.replace('/callback', '/other'));
  await assert.rejects(client.authorizationCodeGrant(config, elsewhere, checks), refusedWith('invalid_grant', 400));
});

test('a wrong verifier is refused and spends nothing; without one there are no tokens either', async () => {
  const config = await register('none');
  const { request, checks } = await callback(config);
  const url = new URL(request.url);
  const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
  await assert.rejects(client.authorizationCodeGrant(config, url, wrong), refusedWith('invalid_grant', 400));
  const none = { ...checks, pkceCodeVerifier: undefined };
  await assert.rejects(client.authorizationCodeGrant(config, url, none), refusedWith('invalid_grant', 400));
  assert.ok((await client.authorizationCodeGrant(config, url, checks)).access_token);
});

test('a code that is used again is refused, and what it brought is revoked', async () => {
  const config = await register('none');
  const { request, checks } = await callback(config);
  const url = new URL(request.url);
  const tokens = await client.authorizationCodeGrant(config, url, checks);
  await assert.rejects(client.authorizationCodeGrant(config, url, checks), refusedWith('invalid_grant', 400));
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub), tokenRefused);
});

test('the code of another client is refused', async () => {
  const [config, other] = await Promise.all([register('none'), register('none')]);
  const { request, checks } = await callback(config);
  await assert.rejects(client.authorizationCodeGrant(other, request, checks), refusedWith('invalid_grant', 400));
});

test('a wrong secret is refused with 401, and the header that came is challenged', async () => {
  const config = await register('client_secret_basic');
  const id = config.clientMetadata().client_id;
  const wrong = (authentication) =>
    new client.Configuration(config.serverMetadata(), id, undefined, authentication('wrong'));
  for (const [authentication, scheme] of [[client.ClientSecretBasic, 'basic'], [client.ClientSecretPost, undefined]]) {
    const bad = wrong(authentication);
    client.allowInsecureRequests(bad);
    await assert.rejects(client.clientCredentialsGrant(bad), (thrown) => {
      assert.deepEqual([thrown.status, thrown.cause?.[0]?.scheme], [401, scheme]);
      return true;
    });
  }
});

test('a request without PKCE comes back as an error that the library reports', async () => {
  const config = await register('client_secret_basic');
  const { url, checks } = await begin(config);
  url.searchParams.delete('code_challenge');
  url.searchParams.delete('code_challenge_method');
  const request = await new Browser().logIn(url, REDIRECT_URI);
  await assert.rejects(client.authorizationCodeGrant(config, request, checks), (thrown) => {
    assert.ok(thrown instanceof client.AuthorizationResponseError, thrown);
    assert.equal(thrown.error, 'invalid_request');
    assert.match(thrown.error_description, /code_challenge/);
    return true;
  });
});

test('prompt=none comes back as login_required, then as consent_required, then as a code', async () => {
  const config = await register('client_secret_basic');
  const browser = new Browser(BOB);
  const silently = async (config) => {
    const { url, checks } = await begin(config, { prompt: 'none' });
    return client.authorizationCodeGrant(config, await browser.logIn(url, REDIRECT_URI), checks);
  };
  const says = (error) => (thrown) => thrown instanceof client.AuthorizationResponseError && thrown.error === error;
  await assert.rejects(silently(config), says('login_required'));
  const other = await register('none');
  await browser.logIn((await begin(other)).url, REDIRECT_URI);
  await assert.rejects(silently(config), says('consent_required'));
  await browser.logIn((await begin(config)).url, REDIRECT_URI);
  const tokens = await silently(config);
  const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(person.preferred_username, 'bob');
  // Any program on this computer can pretend to be a public client on loopback, so its user is asked every time.
  await assert.rejects(silently(other), says('consent_required'));
});

test('max_age makes the user sign in again, and the library accepts auth_time', async () => {
  const config = await register('none');
  const browser = new Browser();
  const first = await begin(config);
  await browser.logIn(first.url, REDIRECT_URI);
  const { url, checks } = await begin(config, { max_age: '0' });
  const request = await browser.logIn(url, REDIRECT_URI);
  const tokens = await client.authorizationCodeGrant(config, request, { ...checks, maxAge: 0 });
  assert.equal(typeof tokens.claims().auth_time, 'number');
});
