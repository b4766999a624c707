// The inspector: a client of npm appears step by step and has nothing to mend; each deliberate mistake is found by name.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as openid from 'openid-client';
import { atHand, challengeOf, codeFor, landing, login, random, register } from './client.mjs';
import { bench, finding, isFound, open, order } from './support.mjs';

const it = bench();
let back;
before(async () => { back = await landing(); });
after(() => back.stop());

const seen = (page) => page.locator('.score-row.is-seen');
const head = (page) => page.locator('#flow-title');

/** The inspector in one window, the user in another. */
async function watched() {
  const page = await open(it, 'inspect');
  return { page, user: await it.page() };
}

test('an unmodified openid-client appears step by step, in place, with nothing to mend', async () => {
  const { page, user } = await watched();
  const { client_id: id } = await register(it.system.issuer, back.address);
  const config = await openid.discovery(new URL(it.system.issuer), id, undefined, openid.None(), { execute: [openid.allowInsecureRequests] });
  const checks = { pkceCodeVerifier: openid.randomPKCECodeVerifier(), expectedState: openid.randomState(), expectedNonce: openid.randomNonce(), idTokenExpected: true };
  const address = openid.buildAuthorizationUrl(config, {
    redirect_uri: back.address, scope: 'openid profile', state: checks.expectedState, nonce: checks.expectedNonce,
    code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier), code_challenge_method: 'S256',
  });
  await user.goto(address.href);
  await page.locator('#flow-head', { hasText: id }).waitFor();
  await seen(page).nth(1).waitFor();
  const begun = await seen(page).count();
  assert.ok(begun < 6, `${begun} steps are seen while the user still reads the sign-in page`);
  const code = await codeFor(user, address.href, back.address);
  assert.ok(code);
  const tokens = await openid.authorizationCodeGrant(config, new URL(user.url()), checks);
  await openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  await page.locator('.watched-flow[aria-current="true"].is-done').waitFor();
  for (const step of [3, 4, 5, 6, 8, 9]) {
    const row = page.locator('.score-row').filter({ has: page.locator(`.chip:text-is("${step}")`) });
    assert.match(await row.getAttribute('class'), /is-seen/, `step ${step}`);
  }
  await page.getByText('Nothing is wrong with this login.').waitFor();
  assert.equal(await page.locator('[data-finding]').count(), 0);
  assert.equal(await page.locator('.habits-score strong').innerText(), '100');
  assert.deepEqual(page.complaints, []);
});

/** Mistakes of the authorization request: the parameters, the finding, what its text must tell. */
const ASKED = [
  ['a redirect_uri with a slash at its end', () => ({ redirect_uri: `${back.address}/` }), 'redirect_uri.slash', /slash/],
  ['a challenge in hexadecimal', () => ({ code_challenge: challengeOf(random(), 'hex') }), 'pkce.challenge_form', /hexadecimal/],
  ['a challenge with its padding left on', () => ({ code_challenge: `${challengeOf(random())}=` }), 'pkce.challenge_form', /padding/],
  ['a scope that the client did not register', () => ({ scope: 'openid read:profile' }), 'scope.not_allowed', /read:profile/],
  ['the plain method', () => ({ code_challenge_method: 'plain' }), 'pkce.plain', /S256/],
];
for (const [what, wrong, id, said] of ASKED) {
  test(`${what} is found, with what to change`, async () => {
    const { page, user } = await watched();
    const client = await register(it.system.issuer, back.address);
    await user.goto(login(it.system, client, back.address, wrong()).address);
    await page.locator('#flow-head', { hasText: client.client_id }).waitFor();
    await isFound(page, id, said);
  });
}

