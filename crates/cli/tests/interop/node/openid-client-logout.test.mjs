// npm `openid-client`: signing out by OpenID Connect RP-Initiated Logout 1.0.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { relyingParty } from './relying-party.mjs';
import { REDIRECT_URI, system } from './support.mjs';
import { Browser, Stuck } from './user.mjs';

const { issuer, api } = await system();
const { register, begin, logIn } = relyingParty({ issuer, api });
const SIGNED_OUT = 'http://127.0.0.1:9/signed-out';

/** A client whose user is signed in. */
async function signedIn() {
  const config = await register('client_secret_basic', { post_logout_redirect_uris: [SIGNED_OUT] });
  const browser = new Browser();
  return { config, browser, tokens: await logIn(config, {}, browser) };
}

/** The error that comes back when the user may not be asked; none for somebody who is signed in. */
async function silently(config, browser) {
  const { url } = await begin(config, { prompt: 'none' });
  const back = await browser.logIn(url, REDIRECT_URI);
  return new URL(back.url).searchParams.get('error') ?? undefined;
}

test('an ID token as hint signs out without a question, and brings the state back', async () => {
  const { config, browser, tokens } = await signedIn();
  assert.equal(await silently(config, browser), undefined);
  const wanted = { id_token_hint: tokens.id_token, post_logout_redirect_uri: SIGNED_OUT, state: 'a state & more' };
  const back = new URL((await browser.logIn(client.buildEndSessionUrl(config, wanted), SIGNED_OUT)).url);
  assert.deepEqual([...back.searchParams], [['state', 'a state & more']]);
  assert.equal(await silently(config, browser), 'login_required');
});

test('the ID token of a refresh is as good a hint as the first', async () => {
  const { config, browser, tokens } = await signedIn();
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  const wanted = { id_token_hint: fresh.id_token, post_logout_redirect_uri: SIGNED_OUT };
  assert.equal((await browser.logIn(client.buildEndSessionUrl(config, wanted), SIGNED_OUT)).url, SIGNED_OUT);
  assert.equal(await silently(config, browser), 'login_required');
});

test('without a hint the user is asked, and may stay', async () => {
  const { config, browser } = await signedIn();
  const url = client.buildEndSessionUrl(config, { post_logout_redirect_uri: SIGNED_OUT });
  assert.equal(url.searchParams.get('client_id'), config.clientMetadata().client_id);
  assert.match(await (await browser.send(new Request(url))).text(), /id="stay"/);
  assert.equal(await silently(config, browser), undefined);
  assert.equal((await browser.logIn(url, SIGNED_OUT)).url, SIGNED_OUT);
  assert.equal(await silently(config, browser), 'login_required');
});

test('an address that is not registered is a page that leads nowhere, and signs nobody out', async () => {
  const { config, browser, tokens } = await signedIn();
  for (const wrong of [`${SIGNED_OUT}/`, 'https://evil.example/signed-out']) {
    const url = client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: wrong });
    await assert.rejects(browser.logIn(url, wrong), (thrown) => thrown instanceof Stuck && thrown.status === 400);
  }
  assert.equal(await silently(config, browser), undefined);
});
