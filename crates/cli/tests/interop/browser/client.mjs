// A client without a library, so that it can do everything wrong; and a program of the user's that waits for the answer.

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { ALICE, approve, signIn } from './support.mjs';

export const random = () => randomBytes(32).toString('base64url');
export const challengeOf = (verifier, encoding = 'base64url') => createHash('sha256').update(verifier).digest(encoding);

/** A server on loopback that a client is called back at. */
export async function landing() {
  const server = createServer((_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<title>Back</title>'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => { server.closeAllConnections(); server.close(); };
  return { address: `http://127.0.0.1:${server.address().port}/callback`, stop };
}

/** Registers a client at the server. */
export async function register(issuer, redirectUri, method = 'none', more = {}) {
  const wanted = { client_name: 'A client by hand', redirect_uris: [redirectUri], token_endpoint_auth_method: method, scope: 'openid profile read:files', grant_types: ['authorization_code', 'refresh_token'], ...more };
  const answer = await fetch(`${issuer}/register`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wanted) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(said));
  return said;
}

/** A login: the right values, of which each test makes some wrong. `undefined` leaves a parameter out. */
export function login({ issuer }, client, redirectUri, wrong = {}) {
  const verifier = random();
  const asked = {
    response_type: 'code', client_id: client.client_id, redirect_uri: redirectUri, scope: 'openid profile', state: random(), nonce: random(),
    code_challenge: challengeOf(verifier), code_challenge_method: 'S256', ...wrong,
  };
  const said = Object.entries(asked).filter(([, value]) => value !== undefined);
  return { verifier, asked, address: `${issuer}/authorize?${new URLSearchParams(said)}` };
}

/** The user's part: signs in where that is asked, approves, and is led back; gives the code. */
export async function codeFor(page, address, landing) {
  await page.goto(address);
  if (await page.locator('#username').isVisible()) await signIn(page, ALICE);
  await approve(page, (url) => url.href.startsWith(landing));
  return new URL(page.url()).searchParams.get('code');
}

/** The token request; `form` and `headers` over what is right. */
export async function redeem({ issuer }, { form, headers = {}, body }) {
  const answer = await fetch(`${issuer}/token`, { method: 'POST', headers, body: body ?? new URLSearchParams({ grant_type: 'authorization_code', ...form }) });
  return { status: answer.status, said: await answer.json() };
}

/** What a mistake is made with: a client, its user, the address that it is called back at. */
export function atHand(system, { client, user, back }) {
  const verifier = random();
  const named = client.client_secret ? {} : { client_id: client.client_id };
  const at = {
    client, verifier,
    basic: { authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}` },
    /** To the code; parameters that are given are sent instead of the right ones. */
    async begin(wrong) {
      const started = login(system, client, back, wrong);
      return { ...started, code: await codeFor(user, started.address, back) };
    },
    send: (form, rest = {}) => redeem(system, { form: sayable({ redirect_uri: back, ...named, ...form }), ...rest }),
    /** To the tokens. */
    async logIn(wrong) {
      const { code, verifier: right } = await at.begin(wrong);
      const { status, said } = await at.send({ code, code_verifier: right });
      if (status !== 200) throw new Error(JSON.stringify(said));
      return said;
    },
  };
  return at;
}

const sayable = (form) => Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined));
