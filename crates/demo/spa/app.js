// What the buttons do. The OAuth part is in session.js, the page in view.js.

import { Session } from '/assets/session.js';
import { AccessEnded, explain } from '/assets/errors.js';
import * as view from '/assets/view.js';

let session = null;

async function start() {
  const callback = location.pathname === '/callback' ? new URL(location.href) : null;
  // First of all: code and state leave the address bar and the tab's history.
  if (callback) history.replaceState(null, '', '/');
  view.busy('One moment…');
  session = await Session.open(view.event);
  view.find('issuer').href = `${session.issuer}/`;
  view.find('account').href = `${session.issuer}/account`;
  if (!callback) {
    view.show('welcome');
    return;
  }
  await session.finish(callback);
  await enter();
}

async function enter() {
  tokens();
  view.claims(session.claims);
  view.hello(await session.name());
  view.shelf(session.may('read:profile') ? await session.api('/profile') : null);
  view.files(session.may('read:files') ? (await session.api('/files')).files : null, open);
  view.sheet(null);
  view.show('inside');
}

async function open(name, button) {
  if (button.getAttribute('aria-expanded') === 'true') {
    view.sheet(null);
    return;
  }
  await guarded(button, async () => {
    const file = await session.api(`/files/${encodeURIComponent(name)}`);
    view.sheet(file, button);
    tokens();
  });
}

function tokens() {
  view.scopes(session.scopes);
  view.lifetime(session.endsAt);
  view.find('refresh').disabled = !session.canRefresh;
}

/** Runs what a button does: disabled meanwhile, and with words if it fails. */
async function guarded(button, act) {
  button.disabled = true;
  try {
    await act();
  } catch (error) {
    fail(error);
  } finally {
    button.disabled = false;
  }
}

function fail(error) {
  if (error instanceof AccessEnded) session?.forget();
  view.problem(explain(error));
}

function on(id, act) {
  const button = view.find(id);
  button.addEventListener('click', () => guarded(button, act));
}

/** A sign-in; the settings may not have been read yet, if that failed before. */
async function begin(options) {
  session ??= await Session.open(view.event);
  await session.begin(options);
}

on('log-in', () => begin());
on('problem-again', () => begin());
on('ask-again', () => begin({ askAgain: true }));
on('refresh', async () => {
  await session.refresh();
  tokens();
});
on('revoke', () => session.revoke());
on('sheet-close', async () => view.sheet(null));
on('log-out', async () => {
  try {
    await session.revoke();
  } finally {
    session.forget();
    location.assign('/');
  }
});
setInterval(() => session?.endsAt && view.lifetime(session.endsAt), 1000);

start().catch(fail);
