// The demo single-page app: a public client whose every call crosses origins.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALICE, bench, signIn } from './support.mjs';

const it = bench();

async function logIn(page) {
  await page.goto(`${it.system.spa}/`);
  await page.click('#log-in');
  await page.locator('#username, #allow').first().waitFor();
  if (await page.locator('#username').isVisible()) await signIn(page, ALICE);
  await page.click('#allow');
  await page.locator('#inside').waitFor();
}

test('the app logs in by code and PKCE and shows data, with an empty address bar', async () => {
  const page = await it.page();
  await logIn(page);
  await page.getByText('Hello, Alice Liddell').waitFor();
  assert.equal(page.url(), `${it.system.spa}/`);
  assert.ok(await page.locator('#files li').count() > 0);
});

test('the app refreshes across origins', async () => {
  const page = await it.page();
  await logIn(page);
  const replies = [];
  page.on('response', (response) => { if (response.url().endsWith('/token')) replies.push(response); });
  await page.click('#refresh');
  await page.locator('#events li', { hasText: /refresh/i }).first().waitFor();
  assert.equal(replies.length, 1);
  assert.equal(replies[0].status(), 200);
  assert.equal(replies[0].headers()['access-control-allow-origin'], '*');
  assert.match(replies[0].headers()['cache-control'], /no-store/);
  await page.locator('#files button').first().click();
  await page.locator('#sheet').waitFor();
});

test('after the app revoked its token, its next call is refused and it says so', async () => {
  const page = await it.page();
  await logIn(page);
  await page.click('#revoke');
  await page.locator('#files button').first().click();
  await page.locator('#problem').waitFor();
});

test('a public client on loopback is asked for consent every time', async () => {
  const page = await it.page();
  await logIn(page);
  await page.goto(`${it.system.spa}/`);
  await page.click('#log-in');
  await page.locator('#allow').waitFor();
});

test('the authorization endpoint can be read by no script of another origin', async () => {
  const page = await it.page();
  await page.goto(`${it.system.spa}/`);
  const outcome = await page.evaluate(async (issuer) => {
    try {
      const reply = await fetch(`${issuer}/authorize?client_id=demo-spa`);
      return reply.status;
    } catch (error) {
      return String(error);
    }
  }, it.system.issuer);
  assert.match(String(outcome), /Failed to fetch/);
});
