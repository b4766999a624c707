// The explorer: a login of the demo app, step by step, as it really was.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { recordingProxy } from './proxy.mjs';
import { ALICE, approve, at, begun, bench, choose, ended, goTo, logIn, logInToWebApp, open, order, over, raw, recording, run, signIn } from './support.mjs';

const it = bench();
const STEPS = 11;
/** What the client asks the servers behind the browser's back. */
const BACK = ['token', 'introspect', 'userinfo', 'jwks', 'metadata', 'api'];

const title = (page) => page.locator('.step-title').innerText();
const parameters = (address) => new URL(address, it.system.issuer).searchParams;
const header = (message, wanted) => message.headers.find(([name]) => name === wanted)?.[1];

for (const pkce of ['on', 'off']) {
  test(`all eleven steps are shown with the bytes that a proxy saw, PKCE ${pkce}`, async () => {
    const proxy = await recordingProxy();
    try {
      const page = await open(it, pkce === 'on' ? 'explore' : 'explore?pkce=off', { proxy: proxy.options });
      await choose(page, 'In my browser');
      const tab = page.context().waitForEvent('page');
      const { flow, state } = await run(page, () => logIn(page), async () => {
        await signIn(await tab, ALICE);
        await approve(await tab, `${it.system.webApp}/notebook`);
      });
      assert.equal(state, 'done');
      // A window behind another one draws once a second.
      await page.bringToFront();
      const { exchanges } = await recording(page, flow);
      const front = compareFront(exchanges, proxy.seen);
      compareBack(exchanges, front, pkce === 'on');
      assert.equal(proxy.seen.some(({ url }) => new URL(url).pathname === '/token'), false, 'the back channel is not the browser’s');
      await shown(page, front);
      assert.deepEqual(page.complaints, []);
    } finally {
      proxy.stop();
    }
  });
}

/** Every message of the front channel, as two witnesses have it; gives what the proxy has of them. */
function compareFront(exchanges, seen) {
  const left = [...seen];
  const pairs = exchanges.filter(({ endpoint }) => !BACK.includes(endpoint)).map(({ request, response }) => {
    const url = `http://${header(request, 'host')}${request.target}`;
    const index = left.findIndex((one) => one.method === request.method && one.url === url);
    assert.ok(index >= 0, `${request.method} ${request.target} went through no proxy`);
    const [other] = left.splice(index, 1);
    for (const [name, value] of request.headers.filter(([name]) => name !== 'connection')) {
      assert.equal(other.headers[name], value, `${request.target} ${name}`);
    }
    assert.equal(unsaid(request.body ?? ''), unsaid(other.body));
    assert.equal(response.status, other.status);
    assert.equal(header(response, 'location'), other.came.location);
    assert.deepEqual(response.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value), other.came['set-cookie'] ?? []);
    if (response.body !== null) assert.equal(response.body, other.answer);
    return other;
  });
  assert.ok(pairs.length >= 6, `${pairs.length} exchanges of the front channel`);
  return pairs;
}

/** Passwords are the one thing that the recorder leaves out. */
const unsaid = (form) => form.replace(/password=[^&]*/, 'password=');

/** What the token endpoint got must follow from what the browser carried. */
function compareBack(exchanges, front, pkce) {
  const asked = parameters(front.find(({ url }) => url.includes('/authorize?')).url);
  const back = parameters(front.find(({ url }) => /\/callback(\/legacy)?\?/.test(url)).url);
  const { request, response } = exchanges.find(({ endpoint }) => endpoint === 'token');
  const form = new URLSearchParams(request.body);
  assert.equal(form.get('grant_type'), 'authorization_code');
  assert.equal(form.get('code'), back.get('code'));
  assert.equal(form.get('redirect_uri') ?? asked.get('redirect_uri'), asked.get('redirect_uri'));
  if (pkce) {
    assert.equal(createHash('sha256').update(form.get('code_verifier')).digest('base64url'), asked.get('code_challenge'));
  } else {
    assert.deepEqual([form.has('code_verifier'), asked.has('code_challenge')], [false, false]);
    assert.ok(form.has('client_secret') || header(request, 'authorization')?.startsWith('Basic '), 'a confidential client says its secret');
  }
  const { access_token: token } = JSON.parse(response.body);
  const api = exchanges.find(({ endpoint }) => endpoint === 'api');
  assert.equal(header(api.request, 'authorization'), `Bearer ${token}`);
}

