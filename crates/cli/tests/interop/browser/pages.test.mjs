// The server's own pages: accessible in both themes and on a phone, unframeable, clear about errors.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALICE, bench, logInToWebApp, overhang, signIn, violations } from './support.mjs';

const it = bench();

for (const colorScheme of ['light', 'dark']) {
  for (const width of [360, 1280]) {
    test(`every page of a login is accessible, ${colorScheme}, ${width} px`, async () => {
      const page = await it.page({ colorScheme, viewport: { width, height: 800 } });
      const check = async (name) => {
        assert.deepEqual(await violations(page), [], name);
        const wider = await overhang(page);
        assert.ok(wider <= 0, `${name} is ${wider} px wider than the screen`);
      };
      await page.goto(`${it.system.issuer}/`);
      await check('front page');
      await page.goto(`${it.system.webApp}/login?ask=consent`);
      await check('sign-in');
      await signIn(page, { ...ALICE, password: 'wrong' });
      await check('sign-in again');
      await signIn(page, ALICE);
      await check('consent');
      await page.click('#allow');
      await page.waitForURL(/notebook/);
      await page.goto(`${it.system.issuer}/account`);
      await check('account');
      await page.goto(`${it.system.issuer}/authorize?client_id=demo-web&redirect_uri=${it.system.webApp}/callback/`);
      await check('error');
      await page.goto(`${it.system.issuer}/sign-out`);
      await check('sign-out');
    });
  }
}

test('a redirect URI that differs by a slash is shown beside the registered one', async () => {
  const page = await it.page();
  await page.goto(`${it.system.issuer}/authorize?client_id=demo-web&redirect_uri=${it.system.webApp}/callback/`);
  assert.match(await page.title(), /Error/);
  const text = await page.locator('main').innerText();
  assert.match(text, /ends with a slash; the registered one does not/);
  assert.match(text, /authorize\.redirect_uri_registered/);
});

test('a frame around the sign-in page stays empty', async () => {
  const page = await it.page();
  await page.goto(`${it.system.spa}/`);
  const reply = await page.request.get(`${it.system.webApp}/login`);
  assert.match(reply.headers()['content-security-policy'], /frame-ancestors 'none'/);
  assert.equal(reply.headers()['x-frame-options'], 'DENY');
});

test('who begins on 127.0.0.1 and comes back on localhost is told so', async () => {
  const page = await it.page();
  const here = it.system.issuer.replace('localhost', '127.0.0.1');
  const query = new URLSearchParams({
    client_id: 'demo-spa', redirect_uri: `${it.system.spa}/callback`, response_type: 'code', scope: 'openid', state: 's',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
  });
  await page.goto(`${here}/authorize?${query}`);
  const lost = page.url().replace('127.0.0.1', 'localhost');
  await page.goto(lost);
  const text = await page.locator('main').innerText();
  assert.match(text, /127\.0\.0\.1/);
  assert.match(text, /localhost/);
});

test('an interaction opened in another browser is worth nothing', async () => {
  const page = await it.page();
  await page.goto(`${it.system.webApp}/login`);
  const stranger = await it.page();
  await stranger.goto(page.url());
  assert.equal(await stranger.locator('#username').count(), 0);
});

test('a form that another site posts does not sign anybody out', async () => {
  const page = await it.page();
  await logInToWebApp(page, it.system);
  await page.goto(`${it.system.spa}/`);
  await page.request.post(`${it.system.issuer}/sign-out`, { form: { csrf: 'guess' } });
  await page.goto(`${it.system.issuer}/account`);
  await page.getByRole('heading', { name: 'Alice Liddell' }).waitFor();
});
