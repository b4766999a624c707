// What clients get wrong, made on purpose by clients that nobody mends: each mistake is found by its name, with what to
// do. One page watches all of it.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { atHand, challengeOf, landing, login, random, register } from './client.mjs';
import { bench, isFound, open, order } from './support.mjs';

const it = bench({ keep: true });
let back;
let page;
let user;
before(async () => { back = await landing(); });
after(() => back.stop());

/** One page watches, and one user signs in, all the time. */
async function watching() {
  page ??= await open(it, 'inspect');
  user ??= await it.page();
}

/** A client that was just registered, and what it does wrong things with. */
async function wrongClient(method = 'none', more = {}) {
  await watching();
  const client = await register(it.system.issuer, back.address, method, more);
  return atHand(it.system, { client, user, back: back.address });
}

/** The page shows this client's login, and what is wrong with it. */
async function isFoundOf(client, id, said) {
  await page.locator('#flow-head', { hasText: client }).waitFor();
  await isFound(page, id, said);
}

/** Addresses that are nearly the registered one: the finding, and where they part. */
const ADDRESSES = [
  ['another scheme', (address) => address.replace('http:', 'https:'), 'redirect_uri.scheme', 5],
  ['another case', (address) => address.replace('/callback', '/Callback'), 'redirect_uri.case', -7],
  ['an escape that is not needed', (address) => address.replace('/callback', '/call%62ack'), 'redirect_uri.encoding', -3],
  ['another name of this computer', (address) => address.replace('127.0.0.1', 'localhost'), 'redirect_uri.loopback', 8],
];
for (const [what, wrong, id, place] of ADDRESSES) {
  test(`a redirect_uri with ${what} is compared with the registered one, character by character`, async () => {
    const { client } = await wrongClient();
    await user.goto(login(it.system, client, wrong(back.address)).address);
    // Counted from 1, or from the end.
    const at = place > 0 ? place : back.address.length + place;
    await isFoundOf(client.client_id, id, new RegExp(`differs from character ${at} on`));
  });
}

/** Verifiers that do not hash to their challenge, and why. */
const VERIFIERS = [
  ['hashed twice', (verifier) => ({ challenge: challengeOf(challengeOf(verifier)) }), 'verifier.twice', /hashed twice/],
  ['hashed with its padding', (verifier) => ({ challenge: challengeOf(`${verifier}=`) }), 'verifier.padding', /padding/],
  ['hashed in the standard alphabet', () => {
    const sent = `-_${random().slice(2)}`;
    return { sent, challenge: challengeOf(sent.replaceAll('-', '+').replaceAll('_', '/')) };
  }, 'verifier.alphabet', /standard base64 alphabet/],
  ['hashed with the end of its line', (verifier) => ({ challenge: challengeOf(`${verifier}\n`) }), 'verifier.space', /white space/],
  ['that is another one', (verifier) => ({ challenge: challengeOf(verifier), sent: random() }), 'verifier.other', /made anew/],
];
for (const [what, make, id, said] of VERIFIERS) {
  test(`a verifier ${what} is refused, and the page says why`, async () => {
    const at = await wrongClient();
    const { sent = at.verifier, challenge } = make(at.verifier);
    const { code } = await at.begin({ code_challenge: challenge });
    assert.equal((await at.send({ code, code_verifier: sent })).status, 400);
    await isFoundOf(at.client.client_id, id, said);
  });
}

test('a verifier that was forgotten, or cut, is told as that', async () => {
  for (const [sent, id, said] of [[undefined, 'pkce.verifier_missing', /no code_verifier/], [random().slice(0, 40), 'pkce.verifier_form', /too short: 40/]]) {
    const at = await wrongClient();
    const { code } = await at.begin();
    assert.equal((await at.send({ code, code_verifier: sent })).status, 400);
    await isFoundOf(at.client.client_id, id, said);
  }
});

test('the verifier of another login is told by its name', async () => {
  const at = await wrongClient();
  const first = await at.begin();
  const second = await at.begin();
  assert.equal((await at.send({ code: second.code, code_verifier: first.verifier })).status, 400);
  await isFoundOf(at.client.client_id, 'verifier.other_login', /another login \(f\d+\)/);
});

test('a callback that is submitted twice tells how fast', async () => {
  const at = await wrongClient();
  const { code, verifier } = await at.begin();
  const answers = await Promise.all([1, 2].map(() => at.send({ code, code_verifier: verifier })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400]);
  await isFoundOf(at.client.client_id, 'code.twice', /\d+ ms/);
});

test('a Basic header whose secret was not form-encoded is shown as the server read it', async () => {
  for (const end of ['+x', '%41']) {
    const at = await wrongClient('client_secret_basic');
    const { code, verifier } = await at.begin();
    const bare = Buffer.from(`${at.client.client_id}:${at.client.client_secret}${end}`).toString('base64');
    assert.equal((await at.send({ code, code_verifier: verifier }, { headers: { authorization: `Basic ${bare}` } })).status, 401);
    await isFoundOf(at.client.client_id, 'credentials.not_encoded', /form-encode/i);
  }
});

