// The demo web app, as a person uses it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALICE, BOB, approve, bench, logInToWebApp, signIn, violations } from './support.mjs';

const it = bench();

test('a person logs in, approves, and sees data of the resource server', async () => {
  const page = await it.page();
  const addresses = [];
  page.on('request', (request) => addresses.push(request.url()));
  await logInToWebApp(page, it.system);
  await page.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
  assert.ok(await page.locator('.notes li a').count() > 0);
  // M2: tokens never travel in the address bar; M3: neither does the verifier.
  for (const address of addresses) {
    assert.doesNotMatch(address, /access_token|id_token|refresh_token|code_verifier|eyJ/);
  }
});

test('the client never sees the password', async () => {
  const page = await it.page();
  const posts = [];
  page.on('request', (request) => posts.push([request.url(), request.postData() ?? '']));
  await logInToWebApp(page, it.system);
  for (const [url, body] of posts.filter(([, body]) => body.includes('wonderland'))) {
    assert.ok(url.startsWith(it.system.issuer), `${url} got ${body}`);
  }
});

test('a scope that is unticked is not granted, and the app copes', async () => {
  const page = await it.page();
  await page.goto(`${it.system.webApp}/login?ask=consent`);
  await signIn(page, ALICE);
  await page.uncheck('[name="scope:read:files"]');
  await page.click('#allow');
  await page.getByText("You didn't let Fernbook see your files").waitFor();
  await page.getByRole('link', { name: 'Ask again' }).first().click();
  await page.click('#allow');
  await page.locator('.notes li a').first().waitFor();
});

test('access that is revoked on the account page is refused at the next call', async () => {
  const page = await it.page();
  await logInToWebApp(page, it.system);
  await page.goto(`${it.system.issuer}/account`);
  await page.getByRole('button', { name: /Revoke/ }).first().click();
  await page.getByText('Fernbook').waitFor({ state: 'detached' });
  await page.goto(`${it.system.webApp}/notebook`);
  await page.getByText('Your access was taken back').waitFor();
});

test('the account page opens the app, which signs the person in by itself', async () => {
  const page = await it.page();
  await logInToWebApp(page, it.system);
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await page.getByRole('heading', { name: 'You are logged out' }).waitFor();
  await page.goto(`${it.system.issuer}/account`);
  const link = page.getByRole('link', { name: 'Open the app Fernbook', exact: true });
  assert.equal(await link.getAttribute('href'),
    `${it.system.webApp}/initiate-login?iss=${encodeURIComponent(it.system.issuer)}`);
  const [app] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
  await app.waitForURL(`${it.system.webApp}/notebook`);
  await app.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
});

test('a page of another site begins a sign-in by a form, and chooses neither provider nor site', async () => {
  const page = await it.page();
  const form = (fields) => page.setContent(`<form method="post" action="${it.system.webApp}/initiate-login">${
    Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join('')
  }<button>Go</button></form>`);
  const go = () => page.getByRole('button', { name: 'Go' }).click();
  const target = `${it.system.webApp}/notebook/letter-to-the-moon.txt`;
  await form({ iss: it.system.issuer, login_hint: ALICE.username, target_link_uri: target });
  await go();
  await page.locator('#username').waitFor();
  assert.equal(await page.inputValue('#username'), ALICE.username);
  await signIn(page, ALICE);
  await approve(page, target);
  await page.getByText('Dear Moon').waitFor();
  for (const [name, value] of [['iss', 'https://evil.example'], ['target_link_uri', 'https://evil.example/']]) {
    await form({ iss: it.system.issuer, [name]: value });
    await go();
    await page.getByRole('heading', { name: 'Fernbook does not follow this link' }).waitFor();
    assert.deepEqual(await violations(page), []);
  }
});

