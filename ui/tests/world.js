// Whole logins for tests, good and refused ones, and what the model says of them.

import assert from 'node:assert/strict';
import { diagnose } from '../model/diagnose/index.js';
import { lint } from '../model/lint/index.js';
import { challengeOf } from '../model/pkce.js';
import { API, APP, AS, exchange, flowFrom, FORM, form, JSON_TYPE, jwt, random, T0, tables } from './messages.js';

/** @import { Exchange, Finding, Flow, Pairs } from '../types.d.ts' */
/** @import { Context } from '../model/diagnose/case.js' */

export * from './messages.js';

/**
 * @typedef {object} Login
 * @property {string} [seed]
 * @property {string} [flow]
 * @property {string} [client]
 * @property {Record<string, string | undefined>} [ask]  parameters of the authorization request, over the usual ones
 * @property {Record<string, string | undefined>} [redeem]  parameters of the token request, over the usual ones
 * @property {number} [at]
 * @property {boolean} [seen]  whether the client is in sight; it is, if left out
 */

/**
 * What a good login looks like: every message of Fernbook's, in order.
 * @param {Login} [options]
 */
export function login({
  seed = 'a',
  flow = 'f1',
  client = 'demo-web',
  ask = {},
  redeem = {},
  at = T0,
  seen = true,
} = {}) {
  const verifier = random(`verifier ${seed}`);
  const code = `csac_${random(`code ${seed}`)}abcd`;
  const redirect = ask['redirect_uri'] ?? `http://${APP}/callback`;
  const request = {
    response_type: 'code',
    client_id: client,
    redirect_uri: redirect,
    state: random(`state ${seed}`),
    nonce: random(`nonce ${seed}`),
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    scope: 'openid profile read:files',
    resource: `http://${API}`,
    ...ask,
  };
  const [page, cookie] = [
    `/interaction/csia_${random(`page ${seed}`)}abcd`,
    `countersign=csbr_${random(`browser ${seed}`)}abcd`,
  ];
  const back = `${redirect}?${form({ code, state: request.state, iss: `http://${AS}` })}`;
  const token = {
    access_token: `csat_${random(`access ${seed}`)}abcd`,
    token_type: 'Bearer',
    expires_in: 300,
    refresh_token: `csrt_${random(`refresh ${seed}`)}abcd`,
    id_token: jwt({
      iss: `http://${AS}`,
      sub: 'u1',
      aud: client,
      exp: at / 1000 + 300,
      iat: at / 1000,
      nonce: request.nonce,
    }),
    scope: request.scope,
  };
  const app = /** @type {const} */ ({ site: 'web_app', host: APP });
  const address = `/authorize?${form(request)}`;
  /** @type {Parameters<typeof exchange>[0][]} */
  const all = [
    ...(seen
      ? [
          {
            ...app,
            endpoint: 'login',
            target: '/login',
            status: 303,
            back: /** @type {Pairs} */ ([
              ['location', `http://${AS}${address}`],
              ['set-cookie', `fernbook_browser=${random(`fern ${seed}`)}; Path=/; HttpOnly; SameSite=Lax`],
            ]),
          },
        ]
      : []),
    {
      endpoint: 'authorize',
      target: address,
      status: 303,
      back: [
        ['location', page],
        ['set-cookie', `${cookie}; Path=/; HttpOnly; SameSite=Lax`],
      ],
      client_id: client,
      checks: [{ rule: 'pkce.challenge_present', ok: true, by: 'Authorization Server' }],
    },
    {
      endpoint: 'interaction',
      target: page,
      headers: [['cookie', cookie]],
      back: [['content-type', 'text/html; charset=utf-8']],
      answer: '<!doctype html><title>Sign in</title>',
    },
    {
      endpoint: 'sign-in',
      method: 'POST',
      target: `${page}/sign-in`,
      headers: [['cookie', cookie], ...FORM],
      body: form({ csrf: random(`csrf ${seed}`), username: 'alice', password: '•••' }),
      status: 303,
      back: [['location', page]],
    },
    {
      endpoint: 'consent',
      method: 'POST',
      target: `${page}/consent`,
      headers: [['cookie', cookie], ...FORM],
      body: form({ csrf: random(`csrf ${seed}`), decision: 'allow' }),
      status: 303,
      back: [['location', back]],
      checks: [{ rule: 'authorize.user_approved', ok: true, by: 'Authorization Server' }],
    },
    ...(seen
      ? [
          {
            ...app,
            endpoint: 'callback',
            target: back.slice(`http://${APP}`.length),
            headers: /** @type {Pairs} */ ([['cookie', `fernbook_browser=${random(`fern ${seed}`)}`]]),
            status: 303,
            back: /** @type {Pairs} */ ([
              ['location', '/notebook'],
              ['set-cookie', `fernbook_session=${random(`session ${seed}`)}; Path=/; HttpOnly`],
            ]),
          },
        ]
      : []),
    {
      endpoint: 'token',
      method: 'POST',
      target: '/token',
      headers: [['authorization', `Basic ${btoa(`${client}:secret-of-the-web-app`)}`], ...FORM],
      body: form({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirect,
        code_verifier: verifier,
        ...redeem,
      }),
      answer: JSON.stringify(token),
      back: JSON_TYPE,
      client_id: client,
      checks: [
        { rule: 'pkce.verifier_matches', ok: true, by: 'Authorization Server' },
        { rule: 'code.single_use', ok: true, by: 'Authorization Server' },
      ],
    },
    {
      site: 'resource_server',
      host: API,
      endpoint: 'api',
      target: '/files',
      headers: [['authorization', `Bearer ${token.access_token}`]],
      answer: '{"files":[{"name":"map.txt"}]}',
      back: JSON_TYPE,
    },
  ];
  return all.map((parts, index) => exchange({ ...parts, id: index + 1, flow, at: at + index * 100 }));
}

