// npm `oidc-client-ts` in a browser: what most single-page apps sign in with. The page is served here, as a site of its own.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import { ALICE, bench, signIn } from './support.mjs';

const it = bench();
const LIBRARY = createRequire(import.meta.url).resolve('oidc-client-ts').replace(/dist\/.*/, 'dist/browser/oidc-client-ts.min.js');
/** Access tokens live for five minutes; so this renews them within seconds. */
const RENEW_BEFORE_END = 298;
const SCOPE = 'openid profile email offline_access read:files';
const app = {};

/** The page: everything it does is the library's doing. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>An app</title>
<p id="who">nobody</p><p id="problem"></p>
<script src="/library.js"></script>
<script type="module">
  const settings = await (await fetch('/settings.json')).json();
  const users = new oidc.UserManager({ ...settings, userStore: new oidc.WebStorageStateStore({ store: sessionStorage }) });
  const show = (user) => { document.querySelector('#who').textContent = user ? user.profile.name : 'nobody'; };
  const seen = { loaded: 0, silentErrors: [], signedOut: 0 };
  users.events.addUserLoaded((user) => { seen.loaded += 1; show(user); });
  users.events.addUserUnloaded(() => show(null));
  users.events.addSilentRenewError((error) => seen.silentErrors.push(String(error)));
  Object.assign(globalThis, { users, seen });
  try {
    if (location.pathname === '/callback') {
      await users.signinRedirectCallback();
      history.replaceState(null, '', '/');
    }
    if (location.pathname === '/signed-out') {
      globalThis.cameBack = await users.signoutRedirectCallback();
      seen.signedOut += 1;
    }
    show(await users.getUser());
  } catch (error) {
    document.querySelector('#problem').textContent = error.error ?? String(error);
  }
  document.body.dataset.ready = 'yes';
</script>`;

/** Serves the app and registers it, once. */
async function serve() {
  const library = await readFile(LIBRARY);
  const answers = {
    '/library.js': () => ['text/javascript', library],
    '/settings.json': () => ['application/json', JSON.stringify(app.settings)],
  };
  const page = () => ['text/html', PAGE];
  app.server = createServer((asked, answer) => {
    const [type, body] = (answers[new URL(asked.url, app.address).pathname] ?? page)();
    answer.writeHead(200, { 'content-type': type }).end(body);
  });
  app.server.listen(0, '127.0.0.1');
  await once(app.server, 'listening');
  app.address = `http://127.0.0.1:${app.server.address().port}`;
  app.settings = {
    authority: it.system.issuer,
    redirect_uri: `${app.address}/callback`,
    post_logout_redirect_uri: `${app.address}/signed-out`,
    scope: SCOPE,
    resource: it.system.api,
    loadUserInfo: true,
    accessTokenExpiringNotificationTimeInSeconds: RENEW_BEFORE_END,
    automaticSilentRenew: false,
  };
  app.settings.client_id = await register();
}

after(() => {
  app.server?.closeAllConnections();
  app.server?.close();
});

/** The library does not register clients. */
async function register() {
  const { redirect_uri, post_logout_redirect_uri } = app.settings;
  const wanted = {
    client_name: 'An app with oidc-client-ts',
    redirect_uris: [redirect_uri],
    post_logout_redirect_uris: [post_logout_redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  };
  const answer = await fetch(`${it.system.issuer}/register`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wanted),
  });
  const said = await answer.json();
  assert.equal(answer.status, 201, JSON.stringify(said));
  return said.client_id;
}

/** Opens the app, with other settings where the test needs them. */
async function open(page, settings = {}) {
  await (app.served ??= serve());
  await page.route('**/settings.json', (route) => route.fulfill({ json: { ...app.settings, ...settings } }));
  await page.goto(app.address);
  await ready(page);
}

const ready = (page) => page.locator('body[data-ready=yes]').waitFor();

/** From the app to the server and back. */
async function logIn(page) {
  await page.evaluate(() => { globalThis.users.signinRedirect(); });
  await page.locator('#username, #allow').first().waitFor();
  if (await page.locator('#username').isVisible()) await signIn(page, ALICE);
  await page.click('#allow');
  await page.waitForURL(`${app.address}/**`);
  await ready(page);
}