test('a refresh brings new tokens and keeps the person logged in', async () => {
  const page = await it.page();
  await logInToWebApp(page, it.system);
  const before = await page.locator('dd code').nth(1).textContent();
  await page.getByRole('button', { name: 'Refresh token now' }).click();
  await page.waitForLoadState();
  assert.notEqual(await page.locator('dd code').nth(1).textContent(), before);
  await page.locator('.notes li a').first().click();
  await page.waitForURL(/notebook\/.+/);
});

test('a wrong password is told without telling whether the account exists', async () => {
  const page = await it.page();
  const messages = [];
  for (const username of ['alice', 'nobody-of-that-name']) {
    await page.goto(`${it.system.webApp}/login`);
    await signIn(page, { username, password: 'guess' });
    messages.push(await page.getByText("That username and password don't match").textContent());
    assert.equal(await page.inputValue('#username'), username);
    assert.equal(await page.inputValue('#password'), '');
  }
  assert.equal(messages[0], messages[1]);
  await signIn(page, ALICE);
  await approve(page, `${it.system.webApp}/notebook`);
});

test('the back button after consent shows that the sign-in is over, and the app still works', async () => {
  const page = await it.page();
  await logInToWebApp(page, it.system);
  await page.goBack();
  await page.goBack().catch(() => null);
  await page.goto(`${it.system.webApp}/notebook`);
  await page.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
});

test('two tabs sign in side by side and neither disturbs the other', async () => {
  const first = await it.page();
  const second = await first.context().newPage();
  await first.goto(`${it.system.webApp}/login?ask=consent`);
  await second.goto(`${it.system.webApp}/login?ask=consent`);
  await signIn(first, ALICE);
  await first.locator('#allow').waitFor();
  // The second tab still shows the password page that it opened before; its form must go on working.
  await signIn(second, ALICE);
  await second.click('#allow');
  await second.waitForURL(`${it.system.webApp}/notebook`);
  await first.click('#allow');
  await first.waitForURL(`${it.system.webApp}/notebook`);
});

test('two accounts live in one browser, and the person chooses', async () => {
  const page = await it.page();
  await logInToWebApp(page, it.system, ALICE);
  await page.goto(`${it.system.webApp}/login?ask=account`);
  await page.getByRole('link', { name: 'Use another account' }).click();
  await signIn(page, BOB);
  await approve(page, `${it.system.webApp}/notebook`);
  await page.getByRole('heading', { name: 'Hello, Bob Carpenter' }).waitFor();
  await page.goto(`${it.system.webApp}/login?ask=account`);
  await page.getByRole('button', { name: /Alice Liddell/ }).click();
  await page.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
});

test('who denies goes back to the app, which says so', async () => {
  const page = await it.page();
  await page.goto(`${it.system.webApp}/login?ask=consent`);
  await signIn(page, ALICE);
  await page.click('#deny');
  await page.waitForURL(new RegExp(`^${it.system.webApp}`));
  assert.match(await page.locator('main').innerText(), /didn.t|not|denied/i);
});

test('the older way without PKCE works for the one client that may', async () => {
  const page = await it.page();
  await page.goto(`${it.system.webApp}/login?pkce=off`);
  assert.doesNotMatch(page.url(), /code_challenge/);
  await signIn(page, ALICE);
  await approve(page, `${it.system.webApp}/notebook`);
  await page.getByText('without PKCE').first().waitFor();
});

test('everything works without JavaScript', async () => {
  const page = await it.page({ javaScriptEnabled: false });
  await logInToWebApp(page, it.system);
  await page.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
  await page.goto(`${it.system.issuer}/account`);
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await page.locator('#username').waitFor();
});

test('signing out asks first, then says that it is done', async () => {
  const page = await it.page();
  await logInToWebApp(page, it.system);
  await page.goto(`${it.system.issuer}/sign-out`);
  await page.locator('#stay').waitFor();
  await page.click('#sign-out');
  await page.getByRole('heading', { name: 'Signed out' }).waitFor();
  await page.goto(`${it.system.issuer}/account`);
  await page.locator('#username').waitFor();
});