test('a client whose clock is behind is told by how much', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] };
  const at = await wrongClient('private_key_jwt', { jwks });
  const { code, verifier } = await at.begin();
  const now = Math.floor(Date.now() / 1000) - 400;
  const { client_id: id } = at.client;
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const said = `${part({ alg: 'ES256', kid: 'one' })}.${part({ iss: id, sub: id, aud: it.system.issuer, iat: now, exp: now + 60, jti: randomUUID() })}`;
  const proof = sign('sha256', Buffer.from(said), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  const answer = await at.send({
    code, code_verifier: verifier, client_assertion: `${said}.${proof}`,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });
  assert.equal(answer.status, 401);
  await isFoundOf(id, 'clock.skew', /clock is .* behind/);
});

test('a login that begins on one name of the host and goes on under another has lost its cookie', async () => {
  const at = await wrongClient();
  const fresh = await it.page();
  await fresh.goto(login(it.system, at.client, back.address).address);
  await fresh.goto(fresh.url().replace('localhost', '127.0.0.1'));
  await isFoundOf(at.client.client_id, 'cookie.host', /began on localhost and came back on 127\.0\.0\.1/);
});

test('a client that asks for the password on a page of its own gets no cookie with it', async () => {
  const at = await wrongClient();
  const fresh = await it.page();
  await fresh.goto(login(it.system, at.client, back.address).address);
  const sent = await fresh.locator('form').first().evaluate((form) => ({ action: form.action, fields: [...new FormData(form)] }));
  await fresh.goto(back.address);
  await fresh.evaluate(({ action, fields }) => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action });
    for (const [name, value] of [...fields, ['username', 'alice'], ['password', 'wonderland']]) form.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(form);
    form.submit();
  }, sent);
  await isFoundOf(at.client.client_id, 'cookie.samesite', /SameSite=Lax/i);
});

test('a token that is fetched and never used is mentioned once there was time to use it', async () => {
  const at = await wrongClient();
  const files = { scope: 'openid read:files', resource: it.system.api };
  // Of an API that nobody asked yet nobody knows whether the page would have seen it.
  const { access_token: token } = await at.logIn(files);
  assert.equal((await fetch(`${it.system.api}/files`, { headers: { authorization: `Bearer ${token}` } })).status, 200);
  await at.logIn(files);
  await order(it, 'clock', { advance: 120 });
  await isFoundOf(at.client.client_id, 'token.unused', /never used/);
});

/** Habits: what each of several logins has. */
const HABITS = [
  ['a state that can be guessed', 1, () => ({ state: '12345' }), 'state.short', /bits/],
  ['no state', 1, () => ({ state: undefined }), 'state.missing', /state/],
  ['one nonce for all logins', 2, (same) => ({ nonce: same }), 'nonce.constant', /new/],
  ['a nonce without openid', 1, () => ({ scope: 'profile' }), 'openid.missing', /Add openid/],
  ['a scope that nobody knows', 1, () => ({ scope: 'openid everything' }), 'scope.unknown', /everything/],
];
for (const [what, times, make, id, said] of HABITS) {
  test(`${what}: the lint says so, and the score is less than 100`, async () => {
    const at = await wrongClient();
    const same = random();
    for (let time = 0; time < times; time += 1) await at.logIn(make(same));
    await isFoundOf(at.client.client_id, id, said);
    assert.ok(Number(await page.locator('.habits-score strong').innerText()) < 100);
  });
}

test('one verifier for all logins, that repeats itself besides, costs twice', async () => {
  const at = await wrongClient();
  const verifier = 'abcdefgh'.repeat(6);
  for (let time = 0; time < 2; time += 1) {
    const { code } = await at.begin({ code_challenge: challengeOf(verifier) });
    assert.equal((await at.send({ code, code_verifier: verifier })).status, 200);
  }
  await isFoundOf(at.client.client_id, 'challenge.constant', /each login/);
  await isFoundOf(at.client.client_id, 'verifier.weak', /repeats/);
  assert.equal(await page.locator('.habits-score strong').innerText(), '50');
});

test('two refreshes side by side are a race', async () => {
  const at = await wrongClient('none', { scope: 'openid offline_access' });
  const { refresh_token: token } = await at.logIn({ scope: 'openid offline_access' });
  assert.ok(token);
  await Promise.all([1, 2].map(() => at.send({ grant_type: 'refresh_token', refresh_token: token, redirect_uri: undefined })));
  await isFoundOf(at.client.client_id, 'refresh.raced', /Let one part refresh/);
});

test('a token for each call is one too many', async () => {
  const at = await wrongClient('client_secret_basic', { grant_types: ['client_credentials'], redirect_uris: undefined, response_types: [], scope: 'read:files' });
  for (let time = 0; time < 4; time += 1) {
    const answer = await at.send({ grant_type: 'client_credentials', scope: 'read:files', redirect_uri: undefined }, { headers: at.basic });
    assert.equal(answer.status, 200, JSON.stringify(answer.said));
  }
  await isFoundOf(at.client.client_id, 'token.per_call', /expires_in/);
});

test('an access token in an address is an error, whatever the answer', async () => {
  const at = await wrongClient();
  const { access_token: token } = await at.logIn({ scope: 'openid read:files', resource: it.system.api });
  await fetch(`${it.system.api}/files?access_token=${token}`);
  await isFoundOf(at.client.client_id, 'secret.in_address', /Authorization header/);
});