/**
 * A login whose exchange of that endpoint was refused by that rule; what comes after it is left out.
 * @param {string} endpoint
 * @param {string} rule
 * @param {Login & { detail?: string, error?: string, edit?: (exchange: Exchange) => Exchange }} [options]
 */
export function refusedLogin(
  endpoint,
  rule,
  { detail, error = 'invalid_grant', edit = (one) => one, ...options } = {},
) {
  const all = login(options);
  const at = all.findIndex((one) => one.endpoint === endpoint);
  const found = all[at];
  if (!found) throw new Error(`no ${endpoint}`);
  const answer = JSON.stringify({ error, error_description: 'no', trace_id: 'trace-1' });
  const refused = edit({
    ...found,
    response: { status: 400, headers: JSON_TYPE, body: answer, bytes: answer.length },
    refused: { rule, detail: detail ?? null },
    trace_id: 'trace-1',
    checks: [{ rule, ok: false, by: 'Authorization Server' }],
  });
  return [...all.slice(0, at), refused];
}

/** Replaces what a request sent. @param {Exchange} one @param {Partial<Exchange['request']>} request @returns {Exchange} */
export const resent = (one, request) => ({ ...one, request: { ...one.request, ...request } });

/** @param {Exchange[]} exchanges @param {Context} [context] */
export const found = (exchanges, context) => diagnose(flowFrom(exchanges), tables, context);
/** The only finding. @param {Exchange[]} exchanges @param {Context} [context] @returns {Finding} */
export function only(exchanges, context) {
  const all = found(exchanges, context);
  assert.equal(all.length, 1, JSON.stringify(all.map(({ id }) => id)));
  return /** @type {Finding} */ (all[0]);
}
/** Several logins of one client, a minute apart. @param {number} count @param {(n: number) => Login} [options] */
export function logins(count, options = () => ({})) {
  return Array.from({ length: count }, (_, n) =>
    flowFrom(login({ seed: `s${n}`, flow: `f${n}`, at: T0 + n * 60_000, ...options(n) })),
  );
}
/** @param {Flow[]} flows @param {number} [now] */
export const ids = (flows, now) => lint(flows, now === undefined ? {} : { now }).findings.map(({ id }) => id);
