// npm `jose` while the server rotates its keys every three seconds. It keeps the key document for as long as that says, and
// asks for no other meanwhile, whatever tokens come: so it must have had each key before that key signed.
//
// The same under the load of three libraries at once is in `../python/test_rotation.py`.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import * as jose from 'jose';

/** So many keys are met before the test is done. */
const KEYS = 5;
/** Milliseconds after which keys are not rotated at all. */
const PATIENCE = 120_000;
const API = 'https://api.example';
const SECRET = 'a secret that is only for this test';

const configuration = (port) => `
issuer = "http://127.0.0.1:${port}"
listen = "127.0.0.1:${port}"
default_resource = "${API}"
[store]
path = "realm.db"
[keys]
sign_for = "3s"
publish_before = "3s"
publish_after = "40s"
[tokens]
access = "30s"
id_token = "30s"
[[scopes]]
scope = "read:files"
title = "See your files"
description = "The app can read your files."
[[resources]]
uri = "${API}"
[[clients]]
client_id = "service"
client_secret_file = "service.secret"
grant_types = ["client_credentials"]
`;

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A server that rotates; its address. */
async function rotating() {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-'));
  const port = await freePort();
  await writeFile(join(folder, 'service.secret'), SECRET, { mode: 0o600 });
  await writeFile(join(folder, 'server.toml'), configuration(port));
  const stdio = ['ignore', 'ignore', 'pipe'];
  const child = spawn(process.env.COUNTERSIGN_BIN, ['serve', '--config', join(folder, 'server.toml')], { cwd: folder, stdio });
  const said = [];
  const started = new Promise((resolve, reject) => {
    createInterface(child.stderr).on('line', (line) => {
      said.push(line);
      if (line.includes('serving')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`countersign serve ended with ${code}:\n${said.join('\n')}`)));
  });
  await started;
  after(async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  });
  return `http://127.0.0.1:${port}`;
}

async function freshToken(issuer) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'read:files' });
  const authorization = `Basic ${btoa(`service:${encodeURIComponent(SECRET)}`)}`;
  const response = await fetch(`${issuer}/token`, { method: 'POST', headers: { authorization }, body });
  const reply = await response.json();
  assert.equal(response.status, 200, JSON.stringify(reply));
  return reply.access_token;
}

test('jose never meets a key that the document that it keeps does not have', { timeout: PATIENCE }, async () => {
  const issuer = await rotating();
  const jwks = new URL(`${issuer}/jwks`);
  const [, maxAge] = /max-age=(\d+)/.exec((await fetch(jwks)).headers.get('cache-control'));
  const keys = jose.createRemoteJWKSet(jwks, { cacheMaxAge: maxAge * 1000, cooldownDuration: maxAge * 1000 });
  const expected = { issuer, audience: API, typ: 'at+jwt' };
  const met = new Set();
  while (met.size < KEYS) {
    const { protectedHeader } = await jose.jwtVerify(await freshToken(issuer), keys, expected);
    met.add(protectedHeader.kid);
  }
});
