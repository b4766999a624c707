// Starts `countersign dev` for a suite, on free ports and with data of its own, and stops it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = process.env.COUNTERSIGN_BIN;

/** A port that is free, with the three above it, on both loopback addresses. */
async function freePorts() {
  for (let tries = 0; tries < 100; tries += 1) {
    const base = 20000 + Math.floor(Math.random() * 30000);
    const free = await Promise.all([0, 1, 2, 3].map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no four free ports in a row after 100 tries');
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** The running system: its addresses, and how to stop it. */
export async function start() {
  if (!BIN) throw new Error('COUNTERSIGN_BIN must name the program; `cargo xtask test` sets it');
  const base = await freePorts();
  const data = await mkdtemp(join(tmpdir(), 'countersign-'));
  const child = spawn(BIN, ['dev', '--port', String(base), '--data', data, '--log', 'info'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whatever ends this process must not leave a server behind.
  process.once('exit', () => child.kill());
  let log = '';
  child.stderr.on('data', (chunk) => { log += chunk; });
  await new Promise((resolve, reject) => {
    let said = '';
    child.once('exit', (code) => reject(new Error(`countersign dev ended with ${code}:\n${said}${log}`)));
    child.stdout.on('data', (chunk) => {
      said += chunk;
      if (said.includes('Ctrl-C')) resolve();
    });
  });
  const at = (offset) => `http://localhost:${base + offset}`;
  return {
    issuer: at(0),
    webApp: at(1),
    spa: at(2),
    api: at(3),
    log: () => log,
    async stop() {
      child.removeAllListeners('exit');
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      await rm(data, { recursive: true, force: true });
      if (code !== 0) throw new Error(`countersign dev ended with ${code}:\n${log}`);
    },
  };
}
