// A browser with a fresh profile for each test, and the steps that many tests take.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, afterEach, before } from 'node:test';
import { chromium } from 'playwright-core';
import { start } from '../_shared/system.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

/** A system with a browser. */
class Bench {
  async start() {
    this.system = await start();
    this.browser = await chromium.launch({ executablePath: process.env.COUNTERSIGN_CHROMIUM, args: FLAGS });
  }

  async stop() {
    await this.browser?.close();
    await this.system?.stop();
  }

  /** A page in a fresh profile. */
  async page(options = {}) {
    const context = await this.browser.newContext(options);
    context.setDefaultTimeout(15_000);
    return context.newPage();
  }
}

/** Starts system and browser before the file's tests and stops them after; call once per file. `keep`: pages stay open. */
export function bench({ keep = false } = {}) {
  const bench = new Bench();
  before(() => bench.start());
  // Each page of the explorer listens to a stream for as long as it is open.
  afterEach(async () => {
    if (!keep) await Promise.all(bench.browser?.contexts().map((context) => context.close()) ?? []);
  });
  after(() => bench.stop());
  return bench;
}

/** The same for a script that is no test. @param {(bench: Bench) => Promise<void>} act */
export async function alone(act) {
  const bench = new Bench();
  try {
    await bench.start();
    await act(bench);
  } finally {
    await bench.stop();
  }
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

/** What axe-core has against a page or a part of it, a line each. */
export async function violations(page, part = 'html') {
  // Playwright evaluates outside the page's content security policy.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((root) => globalThis.axe.run(root, { resultTypes: ['violations'] }), part);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

/** How far a page is wider than the screen, in pixels. */
export const overhang = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** Opens `/explore` or `/inspect`, and collects what its scripts complain of. */
export async function open(bench, address = 'explore', options = {}) {
  const page = await bench.page({ reducedMotion: 'reduce', ...options });
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(message.text()); });
  await page.goto(`${bench.system.issuer}/${address}`);
  await page.locator('#connection[data-state="live"]').waitFor();
  return page;
}

/** What the inspector has found, by its name. */
export const finding = (page, id) => page.locator(`[data-finding="${id}"]`).first();

/** The inspector says what is wrong, and what to do about it. */
export async function isFound(page, id, said) {
  await finding(page, id).waitFor();
  const text = await finding(page, id).innerText();
  assert.match(text, /Do this\. \S/);
  if (said) assert.match(text, said);
  assert.deepEqual(page.complaints, []);
}

/** Presses what starts a run, does the user's part, and gives the run as it is when it is over and shown. */
export async function run(page, press, act = async () => {}) {
  const { id } = await begun(page, press);
  await act();
  return ended(page, id);
}

/** Presses what starts a run, and gives the run as it begins. */
export async function begun(page, press) {
  const [said] = await Promise.all([page.waitForResponse((answer) => answer.url().endsWith('/explore/api/runs')), press()]);
  const run = await said.json();
  assert.equal(said.status(), 201, JSON.stringify(run));
  return run;
}

/** A run when it is over, by the explorer's own events; the page has heard of it too. */
export async function ended(page, id) {
  const run = await over(page, id);
  await page.locator('.controls').getByRole('button', { name: 'Stop' }).waitFor({ state: 'hidden' });
  return run;
}

/** A run when it is over, by the explorer's own events. */
export function over(page, id) {
  return page.evaluate((wanted) => new Promise((resolve) => {
    const source = new EventSource('/explore/api/events');
    source.addEventListener('run', ({ data }) => {
      const run = JSON.parse(data);
      if (run.id !== wanted || !['done', 'failed'].includes(run.state)) return;
      source.close();
      resolve(run);
    });
  }), id);
}

/** The button that logs in. */
export const logIn = (page) => page.locator('.controls .button.primary').click();

/** Chooses between radio buttons that look like one control. */
export const choose = (page, label) => page.locator('.segments label', { hasText: label }).first().click();

/** Goes to a step or move by its name in the diagram: 8, or 6a. */
export async function goTo(page, step) {
  await page.locator('.score-row button', { has: page.locator(`.chip:text-is("${step}")`) }).click();
  await at(page, step);
}

/** Waits until a step is the one that is shown. */
export const at = (page, step) => page.locator(`.score-row button[aria-current="step"] .chip:text-is("${step}")`).waitFor();

/** The raw bytes of a message of the shown step, the first if nothing else is said. */
export async function raw(page, index = 0) {
  const message = page.locator('.bytes .message', { has: page.locator('.message-head button') }).nth(index);
  await message.getByRole('button', { name: 'Raw bytes' }).click();
  const text = await message.locator('pre.raw').textContent();
  await message.getByRole('button', { name: 'Line by line' }).click();
  return text;
}

/** What the recorder has of a flow. */
export async function recording(page, flow) {
  return page.evaluate(async (id) => (await fetch(`/explore/api/flows/${id}`)).json(), flow);
}

/** An order to the explorer's own API. */
export async function order(bench, path, body = {}) {
  const answer = await fetch(`${bench.system.issuer}/explore/api/${path}`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}