/** Each step was seen and shows its bytes: those of the front channel as the proxy had them. */
async function shown(page, front) {
  const rows = page.locator('.score-row');
  assert.equal(await rows.count(), STEPS);
  for (let step = 1; step <= STEPS; step += 1) {
    await goTo(page, String(step));
    assert.match(await rows.nth(step - 1).getAttribute('class'), /is-seen/, `step ${step}`);
    assert.ok(await page.locator('.bytes .message').count() > 0, `step ${step} shows no bytes`);
  }
  const asked = front.find(({ url }) => url.includes('/authorize?'));
  const back = front.find(({ url }) => /\/callback(\/legacy)?\?/.test(url));
  for (const [step, { method, url }] of [['3', asked], ['7', back]]) {
    await goTo(page, step);
    const { pathname, search } = new URL(url);
    assert.equal((await raw(page)).split('\n')[0].trim(), `${method} ${pathname}${search} HTTP/1.1`);
  }
}

test('a guided login holds each real message until the reader lets it go, and a second press means no more', async () => {
  const page = await open(it);
  await choose(page, 'Guided');
  const { id } = await begun(page, () => logIn(page));
  try {
    await follow(page, id);
    const go = page.getByRole('button', { name: 'Let it go' });
    const steps = [];
    for (let message = await nextHeld(page, null); message !== 'over'; message = await nextHeld(page, message)) {
      await go.waitFor();
      steps.push(Number(await page.locator('.score-row button[aria-current="step"] .chip').innerText()));
      // Both before the page has heard of what the first one did.
      await go.evaluate((button) => { button.click(); button.click(); });
    }
    const { state, flow } = await ended(page, id);
    assert.equal(state, 'done');
    assert.ok(new Set(steps).size >= 8, `held at steps ${steps}`);
    const { exchanges } = await recording(page, flow);
    assert.equal(steps.length, exchanges.length * 2, 'each request and each answer is held, and none goes with another');
    await at(page, '11');
    assert.deepEqual(page.complaints, []);
  } finally {
    await order(it, `runs/${id}/cancel`).catch(() => null);
  }
});

/** Keeps in the page which message of a run is held, by the explorer's own events. */
const follow = (page, id) => page.evaluate((run) => {
  const source = new EventSource('/explore/api/events');
  source.addEventListener('exchange', ({ data }) => {
    const exchange = JSON.parse(data);
    if (exchange.run === run) globalThis.held = exchange.held && `${exchange.held} ${exchange.id}`;
  });
  source.addEventListener('run', ({ data }) => {
    const { id, state } = JSON.parse(data);
    if (id === run && state === 'done') globalThis.held = 'over';
  });
}, id);

/** The message that is held next, after another one; or that the run is over. */
async function nextHeld(page, before) {
  const found = await page.waitForFunction((other) => globalThis.held !== other && globalThis.held, before);
  return found.jsonValue();
}

test('a run that is over before the page hears that it began is over on the page too', async () => {
  const page = await open(it);
  await page.route('**/explore/api/runs', async (route) => {
    const answer = await route.fetch();
    await over(page, (await answer.json()).id);
    await route.fulfill({ response: answer });
  });
  const { state } = await run(page, () => logIn(page));
  assert.equal(state, 'done');
  assert.deepEqual(page.complaints, []);
});

test('a link shows a colleague the same step with the same bytes, whatever was run since', async () => {
  const page = await open(it, 'explore?read=developer');
  await run(page, () => logIn(page));
  await goTo(page, '8');
  const told = await title(page);
  const bytes = await raw(page);
  assert.match(bytes, /^POST \/token HTTP\/1\.1\r?\n/);
  const link = page.url().slice(it.system.issuer.length + 1);
  await run(page, () => logIn(page));
  const other = await open(it, link);
  await other.locator('.bytes .message').first().waitFor();
  assert.equal(await title(other), told);
  assert.equal(await raw(other), bytes);
  assert.deepEqual(other.complaints, []);
});