/** Mistakes of the token request. */
const REDEEMED = [
  ['a verifier that is the challenge itself', 'none', async (at) => {
    const { asked, code } = await at.begin({ code_challenge: at.verifier });
    return at.send({ code, code_verifier: asked.code_challenge });
  }, 'verifier.sent_as_challenge', /not hashed/],
  ['a code that is used twice', 'none', async (at) => {
    const { code, verifier } = await at.begin();
    await at.send({ code, code_verifier: verifier });
    return at.send({ code, code_verifier: verifier });
  }, 'code.twice', /once|twice|again/i],
  ['a code that came 70 seconds late', 'none', async (at) => {
    const { code, verifier } = await at.begin();
    await order(it, 'clock', { advance: 70 });
    return at.send({ code, code_verifier: verifier });
  }, 'code.expired', /\d+ s|second/],
  ['credentials in two places', 'client_secret_basic', async (at) => {
    const { code, verifier } = await at.begin();
    return at.send({ code, code_verifier: verifier, client_secret: at.client.client_secret }, { headers: at.basic });
  }, 'credentials.several', /only one/],
  ['a Basic header whose halves were not form-encoded', 'client_secret_basic', async (at) => {
    const { code, verifier } = await at.begin();
    const bare = Buffer.from(`${at.client.client_id}:50%-sure`).toString('base64');
    return at.send({ code, code_verifier: verifier }, { headers: { authorization: `Basic ${bare}` } });
  }, 'credentials.basic_form', /form-encoded|form value/],
  ['a token request in JSON', 'none', async (at) => {
    const { code, verifier } = await at.begin();
    const body = JSON.stringify({ grant_type: 'authorization_code', client_id: at.client.client_id, code, code_verifier: verifier });
    return at.send({}, { headers: { 'content-type': 'application/json' }, body });
  }, 'params.content_type', /application\/json/],
];
for (const [what, method, act, id, said] of REDEEMED) {
  test(`${what} is found, with what to change`, async () => {
    const { page, user } = await watched();
    const client = await register(it.system.issuer, back.address, method);
    const answer = await act(atHand(it.system, { client, user, back: back.address }));
    assert.ok(answer.status >= 400, JSON.stringify(answer));
    await isFound(page, id, said);
  });
}

test('a state that is the same in three logins is found by comparing them', async () => {
  const { page, user } = await watched();
  const client = await register(it.system.issuer, back.address);
  const at = atHand(it.system, { client, user, back: back.address });
  const state = random();
  for (let times = 0; times < 3; times += 1) {
    const { code, verifier } = await at.begin({ state });
    assert.equal((await at.send({ code, code_verifier: verifier })).status, 200);
  }
  await isFound(page, 'state.constant', /new/);
  assert.ok(Number(await page.locator('.habits-score strong').innerText()) < 100);
  assert.equal(await page.locator('.habits-point').count(), 3);
});

test('a link leads a colleague to one login, and two logins are set side by side', async () => {
  const { page, user } = await watched();
  const client = await register(it.system.issuer, back.address);
  await user.goto(login(it.system, client, `${back.address}/`).address);
  await isFound(page, 'redirect_uri.slash');
  const at = atHand(it.system, { client, user, back: back.address });
  const { code, verifier } = await at.begin();
  await at.send({ code, code_verifier: verifier });
  const mine = page.locator(`[aria-label="Client ${client.client_id}"] .watched-flow`);
  await mine.nth(1).waitFor();
  await mine.nth(1).click();
  await isFound(page, 'redirect_uri.slash');
  const name = await head(page).innerText();

  const other = await open(it, page.url().slice(it.system.issuer.length + 1));
  await isFound(other, 'redirect_uri.slash');
  assert.equal(await head(other).innerText(), name);

  const newer = await mine.first().getAttribute('data-flow');
  await other.selectOption('#other', newer);
  const table = other.locator('table.beside');
  await table.waitFor();
  assert.match(await table.innerText(), /redirect_uri/);
  assert.match(await table.innerText(), new RegExp(`\\b${newer}\\b`));
  assert.deepEqual(other.complaints, []);
});

test('the same request that is refused three times is three logins, and the page follows each', async () => {
  const { page, user } = await watched();
  const client = await register(it.system.issuer, back.address);
  const { address } = login(it.system, client, `${back.address}/`);
  const mine = page.locator(`[aria-label="Client ${client.client_id}"] .watched-flow`);
  for (let times = 1; times <= 3; times += 1) {
    await user.goto(address);
    await mine.nth(times - 1).waitFor();
    await isFound(page, 'redirect_uri.slash');
    const newest = await mine.first().getAttribute('data-flow');
    await page.locator(`.watched-flow[aria-current="true"][data-flow="${newest}"]`).waitFor();
  }
  assert.equal(await mine.count(), 3);
});
