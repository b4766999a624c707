// Parameters that are missing, repeated, of the wrong kind or in the wrong place (OAuth 2.1 §3.1, §3.2.2, §4.1.1).

import { gaveTokens } from '../outcome.js';
import { find, formOf, jsonMembers, mediaType, parseForm, parseTarget, repeated, requestParams } from '../wire.js';

/** @import { Exchange, Finding } from '../../types.d.ts' */
/** @import { Case } from './case.js' */

/** @param {Case} it @returns {Finding[]} */
export function params(it) {
  return [...twice(it), ...body(it), ...responseType(it), ...grant(it), ...scope(it), ...identity(it), ...prompt(it)];
}

/** @param {Case} it */
function twice(it) {
  return it.refusedBy('authorize.parameters_once', 'token.form_readable').flatMap(({ exchange }) => {
    const names = repeated(
      exchange.endpoint === 'authorize' ? requestParams(exchange) : parseForm(exchange.request.body),
    );
    if (names.length === 0) return [];
    const [name = ''] = names;
    const values = requestParams(exchange)
      .filter(([other]) => other === name)
      .map(([, value]) => value);
    return [
      it.finding(exchange, {
        id: 'params.repeated',
        title: `${names.join(', ')} came more than once`,
        what: 'Two programs may look at different ones, so a repeated parameter is refused.',
        expected: `${name} once`,
        got: values.join(' | '),
        fix: 'Send each parameter once. Often a parameter is added to an address that has it already.',
      }),
    ];
  });
}

/** A token request that is no form. @param {Case} it */
function body(it) {
  const servers = ['token', 'revoke', 'introspect'];
  return it
    .refused()
    .filter(({ exchange }) => servers.includes(exchange.endpoint))
    .flatMap(({ exchange }) => {
      const type = mediaType(exchange.request);
      const form = 'application/x-www-form-urlencoded';
      if (exchange.request.method === 'POST' && type !== form) {
        return [
          it.finding(exchange, {
            id: 'params.content_type',
            title: type === null ? 'The request has no Content-Type' : `The request is ${type}`,
            what: 'This endpoint takes a form. Parameters in any other body are not seen.',
            expected: form,
            got: type,
            fix: `Send the parameters form-encoded, with Content-Type: ${form}.`,
            section: 'OAuth 2.1 §3.2.2',
          }),
        ];
      }
      const strayed = parseTarget(exchange.request.target).query.map(([name]) => name);
      if (strayed.length === 0) return [];
      return [
        it.finding(exchange, {
          id: 'params.in_query',
          title: `${strayed.join(', ')} came in the address`,
          what: 'Parameters of this endpoint belong in the body: addresses are kept in logs. In the address they are not looked at.',
          expected: 'in the form',
          got: strayed.join(', '),
          fix: 'Move them into the body.',
          section: 'OAuth 2.1 §3.2.2',
        }),
      ];
    });
}

/** @param {Case} it */
function responseType(it) {
  const types = it.refusedBy('authorize.response_type_code', 'authorize.response_type_present').map(({ exchange }) => {
    const sent = find(requestParams(exchange), 'response_type');
    const implicit = /\b(token|id_token)\b/.test(sent ?? '');
    return it.finding(exchange, {
      id: 'params.response_type',
      title: sent === null ? 'response_type is missing' : `response_type is ${sent}`,
      what: implicit
        ? 'That is the Implicit grant, or a mixture with it: tokens would come in the address bar, where histories, logs and scripts see them.'
        : 'Only code is offered.',
      expected: 'code',
      got: sent,
      fix: 'Ask for code, with PKCE: that works for apps in the browser too.',
    });
  });
  const modes = it.refusedBy('authorize.response_mode_known').map(({ exchange }) =>
    it.finding(exchange, {
      id: 'params.response_mode',
      title: `response_mode is ${find(requestParams(exchange), 'response_mode')}`,
      what: 'The answer can travel in the query or in a form. A fragment is not offered.',
      expected: 'query or form_post',
      got: find(requestParams(exchange), 'response_mode'),
      fix: 'Leave response_mode out, or send query or form_post.',
    }),
  );
  return [...types, ...modes];
}

