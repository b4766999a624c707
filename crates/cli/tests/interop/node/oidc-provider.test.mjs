// npm `oidc-provider`, certified by the OpenID Foundation, as the server: Countersign's client library signs in to it.
// The library is driven by its own example program, `crates/client/examples/sign_in.rs`.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import * as jose from 'jose';
import { Provider } from 'oidc-provider';
import { ALGORITHMS, METHODS } from './support.mjs';
import { ALICE, Browser } from './user.mjs';

const EXAMPLE = join(dirname(process.env.COUNTERSIGN_BIN ?? '.'), 'examples', 'sign_in');
const PEOPLE = { alice: { name: 'Alice Liddell', email: 'alice@example.com' } };

/** A provider with tokens of its own making and the library's sign-in pages, on a free port. */
async function provider() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${server.address().port}`;
  const pairs = await Promise.all(ALGORITHMS.map((alg) => jose.generateKeyPair(alg, { extractable: true })));
  const keys = await Promise.all(pairs.map(({ privateKey }) => jose.exportJWK(privateKey)));
  const oidc = new Provider(issuer, {
    jwks: { keys: keys.map((key, i) => ({ ...key, alg: ALGORITHMS[i], use: 'sig', kid: ALGORITHMS[i] })) },
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
    features: {
      registration: { enabled: true },
      revocation: { enabled: true },
    },
    enabledJWA: { idTokenSigningAlgValues: ALGORITHMS },
  });
  server.on('request', oidc.callback());
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return issuer;
}

/** Runs the example with that browser. What it said, step by step; why it gave up, if it did. */
async function signIn(browser, ...args) {
  assert.ok(existsSync(EXAMPLE), `${EXAMPLE} is missing: cargo build -p countersign-client --example sign_in`);
  const child = spawn(EXAMPLE, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const complaint = text(child.stderr);
  const ended = once(child, 'exit');
  const steps = {};
  for await (const line of createInterface(child.stdout)) {
    const { step, ...said } = JSON.parse(line);
    steps[step] = said;
    if (step === 'open') await open(browser, said.url);
  }
  const [code] = await ended;
  return { code, steps, complaint: await complaint };
}

async function open(browser, url) {
  const redirectUri = new URL(url).searchParams.get('redirect_uri');
  const response = await browser.send(await browser.logIn(url, redirectUri));
  assert.equal(response.status, 200);
}

const issuer = await provider();

for (const method of METHODS) {
  test(`our client library registers with ${method}, signs in, refreshes and revokes`, async () => {
    const { code, steps, complaint } = await signIn(new Browser(), issuer, method);
    assert.equal(code, 0, complaint);
    assert.equal(steps.signed_in.sub, 'alice');
    assert.deepEqual(steps.userinfo.claims, { sub: 'alice', ...PEOPLE.alice });
    assert.equal(steps.refreshed.new_access_token, true);
    assert.equal(steps.refreshed.sub, 'alice');
    // This provider rotates the refresh tokens of public clients and keeps those of the others.
    assert.equal(steps.refreshed.rotated, method === 'none');
    assert.equal(steps.revoked.userinfo_says, 'invalid_token');
  });
}

test('a user who says no leaves our client library without tokens, and it says why', async () => {
  const { code, steps, complaint } = await signIn(new Browser(ALICE, { refuses: true }), issuer);
  assert.deepEqual([code, Object.keys(steps)], [1, ['registered', 'open']]);
  assert.match(complaint, /access_denied/);
});

for (const alg of ALGORITHMS) {
  test(`our client library accepts an ID token in ${alg}`, async () => {
    const { code, complaint } = await signIn(new Browser(), issuer, 'none', alg);
    assert.equal(code, 0, complaint);
  });
}
