// What a browser keeps from a script: preflights that are refused, answers without CORS headers, pages that are fetched
// instead of opened (Fetch, CORS protocol). And what a client found wrong with a callback.

import { find, header, parseTarget, requestParams } from '../wire.js';

/** @import { Exchange, Finding } from '../../types.d.ts' */
/** @import { Case } from './case.js' */

const SECTION = 'Fetch, CORS protocol';

/** @param {Case} it @returns {Finding[]} */
export function browser(it) {
  return [...preflight(it), ...hidden(it), ...fetched(it), ...state(it), ...issuer(it)];
}

/** @param {Case} it */
function preflight(it) {
  return it.exchanges
    .filter(({ request, response }) => request.method === 'OPTIONS' && response)
    .flatMap((exchange) => {
      const origin = header(exchange.request, 'origin');
      const why = preflightRefusal(exchange);
      if (why === null || origin === null) return [];
      const path = parseTarget(exchange.request.target).path;
      return [
        it.finding(exchange, {
          id: 'cors.preflight',
          title: `The browser may not call ${path} from ${origin}`,
          what: why,
          expected: `access-control-allow-origin: ${origin}`,
          got: `${exchange.response?.status}, access-control-allow-origin: ${header(exchange.response, 'access-control-allow-origin') ?? '(none)'}`,
          fix: path.endsWith('/introspect')
            ? 'Introspection is for APIs, from server to server. A script reads the scope from the token reply.'
            : 'Call it from the server of the app, or send only the headers that are allowed.',
          section: SECTION,
        }),
      ];
    });
}

/** @param {Exchange} exchange */
function preflightRefusal({ request, response }) {
  const allowed = header(response, 'access-control-allow-origin');
  const origin = header(request, 'origin');
  if (allowed === null) return 'The answer to the preflight allows no origin, so the real request is never sent.';
  if (allowed !== '*' && allowed !== origin) return `The answer to the preflight allows ${allowed} only.`;
  const may = list(header(response, 'access-control-allow-headers'));
  const wanted = list(header(request, 'access-control-request-headers'));
  const stray = wanted.filter((name) => !may.includes(name) && !may.includes('*'));
  if (stray.length > 0) return `The answer to the preflight does not allow the header ${stray.join(', ')}.`;
  const method = header(request, 'access-control-request-method') ?? '';
  const methods = list(header(response, 'access-control-allow-methods'));
  const plain = ['GET', 'HEAD', 'POST'].includes(method);
  return plain || methods.includes(method.toLowerCase()) || methods.includes('*')
    ? null
    : `The answer to the preflight does not allow ${method}.`;
}

/** @param {string | null} value */
const list = (value) =>
  (value ?? '')
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== '');

/** An answer that the script can not read. @param {Case} it */
function hidden(it) {
  return it.exchanges
    .filter(asksAcross)
    .filter(({ endpoint }) => endpoint !== 'authorize')
    .map((exchange) =>
      it.finding(exchange, {
        id: 'cors.hidden',
        title: 'The script can not read this answer',
        what: 'It has no access-control-allow-origin for the page that asked, so the browser shows the script a network error in its place.',
        expected: `access-control-allow-origin: ${header(exchange.request, 'origin')}`,
        got: header(exchange.response, 'access-control-allow-origin') ?? '(none)',
        fix: 'Let the server answer this origin, errors included, or call it from the server of the app.',
        section: SECTION,
      }),
    );
}

/** A script's request from another origin, without leave. @param {Exchange} exchange */
function asksAcross({ request, response }) {
  const allowed = header(response, 'access-control-allow-origin');
  const origin = header(request, 'origin');
  const scripted = header(request, 'sec-fetch-mode') === 'cors';
  const across = header(request, 'sec-fetch-site') !== 'same-origin';
  return (
    scripted &&
    across &&
    response !== null &&
    request.method !== 'OPTIONS' &&
    origin !== null &&
    allowed !== '*' &&
    allowed !== origin
  );
}

/** Node.js sends `sec-fetch-mode` too, but never says from where. @param {Exchange['request']} request */
const isBrowser = (request) => header(request, 'sec-fetch-site') !== null;

/** The authorization endpoint, called by a script. @param {Case} it */
function fetched(it) {
  return it
    .at('authorize')
    .filter(
      ({ request }) => isBrowser(request) && ['cors', 'no-cors'].includes(header(request, 'sec-fetch-mode') ?? ''),
    )
    .map((exchange) =>
      it.finding(exchange, {
        id: 'authorize.fetched',
        title: 'A script fetched the authorization endpoint',
        what: 'It is a page for the user: the browser must go there. A script gets to see neither the page nor the redirect.',
        expected: 'sec-fetch-mode: navigate',
        got: `sec-fetch-mode: ${header(exchange.request, 'sec-fetch-mode')}`,
        fix: 'Set location.href to the address, or answer with a redirect that the browser follows as a page, not within fetch or XMLHttpRequest.',
        section: 'OAuth 2.1 §4.1.1',
      }),
    );
}

/** @param {Case} it */
function state(it) {
  return it.refusedBy('client.state_matches').map(({ exchange }) => {
    const came = find(requestParams(exchange), 'state');
    const sent = it.asked('state');
    return it.finding(exchange, {
      id: 'callback.state',
      title: came === null ? 'The callback has no state' : 'state in the callback is not the one of this login',
      what: "The client refused it, as it must: such a callback is how somebody else's login is slipped to a user. It also happens when the browser kept the state of another tab.",
      expected: sent === came ? null : sent,
      got: came,
      fix: 'If it was not an attack: keep each login under its own state, and begin anew.',
    });
  });
}

/** @param {Case} it */
function issuer(it) {
  return it.refusedBy('client.iss_matches', 'client.iss_present').map(({ exchange, outcome }) =>
    it.finding(exchange, {
      id: 'callback.iss',
      title: 'iss in the callback is not the server that was asked',
      what:
        outcome.detail ??
        'The client refused it, as it must: one server passed for another (mix-up), or the issuer is written differently in the configuration.',
      got: find(requestParams(exchange), 'iss'),
      fix: 'If it was not an attack: write the issuer in the configuration exactly as the metadata has it, the slash at its end included.',
    }),
  );
}