test('keys go through the steps, the address follows, and the back button leads back', async () => {
  const page = await open(it);
  for (const [key, step] of [['ArrowRight', '2'], ['End', '11'], ['ArrowLeft', '10'], ['Home', '1'], ['ArrowDown', '2']]) {
    await page.keyboard.press(key);
    await at(page, step);
    assert.equal(parameters(page.url()).get('step'), step);
  }
  await page.goBack();
  await at(page, '1');
  await page.keyboard.press(' ');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.keyboard.press(' ');
  await page.getByRole('button', { name: 'Play' }).waitFor();
});

test('the hash is computed before the reader’s eyes, and one other character breaks it', async () => {
  const page = await open(it);
  await run(page, () => logIn(page));
  const verdict = page.locator('.lab-verdict');
  assert.match(await verdict.innerText(), /^The same/);
  await page.getByRole('button', { name: 'Change one character' }).click();
  assert.match(await verdict.innerText(), /^Not the same.*pkce\.verifier_matches/s);
  await page.getByRole('button', { name: 'Put it back' }).click();
  assert.match(await verdict.innerText(), /^The same/);
});

test('the same step is told in three ways', async () => {
  const page = await open(it);
  await run(page, () => logIn(page));
  await goTo(page, '9');
  await choose(page, 'Auditor');
  assert.ok(await page.locator('.step .rule-list .rule').count() > 15);
  assert.ok(await page.locator('.step code', { hasText: 'pkce.verifier_matches' }).count() > 0);
  await choose(page, 'Developer');
  assert.match(await page.locator('.step .start').first().innerText(), /^200 OK/);
  await choose(page, 'Learner');
  assert.match(await page.locator('.words-why').innerText(), /The comparison ties/);
});

test('side by side, only what differs is marked, and one attack runs on both', async () => {
  const page = await open(it, 'explore?view=compare');
  const table = page.locator('.compare-table');
  const both = page.getByRole('button', { name: 'Run both' });
  await both.click();
  await table.filter({ hasText: 'only with PKCE' }).waitFor();
  assert.match(await table.innerText(), /code_challenge/);
  await both.waitFor();
  await page.selectOption('#compare-attack', 'stolen-code');
  await both.click();
  await page.locator('.verdict.is-stopped', { hasText: 'pkce.verifier_matches' }).waitFor();
  await page.locator('.verdict.is-lost').waitFor();
  assert.deepEqual(page.complaints, []);
});

for (const [table, steps] of [['silent', 7], ['step-up', 9], ['logout', 9]]) {
  test(`every step of ${table} is seen`, async () => {
    const page = await open(it, `explore?table=${table}`);
    assert.equal(await page.getByText('In my browser').isVisible(), table !== 'logout', 'offered where it can be done');
    const { state, trouble } = await run(page, () => logIn(page));
    assert.deepEqual([state, trouble], ['done', null]);
    const rows = page.locator('.score-row.is-seen');
    // A logout token travels beside everything else, and may come last.
    await rows.nth(steps - 1).waitFor();
    assert.equal(await page.locator('.score-row').count(), steps);
    assert.deepEqual(page.complaints, []);
  });
}

test('who logs out everywhere by hand is signed out at the server and back at the app', async () => {
  const page = await open(it, 'explore');
  await logInToWebApp(page, it.system);
  await page.click('#confirm');
  await page.fill('#password', ALICE.password);
  await page.click('#sign-in');
  await page.waitForURL(`${it.system.webApp}/notebook`);
  await page.locator('.events li', { hasText: 'You confirmed that it is you' }).waitFor();
  await page.click('#logout-everywhere');
  // The page with the frames goes on by itself.
  await page.waitForURL(`${it.system.webApp}/logged-out?state=*`);
  await page.goto(`${it.system.webApp}/login?ask=silent`);
  await page.getByRole('heading', { name: 'Not without asking you' }).waitFor();
  assert.deepEqual(page.complaints, []);
});
