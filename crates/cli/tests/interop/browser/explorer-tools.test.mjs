// What the explorer's other buttons do: faults on order, the clock, files to take along and to open again.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { start } from '../_shared/system.mjs';
import { ALICE, approve, bench, goTo, logIn, open, order, recording, run, signIn } from './support.mjs';

const it = bench();
let folder;
before(async () => { folder = await mkdtemp(join(tmpdir(), 'countersign-files-')); });
after(() => rm(folder, { recursive: true, force: true }));

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const tokens = ({ exchanges }, grant) => exchanges.filter(({ endpoint, request }) => endpoint === 'token' && request.body.includes(`grant_type=${grant}`));
const form = ({ request }) => new URLSearchParams(request.body);

/** Logs in by the page's button; gives what the recorder has of it. */
async function loggedIn(page) {
  const { flow, state, trouble } = await run(page, () => logIn(page));
  assert.equal(state, 'done', trouble);
  return recording(page, flow);
}

/** Saves what is shown by a button of the page; gives the file's path. */
async function save(page, name) {
  const [file] = await Promise.all([page.waitForEvent('download'), press(page, name)]);
  const path = join(folder, `${Math.random().toString(36).slice(2)}-${file.suggestedFilename()}`);
  await file.saveAs(path);
  return path;
}

test('a lost answer to a refresh is asked for again with the old token, and is the same', async () => {
  const page = await open(it, 'explore?table=refresh');
  const lose = page.getByRole('switch', { name: 'Lose the answer to the next refresh' });
  await lose.click();
  await page.locator('[role="switch"][aria-checked="true"]', { hasText: 'Lose the answer' }).waitFor();
  const { flow, state } = await run(page, () => logIn(page));
  assert.equal(state, 'done');
  const [first, second, ...more] = tokens(await recording(page, flow), 'refresh_token');
  assert.deepEqual(more, []);
  assert.deepEqual([first.lost, second.lost], [true, false]);
  assert.equal(form(second).get('refresh_token'), form(first).get('refresh_token'));
  assert.equal(JSON.parse(second.response.body).refresh_token, JSON.parse(first.response.body).refresh_token);
  await page.locator('[role="switch"][aria-checked="false"]', { hasText: 'Lose the answer' }).waitFor();
});

test('keys arrive late when they are told to, and whoever waits gets them', async () => {
  const page = await open(it);
  await order(it, 'faults/delay-jwks', { on: true, seconds: 1 });
  const began = performance.now();
  const { keys } = await (await fetch(`${it.system.issuer}/jwks`)).json();
  assert.ok(performance.now() - began >= 1000);
  assert.ok(keys.length > 0);
  await page.locator('.segments label', { hasText: 'at once' }).click();
  await page.waitForFunction(async () => (await (await fetch('/explore/api/faults')).json()).delay_jwks === 0);
});

test('after the keys were rotated a login is signed with the new one, which the client fetches', async () => {
  const page = await open(it);
  const keyOf = (recorded) => {
    const { id_token: token } = JSON.parse(tokens(recorded, 'authorization_code')[0].response.body);
    return JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
  };
  const old = keyOf(await loggedIn(page));
  await press(page, 'Rotate the keys now');
  await page.getByText('The keys were rotated').waitFor();
  assert.notEqual(keyOf(await loggedIn(page)), old);
});

test('after the consent was revoked the user is asked again', async () => {
  const page = await open(it);
  const asked = ({ exchanges }) => exchanges.some(({ endpoint }) => endpoint === 'consent');
  await loggedIn(page);
  assert.equal(asked(await loggedIn(page)), false);
  await press(page, 'Revoke the consent now');
  await page.getByText('The consent is revoked').waitFor();
  assert.equal(asked(await loggedIn(page)), true);
});

