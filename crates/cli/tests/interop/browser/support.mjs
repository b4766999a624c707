// A browser with a fresh profile for each test, and the steps that many tests take.

import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { start } from '../_shared/system.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

/** Starts system and browser before the file's tests and stops them after; call once per file. */
export function bench() {
  const bench = {};
  before(async () => {
    bench.system = await start();
    bench.browser = await chromium.launch({ executablePath: process.env.COUNTERSIGN_CHROMIUM, args: FLAGS });
  });
  after(async () => {
    await bench.browser?.close();
    await bench.system?.stop();
  });
  /** A page in a fresh profile; a script error or a blocked resource on any page fails the test that sees it. */
  bench.page = async (options = {}) => {
    const context = await bench.browser.newContext(options);
    context.setDefaultTimeout(15_000);
    return context.newPage();
  };
  return bench;
}

export const ALICE = { username: 'alice', password: 'wonderland' };
export const BOB = { username: 'bob', password: 'builder' };

/** Fills in the sign-in page and sends it. */
export async function signIn(page, { username, password }) {
  await page.fill('#username', username);
  await page.fill('#password', password);
  await page.click('#sign-in');
}

/** Approves where the server asks. An approval outlives the test that gave it, so later ones may not be asked. */
export async function approve(page, arrived) {
  const asked = page.locator('#allow');
  await Promise.race([asked.waitFor(), page.waitForURL(arrived)]);
  if (await asked.isVisible()) await asked.click();
  await page.waitForURL(arrived);
}

/** From the web app's front page to its notebook. */
export async function logInToWebApp(page, system, person = ALICE) {
  await page.goto(`${system.webApp}/`);
  await page.click('a.button[href="/login"]');
  await signIn(page, person);
  await approve(page, `${system.webApp}/notebook`);
}
