// npm `oidc-provider`, certified by the OpenID Foundation, as the server: Countersign's client library signs in to it.
// The library is driven by its own example program, `crates/client/examples/sign_in.rs`.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { PEOPLE, provider } from './provider.mjs';
import { ALGORITHMS, METHODS } from './support.mjs';
import { ALICE, Browser } from './user.mjs';

const EXAMPLE = join(dirname(process.env.COUNTERSIGN_BIN ?? '.'), 'examples', 'sign_in');

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

const { issuer } = await provider();

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
