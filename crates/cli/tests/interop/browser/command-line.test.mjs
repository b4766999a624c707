// The demo command line: a native app, called back at a loopback port (RFC 8252).

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { ALICE, bench, signIn } from './support.mjs';

const it = bench();

for (const options of [[], ['--register']]) {
  test(`the command line logs in by the browser and a loopback port ${options.join(' ')}`, async () => {
    const { issuer, api } = it.system;
    const command = ['demo', 'login', '--issuer', issuer, '--resource', api, '--no-browser', ...options];
    const child = spawn(process.env.COUNTERSIGN_BIN, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    let said = '';
    const address = await new Promise((resolve, reject) => {
      ended.then(([code]) => reject(new Error(`ended with ${code}: ${said}`)));
      child.stdout.on('data', (chunk) => {
        said += chunk;
        const found = /^\s+(http\S+\/authorize\S+)$/m.exec(said);
        if (found) resolve(found[1]);
      });
    });
    const page = await it.page();
    await page.goto(address);
    await signIn(page, ALICE);
    await page.click('#allow');
    await page.getByText('close this').waitFor();
    const [code] = await ended;
    assert.equal(code, 0, said);
    assert.match(said, /Signed in: /);
    assert.match(said, /letter-to-the-moon/);
    assert.doesNotMatch(said, /eyJ|csrt_/, 'tokens are not printed');
  });
}
