// A HAR as a browser saves it, of somebody's single-page app at somebody's server.

import { form, random, T0 } from './world.js';

/** An entry as Chromium's developer tools write it. @param {{ url: string, method?: string, status?: number, headers?: [string, string][], body?: string, type?: string, location?: string, answer?: string, mime?: string, at?: number }} parts */
export function entry({
  url,
  method = 'GET',
  status = 200,
  headers = [],
  body,
  type = 'application/x-www-form-urlencoded',
  location,
  answer = '',
  mime = 'text/html',
  at = 0,
}) {
  const named = (/** @type {[string, string][]} */ pairs) => pairs.map(([name, value]) => ({ name, value }));
  return {
    _initiator: { type: 'other' },
    startedDateTime: new Date(T0 + at).toISOString(),
    time: 12.5,
    request: {
      method,
      url,
      httpVersion: 'http/2.0',
      headers: named([
        [':authority', new URL(url).host],
        ...(body === undefined ? [] : /** @type {[string, string][]} */ ([['Content-Type', type]])),
        ...headers,
      ]),
      queryString: [],
      cookies: [],
      headersSize: -1,
      bodySize: -1,
      ...(body === undefined ? {} : { postData: { mimeType: type, text: body } }),
    },
    response: {
      status,
      statusText: '',
      httpVersion: 'http/2.0',
      headers: named([
        ['Content-Type', mime],
        ...(location === undefined ? [] : /** @type {[string, string][]} */ ([['Location', location]])),
      ]),
      cookies: [],
      content: { size: answer.length, mimeType: mime, text: answer },
      redirectURL: location ?? '',
      headersSize: -1,
      bodySize: -1,
    },
    cache: {},
    timings: { send: 0, wait: 12, receive: 0 },
  };
}
const IDP = 'https://idp.example/realms/x/protocol/openid-connect';
export const SPA = 'https://spa.example';
/** Somebody's single-page app at somebody's server. @param {{ redeem?: Record<string, string>, status?: number, answer?: string }} [parts] */
export function foreignHar({
  redeem = {},
  status = 200,
  answer = '{"access_token":"opaque-token-value","token_type":"Bearer","expires_in":300}',
} = {}) {
  const ask = form({
    response_type: 'code',
    client_id: 'spa',
    redirect_uri: `${SPA}/`,
    state: random('state'),
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    scope: 'openid',
  });
  const entries = [
    entry({ url: `${SPA}/logo.png`, mime: 'image/png' }),
    entry({
      url: `${IDP}/.well-known/openid-configuration`,
      mime: 'application/json',
      answer: '{"issuer":"https://idp.example/realms/x"}',
      at: 10,
    }),
    entry({ url: `${IDP}/auth?${ask}`, at: 20, answer: '<form>sign in</form>' }),
    entry({ url: 'https://idp.example/resources/style.css', mime: 'text/css', at: 25 }),
    entry({
      url: 'https://idp.example/realms/x/login-actions/authenticate?session=1',
      method: 'POST',
      status: 302,
      body: 'username=bob&password=hunter2',
      location: `${SPA}/?code=the-code-of-this-login&state=${random('state')}`,
      at: 900,
    }),
    entry({ url: `${SPA}/?code=the-code-of-this-login&state=${random('state')}`, at: 950 }),
    entry({
      url: `${IDP}/token`,
      method: 'OPTIONS',
      status: 204,
      headers: [
        ['Origin', SPA],
        ['Access-Control-Request-Method', 'POST'],
      ],
      at: 1000,
    }),
    entry({
      url: `${IDP}/token`,
      method: 'POST',
      status,
      headers: [['Origin', SPA]],
      body: form({
        grant_type: 'authorization_code',
        client_id: 'spa',
        code: 'the-code-of-this-login',
        redirect_uri: `${SPA}/`,
        code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
        ...redeem,
      }),
      answer,
      mime: 'application/json',
      at: 1010,
    }),
    entry({ url: `${IDP}/certs`, mime: 'application/json', answer: '{"keys":[]}', at: 1100 }),
    entry({
      url: 'https://api.example/items',
      headers: [['Authorization', 'Bearer opaque-token-value']],
      mime: 'application/json',
      answer: '[]',
      at: 1200,
    }),
  ];
  return JSON.stringify({
    log: { version: '1.2', creator: { name: 'WebInspector', version: '537.36' }, pages: [], entries },
  });
}