/** @param {Case} it */
function grant(it) {
  const rules = ['token.grant_type_known', 'token.grant_type_present', 'token.no_password_grant'];
  return it
    .refusedBy(...rules)
    .filter(({ exchange }) => mediaType(exchange.request) === 'application/x-www-form-urlencoded')
    .map(({ exchange, outcome }) => {
      const sent = find(formOf(exchange.request), 'grant_type');
      return it.finding(exchange, {
        id: 'params.grant_type',
        title: sent === null ? 'grant_type is missing' : `grant_type is ${sent}`,
        what:
          outcome.rule === 'token.no_password_grant'
            ? 'With it the client would get to see the password of the user. It is gone from OAuth 2.1.'
            : 'This server offers three grants.',
        expected: 'authorization_code, refresh_token or client_credentials',
        got: sent,
        fix: 'Use authorization_code with PKCE for people, client_credentials for programs.',
      });
    });
}

/** @param {Case} it */
function scope(it) {
  const rules = [
    'scope.client_may_ask',
    'scope.form',
    'token.scope_form',
    'client_credentials.scope_allowed',
    'refresh.scope_not_wider',
  ];
  return it.refusedBy(...rules).map(({ exchange, outcome }) => {
    const sent = find(requestParams(exchange), 'scope') ?? '';
    const beyond =
      /\bnot (?:allowed|approved)[^:]*: (.+?)\.?(?: Allowed:| Approved:|$)/i.exec(outcome.detail ?? '')?.[1] ?? null;
    const form = outcome.rule?.endsWith('form') ?? false;
    const comma = /,/.test(sent);
    return it.finding(exchange, {
      id: form ? 'scope.form' : 'scope.not_allowed',
      title: form
        ? 'scope is no list of words'
        : beyond === null
          ? 'The request asks for too much'
          : `This client may not ask for ${beyond}`,
      what: comma
        ? 'The scopes are separated by commas. They must be separated by single spaces.'
        : form
          ? 'Scopes are separated by single spaces, without one at the end.'
          : (outcome.detail ??
            outcome.description ??
            'A scope is not registered for this client, or was not approved by the user.'),
      expected:
        beyond === null
          ? null
          : sent
              .split(' ')
              .filter((word) => !beyond.split(/[ ,]+/).includes(word))
              .join(' '),
      got: sent,
      at: comma ? sent.indexOf(',') : null,
      fix:
        form || comma
          ? 'Join the scopes by single spaces.'
          : 'Add the scope to the registration of the client, or leave it out of the request.',
    });
  });
}

/** A nonce goes into an ID token, and without openid there is none. @param {Case} it */
function identity(it) {
  const reply = it.at('token').find(gaveTokens);
  const scopes = (it.asked('scope') ?? '').split(' ');
  const idToken = find(jsonMembers(reply?.response?.body), 'id_token');
  if (!reply || it.asked('nonce') === null || scopes.includes('openid') || idToken !== null) return [];
  return [
    it.finding(reply, {
      id: 'scope.openid_missing',
      severity: 'warning',
      title: 'No ID token came',
      what: 'The authorization request had a nonce, which belongs into an ID token, but its scope has no openid.',
      expected: 'openid',
      got: it.asked('scope'),
      fix: 'Add openid to scope in the authorization request.',
      section: 'OpenID Connect Core §3.1.2.1',
    }),
  ];
}

/** `prompt=none` that could not be answered without a page. @param {Case} it */
function prompt(it) {
  const rules = ['authorize.login_not_needed', 'authorize.consent_not_needed', 'authorize.account_not_ambiguous'];
  return it.refusedBy(...rules).map(({ exchange, outcome }) =>
    it.finding(exchange, {
      id: 'prompt.none',
      severity: 'hint',
      title: `prompt=none was answered with ${outcome.error ?? 'an error'}`,
      what: `That is the expected answer where a page would be needed.${framed(exchange)}`,
      fix: 'Begin again without prompt=none, in the window of the user.',
    }),
  );
}

/** @param {Exchange} exchange */
function framed(exchange) {
  const dest = exchange.request.headers.find(([name]) => name === 'sec-fetch-dest')?.[1];
  return dest === 'iframe'
    ? ' The request was made in a hidden frame, and browsers keep the cookies of other sites from frames: there it can never work.'
    : '';
}
