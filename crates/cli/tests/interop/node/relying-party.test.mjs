// npm `oidc-provider` as the server: what our client library does beyond a plain sign-in, which is in
// `oidc-provider.test.mjs`. It is driven by its own example program, `crates/client/examples/relying_party.rs`.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { CONTENT_ENCRYPTION, KEY_MANAGEMENT, provider } from './provider.mjs';
import { ALGORITHMS } from './support.mjs';
import { Browser } from './user.mjs';

const EXAMPLE = join(dirname(process.env.COUNTERSIGN_BIN ?? '.'), 'examples', 'relying_party');
const SCOPE = 'openid profile email offline_access';
/** Where users land who signed out: nobody listens there. */
const BYE = 'http://127.0.0.1:9/bye';

const { issuer, rotate } = await provider();

/** The example, and the browser of its user. */
class RelyingParty {
  #child;
  #lines;

  constructor() {
    assert.ok(existsSync(EXAMPLE), `${EXAMPLE} is missing: cargo build -p countersign-client --example relying_party`);
    this.#child = spawn(EXAMPLE, [issuer], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
    this.browser = new Browser();
    after(() => this.#child.kill());
  }

  /** Sends a command; an answer with an error is thrown. A sign-in that it begins is made in the browser. */
  async do(command) {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    let answer = await this.#answer();
    if (answer.open) {
      const redirectUri = new URL(answer.open).searchParams.get('redirect_uri');
      const landed = await this.browser.send(await this.browser.logIn(answer.open, redirectUri));
      assert.equal(landed.status, 200);
      answer = await this.#answer();
    }
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  async #answer() {
    const { value, done } = await this.#lines.next();
    assert.ok(!done, 'the example ended');
    return JSON.parse(value);
  }
}

async function registered(metadata = {}) {
  const party = new RelyingParty();
  const grant_types = ['authorization_code', 'refresh_token'];
  await party.do({ register: { token_endpoint_auth_method: 'none', grant_types, ...metadata } });
  return party;
}

/** Offline access wants `prompt=consent` at this provider. */
const signIn = (wishes = {}) => ({ sign_in: { scope: SCOPE, prompt: 'consent', ...wishes } });

test('keys that are rotated between two sign-ins, in each algorithm, are found and stop nobody', async () => {
  const parties = await Promise.all(ALGORITHMS.map((alg) => registered({ id_token_signed_response_alg: alg })));
  for (const party of parties) await party.do(signIn());
  await rotate();
  for (const party of parties) {
    assert.equal((await party.do(signIn())).sub, 'alice');
    assert.equal((await party.do({ refresh: {} })).sub, 'alice');
  }
});

for (const [n, alg] of KEY_MANAGEMENT.entries()) {
  const enc = CONTENT_ENCRYPTION[n % CONTENT_ENCRYPTION.length];
  test(`ID tokens and userinfo that are encrypted with ${alg} and ${enc} are opened`, async () => {
    const party = await registered({
      id_token_encrypted_response_alg: alg,
      id_token_encrypted_response_enc: enc,
      userinfo_signed_response_alg: 'ES256',
      userinfo_encrypted_response_alg: alg,
      userinfo_encrypted_response_enc: enc,
    });
    assert.equal((await party.do(signIn())).sub, 'alice');
    assert.equal((await party.do({ userinfo: {} })).email, 'alice@example.com');
    assert.equal((await party.do({ refresh: {} })).sub, 'alice');
  });
}

for (const alg of ALGORITHMS) {
  test(`userinfo that is signed with ${alg} is verified`, async () => {
    const party = await registered({ userinfo_signed_response_alg: alg });
    await party.do(signIn());
    const { sub, email } = await party.do({ userinfo: {} });
    assert.deepEqual({ sub, email }, { sub: 'alice', email: 'alice@example.com' });
  });
}

test('a user who goes by another name at each sector is one and the same in ID tokens, userinfo and refreshes', async () => {
  const party = await registered({ subject_type: 'pairwise' });
  const { sub } = await party.do(signIn());
  assert.equal(sub, 'alice to 127.0.0.1');
  assert.equal((await party.do({ userinfo: {} })).sub, sub);
  assert.equal((await party.do({ refresh: {} })).sub, sub);
  assert.equal((await party.do(signIn({ prompt: 'login consent', same_user: true }))).sub, sub);
});

test('a sign-in that somebody else asks for is begun at this provider alone', async () => {
  const party = await registered({ initiate_login_uri: 'https://shop.example/begin' });
  const initiated_by = new URLSearchParams({ iss: issuer, login_hint: 'alice' }).toString();
  assert.equal((await party.do(signIn({ initiated_by }))).sub, 'alice');
  const elsewhere = (wish) => party.do(signIn({ initiated_by: new URLSearchParams(wish).toString() }));
  await assert.rejects(elsewhere({ iss: `${issuer}/` }), /client\.initiation_iss/);
  await assert.rejects(elsewhere({ iss: issuer, target_link_uri: 'https://evil.example/' }), /client\.initiation_target/);
});

test('a second sign-in is made anew, by the same user, and tells the claims that were asked for', async () => {
  const party = await registered();
  const first = await party.do(signIn());
  const claims = { id_token: { email: { essential: true } } };
  const second = await party.do(signIn({ prompt: 'login consent', max_age: 300, same_user: true, claims }));
  assert.equal(second.sub, first.sub);
  assert.equal(second.other.email, 'alice@example.com');
});

test('without a session a silent sign-in fails, and our library says what to do', async () => {
  const party = await registered();
  await assert.rejects(party.do(signIn({ scope: 'openid', prompt: 'none' })), /login_required.*without prompt=none/);
});

/** Where the provider tells of logouts; what it posted. */
async function backChannel() {
  const bodies = [];
  const server = createServer(async (request, response) => {
    bodies.push(await text(request));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  return { address: `http://127.0.0.1:${server.address().port}/logout`, bodies };
}

for (const more of [{}, { id_token_encrypted_response_alg: 'ECDH-ES' }]) {
  test(`signing out ends the session at the provider, which tells by a token${more.id_token_encrypted_response_alg ? ' that is encrypted' : ''}`, async () => {
    const { address, bodies } = await backChannel();
    const party = await registered({
      post_logout_redirect_uris: [BYE],
      backchannel_logout_uri: address,
      backchannel_logout_session_required: true,
      ...more,
    });
    const { sub, sid } = await party.do(signIn());
    const { url } = await party.do({ logout_url: { back: BYE, state: 'mine' } });
    const back = await party.browser.logIn(url, BYE);
    assert.equal(new URL(back.url).searchParams.get('state'), 'mine');

    assert.equal(bodies.length, 1);
    const told = await party.do({ back_channel_logout: { body: bodies[0] } });
    assert.equal(told.sid, sid);
    assert.ok([sub, null].includes(told.sub));
    await assert.rejects(party.do({ back_channel_logout: { body: bodies[0] } }), /client\.logout_token_once/);
    await assert.rejects(party.do(signIn({ scope: 'openid', prompt: 'none' })), /login_required/);
  });
}

test('a logout token for another client is refused', async () => {
  const { address, bodies } = await backChannel();
  const metadata = { post_logout_redirect_uris: [BYE], backchannel_logout_uri: address };
  const [party, other] = await Promise.all([registered(metadata), registered(metadata)]);
  await party.do(signIn());
  const { url } = await party.do({ logout_url: { back: BYE, state: 'mine' } });
  await party.browser.logIn(url, BYE);
  await assert.rejects(other.do({ back_channel_logout: { body: bodies[0] } }), /client\.logout_token_aud/);
});