test('the clock goes forward by page and by API, and a code expires without waiting', async () => {
  const page = await open(it);
  const user = await it.page();
  const { ahead: before } = await order(it, 'clock', { advance: 1 });
  await press(page, '+1 min');
  await page.getByText(/ahead\. It goes back/).waitFor();
  const { ahead } = await order(it, 'clock', { advance: 5 });
  assert.equal(ahead, before + 65);

  const query = new URLSearchParams({
    response_type: 'code', client_id: 'demo-spa', redirect_uri: `${it.system.spa}/callback`, scope: 'openid', state: 'a-state-of-this-test',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
  });
  const back = user.waitForRequest((request) => request.url().startsWith(`${it.system.spa}/callback?`));
  await user.goto(`${it.system.issuer}/authorize?${query}`);
  await signIn(user, ALICE);
  await Promise.race([user.locator('#allow').click().catch(() => null), back]);
  const code = new URL((await back).url()).searchParams.get('code');
  await order(it, 'clock', { advance: 70 });
  const answer = await fetch(`${it.system.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', client_id: 'demo-spa', redirect_uri: `${it.system.spa}/callback`, code, code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' }),
  });
  const said = await answer.json();
  assert.deepEqual([answer.status, said.error], [400, 'invalid_grant']);
  assert.match(said.error_description, /expired/);
});

test('a saved recording has no secret in it, keeps what belongs together, and opens again after the server has stopped', async () => {
  const page = await open(it);
  const recorded = await loggedIn(page);
  const [{ request, response }] = tokens(recorded, 'authorization_code');
  const given = JSON.parse(response.body);
  const sent = new URLSearchParams(request.body);
  const secrets = [given.access_token, given.refresh_token, given.id_token, sent.get('code'), sent.get('code_verifier'), sent.get('client_secret')].filter(Boolean);
  assert.ok(secrets.length >= 4);
  const path = await save(page, 'Recording');
  const text = await readFile(path, 'utf8');
  for (const secret of secrets) assert.equal(text.includes(secret), false, `${secret.slice(0, 8)}… is in the file`);
  const saved = JSON.parse(text);
  assert.equal(saved.masked, true);
  const code = form(tokens(saved, 'authorization_code')[0]).get('code');
  const called = saved.exchanges.find(({ endpoint }) => endpoint === 'callback').request.target;
  assert.equal(new URL(called, it.system.webApp).searchParams.get('code'), code, 'one value is masked the same way everywhere');

  const seen = await page.locator('.score-row.is-seen').count();
  const system = await start();
  const others = await Promise.all(['explore', 'inspect'].map((name) => open({ system, page: (options) => it.page(options) }, name)));
  await system.stop();
  for (const other of others) {
    await other.locator('#connection[data-state="lost"]').waitFor();
    await other.setInputFiles('#open-file', path);
    await other.locator('.notice-good', { hasText: 'as it was recorded' }).waitFor();
    assert.equal(await other.locator('.score-row.is-seen').count(), seen);
    await goTo(other, '8');
    assert.match(await other.locator('.step').innerText(), /csac_…[0-9a-f]{8}/);
    await save(other, 'SVG');
  }
});

test('a login is exported as HAR 1.2, Mermaid and SVG, each well formed', async () => {
  const page = await open(it);
  const { flow: { id } } = await loggedIn(page);
  const { log } = JSON.parse(await readFile(await save(page, 'HAR'), 'utf8'));
  const { exchanges } = await recording(page, id);
  assert.equal(log.version, '1.2');
  assert.equal(log.entries.length, exchanges.length, 'the file holds what the recorder put on this flow');
  assert.equal(typeof log.creator.name, 'string');
  for (const { request: { method, target, headers } } of exchanges) {
    const url = `http://${headers.find(([name]) => name === 'host')[1]}${target.split(/\?|csia_/)[0]}`;
    const there = log.entries.some(({ request }) => request.method === method && request.url.startsWith(url));
    assert.ok(there, `${method} ${url} is not in the HAR`);
  }
  for (const { startedDateTime, time, request, response, timings, cache } of log.entries) {
    assert.ok(Date.parse(startedDateTime) > 0 && time >= 0 && cache && timings.wait >= 0);
    assert.doesNotThrow(() => new URL(request.url));
    for (const part of [request, response]) {
      assert.ok(Array.isArray(part.headers) && Array.isArray(part.cookies));
      assert.deepEqual([typeof part.httpVersion, typeof part.headersSize, typeof part.bodySize], ['string', 'number', 'number']);
    }
    assert.ok(Array.isArray(request.queryString) && typeof response.status === 'number' && typeof response.content.mimeType === 'string');
  }
  const mermaid = await readFile(await save(page, 'Mermaid'), 'utf8');
  assert.match(mermaid, /^(---[\s\S]*?---\s*)?sequenceDiagram\n/);
  assert.ok(mermaid.match(/\w(-->>|->>|-\))\+?\w/g).length >= 11, mermaid);
  const drawn = await readFile(await save(page, 'SVG'), 'utf8');
  const root = await page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
    return [parsed.documentElement.nodeName, parsed.querySelectorAll('parsererror').length, parsed.querySelectorAll('text').length];
  }, drawn);
  assert.deepEqual(root.slice(0, 2), ['svg', 0]);
  assert.ok(root[2] >= 11);
});

test('a HAR that a browser saved is laid on the steps like a login of our own', async () => {
  const path = join(folder, 'browser.har');
  const user = await it.page({ recordHar: { path, content: 'embed' } });
  await user.goto(`${it.system.webApp}/login`);
  await signIn(user, ALICE);
  await approve(user, `${it.system.webApp}/notebook`);
  await user.context().close();
  const page = await open(it, 'inspect');
  await page.setInputFiles('#open-file', path);
  await page.locator('.notice-good', { hasText: 'browser.har' }).waitFor();
  await page.locator('#flow-head', { hasText: 'demo-web' }).waitFor();
  for (const step of [3, 7]) {
    const row = page.locator('.score-row', { has: page.locator(`.chip:text-is("${step}")`) });
    assert.match(await row.getAttribute('class'), /is-seen/, `step ${step}`);
  }
  assert.deepEqual(page.complaints, []);
});

test('a broken file is told as such, and the page goes on', async () => {
  const page = await open(it);
  for (const [name, text] of [['cut.json', '{"countersign_recording": 1, "flow": {'], ['other.json', '{"a": 1}'], ['empty.har', ''], ['none.har', '{"log": {"version": "1.2", "entries": []}}']]) {
    await writeFile(join(folder, name), text);
    await page.setInputFiles('#open-file', join(folder, name));
    const notice = page.locator('.notice-bad', { hasText: name });
    await notice.waitFor();
    const words = (await notice.locator('p').innerText()).replace(`${name} can't be opened.`, '').trim();
    assert.ok(words.length > 15 && !/undefined|TypeError/.test(words), words);
  }
  await loggedIn(page);
  assert.deepEqual(page.complaints, []);
});