const user = (page) => page.evaluate(() => globalThis.users.getUser());

/** What the API of the demo answers to the app's token. */
const files = (page, token) => page.evaluate(async ([api, bearer]) => {
  const answer = await fetch(`${api}/files`, { headers: { authorization: `Bearer ${bearer}` } });
  return answer.status;
}, [it.system.api, token]);

test('the app signs in, and knows the user by ID token and userinfo', async () => {
  const page = await it.page();
  await open(page);
  await logIn(page);
  assert.equal(await page.locator('#who').textContent(), 'Alice Liddell');
  assert.equal(page.url(), `${app.address}/`);
  const { profile, scope, access_token: token } = await user(page);
  assert.deepEqual([profile.email, profile.aud ?? app.settings.client_id], ['alice@example.com', app.settings.client_id]);
  assert.deepEqual(scope.split(' ').sort(), SCOPE.split(' ').sort());
  assert.equal(await files(page, token), 200);
});

test('the app renews silently by its refresh token, without a frame', async () => {
  const page = await it.page();
  await open(page);
  await logIn(page);
  const before = await user(page);
  const frames = [];
  page.on('frameattached', (frame) => frames.push(frame.url()));
  await page.evaluate(() => globalThis.users.signinSilent());
  const fresh = await user(page);
  assert.notEqual(fresh.access_token, before.access_token);
  assert.notEqual(fresh.refresh_token, before.refresh_token);
  assert.deepEqual([fresh.profile.sub, fresh.profile.name], [before.profile.sub, 'Alice Liddell']);
  assert.equal(await files(page, fresh.access_token), 200);
  assert.deepEqual(frames, []);
});

test('the app renews by itself before its token ends, and again', async () => {
  const page = await it.page();
  await open(page, { automaticSilentRenew: true });
  await logIn(page);
  const first = await user(page);
  await page.waitForFunction(() => globalThis.seen.loaded >= 3);
  const last = await user(page);
  assert.notEqual(last.refresh_token, first.refresh_token);
  assert.deepEqual(await page.evaluate(() => globalThis.seen.silentErrors), []);
  assert.equal(await files(page, last.access_token), 200);
});

test('the app signs out at the server, and comes back signed out', async () => {
  const page = await it.page();
  await open(page);
  await logIn(page);
  await page.evaluate(() => { globalThis.users.signoutRedirect({ state: 'kept by the library' }); });
  await page.waitForURL(`${app.address}/signed-out**`);
  await ready(page);
  assert.equal(await page.locator('#problem').textContent(), '');
  assert.equal(await user(page), null);
  assert.equal(await page.evaluate(() => globalThis.cameBack.userState), 'kept by the library');
  // The next sign-in asks for the password again.
  await page.evaluate(() => { globalThis.users.signinRedirect(); });
  await page.locator('#username').waitFor();
});

test('the app gives its tokens back', async () => {
  const page = await it.page();
  await open(page);
  await logIn(page);
  const { access_token: token, refresh_token: refresh } = await user(page);
  await page.evaluate(() => globalThis.users.revokeTokens(['refresh_token', 'access_token']));
  assert.equal(await files(page, token), 401);
  const again = await page.evaluate(async ([refreshed]) => {
    const user = await globalThis.users.getUser();
    await globalThis.users.storeUser(Object.assign(user, { refresh_token: refreshed }));
    return globalThis.users.signinSilent().then(() => 'renewed', (error) => error.error);
  }, [refresh]);
  assert.equal(again, 'invalid_grant');
});

test('a user who says no, and a state that nobody began, are errors that the app shows', async () => {
  const page = await it.page();
  await open(page);
  await page.evaluate(() => { globalThis.users.signinRedirect(); });
  await signIn(page, ALICE);
  await page.click('#deny');
  await page.waitForURL(`${app.address}/**`);
  await ready(page);
  assert.equal(await page.locator('#problem').textContent(), 'access_denied');
  await page.goto(`${app.address}/callback?code=forged&state=forged`);
  await ready(page);
  assert.match(await page.locator('#problem').textContent(), /No matching state/);
});
