// What is to be mended in how a client handles secrets, and whether it checks what it must, as far as it was seen.

import { parseAuthorization } from '../credentials.js';
import { gaveTokens, responseParams } from '../outcome.js';
import { find, formOf, header, jsonMembers, parseTarget, requestParams } from '../wire.js';
import { authorizeOf, finding } from './note.js';

/** @import { Exchange, Finding, Flow } from '../../types.d.ts' */

const SECRETS = [
  'client_secret',
  'access_token',
  'refresh_token',
  'id_token',
  'code_verifier',
  'client_assertion',
  'password',
  'token',
];

/** @param {Flow[]} flows @param {Exchange[]} loose @returns {Finding[]} */
export function care(flows, loose) {
  return [...inAddress(flows), ...unchecked(flows), ...methods(flows, loose)];
}

/** @param {Flow[]} flows */
function inAddress(flows) {
  return flows.flatMap((flow) =>
    flow.exchanges.flatMap((exchange) => {
      const names = parseTarget(exchange.request.target)
        .query.map(([name]) => name)
        .filter((name) => SECRETS.includes(name));
      if (names.length === 0) return [];
      return [
        finding(flow, exchange, {
          id: 'secret.in_address',
          severity: 'error',
          title: `${[...new Set(names)].join(', ')} in an address`,
          what: 'Addresses are kept by histories, proxies and logs, and are told to the next page in Referer.',
          expected: 'in the body, or in the Authorization header',
          got: names.join(', '),
          fix: 'Send it in the form of a POST request, an access token in the Authorization header.',
          section: 'OAuth 2.1 §5.1',
        }),
      ];
    }),
  );
}

/** A callback whose state or iss is not what was sent, and whose code was redeemed all the same. @param {Flow[]} flows */
function unchecked(flows) {
  return flows.flatMap((flow) => {
    const asked = authorizeOf(flow);
    if (!asked) return [];
    return flow.exchanges
      .filter(({ endpoint }) => endpoint === 'callback')
      .flatMap((callback) => {
        const came = requestParams(callback);
        const code = find(came, 'code');
        const redeemed = flow.exchanges.find(
          (exchange) =>
            exchange.endpoint === 'token' &&
            exchange.id > callback.id &&
            code !== null &&
            find(formOf(exchange.request), 'code') === code,
        );
        if (!redeemed) return [];
        const issued = flow.exchanges
          .map(responseParams)
          .find((params) => params && find(params.pairs, 'code') === code);
        const rows = /** @type {const} */ ([
          ['state', find(requestParams(asked), 'state'), 'OAuth 2.1 §4.1.1'],
          ['iss', issued ? find(issued.pairs, 'iss') : null, 'RFC 9207 §2.4'],
        ]);
        return rows
          .filter(([name, sent]) => sent !== null && find(came, name) !== sent)
          .map(([name, sent, section]) =>
            finding(flow, redeemed, {
              id: `${name}.unchecked`,
              severity: 'error',
              title: `${name} is not checked`,
              what: `The callback came with another ${name} than was sent, and the client redeemed its code all the same.`,
              expected: sent,
              got: find(came, name),
              fix:
                name === 'state'
                  ? 'Compare state with the one in the session before anything else.'
                  : 'Compare iss with the issuer of the login before redeeming the code.',
              section,
            }),
          );
      });
  });
}

/** How the client proved itself in a token request. @param {Exchange} exchange */
function methodOf(exchange) {
  if (parseAuthorization(header(exchange.request, 'authorization'))?.kind === 'basic') return 'client_secret_basic';
  if (find(formOf(exchange.request), 'client_secret') !== null) return 'client_secret_post';
  return find(formOf(exchange.request), 'client_assertion') === null ? 'none' : 'private_key_jwt';
}

/**
 * The way that the client asked for when it registered. What it did not ask for, it may not know.
 * @param {string | null} client
 * @param {Exchange[]} loose
 */
function askedFor(client, loose) {
  const mine = loose.filter(
    ({ endpoint, response }) => endpoint === 'register' && find(jsonMembers(response?.body), 'client_id') === client,
  );
  return mine
    .map(({ request }) => find(jsonMembers(request.body), 'token_endpoint_auth_method'))
    .findLast((method) => method !== null);
}

/** @param {Flow[]} flows @param {Exchange[]} loose */
function methods(flows, loose) {
  const all = flows.flatMap((flow) =>
    flow.exchanges.filter(gaveTokens).map((exchange) => ({ flow, exchange, method: methodOf(exchange) })),
  );
  const registered = askedFor(flows[0]?.client_id ?? null, loose);
  const wrong = registered ? all.findLast(({ method }) => method !== registered) : undefined;
  const used = [...new Set(all.map(({ method }) => method))];
  const last = wrong ?? (used.length > 1 ? all.at(-1) : undefined);
  if (!last) return [];
  return [
    finding(last.flow, last.exchange, {
      id: wrong ? 'auth.not_registered' : 'auth.mixed',
      severity: 'hint',
      title: wrong ? 'Proves itself in another way than is registered' : 'Proves itself now in one way, now in another',
      what: wrong
        ? `${registered} is registered. Other servers refuse this.`
        : `Seen: ${used.join(', ')}. Two configurations are in use.`,
      expected: registered ?? null,
      got: wrong ? wrong.method : used.join(', '),
      fix: 'Choose one way, register it, and use it everywhere.',
      section: 'RFC 7591 §2',
    }),
  ];
}
