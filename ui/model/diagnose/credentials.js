// How a client proved itself, and what was wrong with that (OAuth 2.1 §2.4, RFC 6749 §2.3.1).

import { parseAuthorization } from '../credentials.js';
import { find, formEncode, formOf, header, parseTarget } from '../wire.js';
import { firstDifference } from './difference.js';

/** @import { Exchange, Finding } from '../../types.d.ts' */
/** @import { Case } from './case.js' */

/** @param {Case} it @returns {Finding[]} */
export function credentials(it) {
  return [...several(it), ...unreadable(it), ...failed(it), ...unknownClient(it)];
}

/** In which places a request has credentials. @param {Exchange} exchange */
export function methodsOf(exchange) {
  const form = formOf(exchange.request);
  const basic = parseAuthorization(header(exchange.request, 'authorization'));
  return [
    ...(basic
      ? [
          `the Authorization header (${basic.kind === 'other' ? basic.scheme : basic.kind === 'basic' ? 'Basic' : 'Bearer'})`,
        ]
      : []),
    ...(find(form, 'client_secret') === null ? [] : ['client_secret in the form']),
    ...(find(form, 'client_assertion') === null ? [] : ['client_assertion in the form']),
  ];
}

/** @param {Case} it */
function several(it) {
  return it.refusedBy('client_auth.one_method').map(({ exchange }) => {
    const basic = parseAuthorization(header(exchange.request, 'authorization'));
    const named = find(formOf(exchange.request), 'client_id');
    const methods = methodsOf(exchange);
    const differs = methods.length < 2 && basic?.kind === 'basic' && named !== null && named !== basic.user;
    return it.finding(exchange, {
      id: 'credentials.several',
      title: differs ? 'Two different client_ids in one request' : 'Credentials in two places',
      what: differs
        ? 'The Basic header names one client and the form another.'
        : `The request has ${methods.join(' and ')}. Two programs may look at different ones, so only one is allowed.`,
      expected: differs && basic.kind === 'basic' ? basic.user : 'one of them',
      got: differs ? named : methods.join(', '),
      fix: differs
        ? 'Leave client_id out of the form, or make the two the same.'
        : 'Send the one that is registered for this client, and leave the other out.',
    });
  });
}

/** @param {Case} it */
function unreadable(it) {
  return it.refusedBy('client_auth.basic_form').map(({ exchange }) => {
    const value = header(exchange.request, 'authorization') ?? '';
    const parsed = parseAuthorization(value);
    const what =
      parsed?.kind === 'other'
        ? `The scheme is ${parsed.scheme}, not Basic.`
        : (parsed?.problem ?? 'client_id or secret is not form-encoded UTF-8 text');
    return it.finding(exchange, {
      id: 'credentials.basic_form',
      title: 'The Authorization header can not be read',
      what: `${what.charAt(0).toUpperCase()}${what.slice(1).replace(/\.$/, '')}.`,
      expected: 'Basic base64(form-encoded client_id ":" form-encoded client_secret)',
      got: value,
      fix: 'Encode each half as a form value, join them by a colon, and encode that in base64.',
    });
  });
}

/** @param {Case} it */
function failed(it) {
  return it.refusedBy('client_auth.authenticated').map(({ exchange }) => {
    const encoded = notEncoded(it, exchange);
    if (encoded) return encoded;
    const methods = methodsOf(exchange);
    const secret = find(formOf(exchange.request), 'client_secret') ?? secretIn(exchange);
    const space = secret !== null && secret !== secret.trim();
    const used = methods[0] ?? 'no credentials: a public client';
    const other = workedBefore(it, exchange);
    const aside = exchange.refused?.aside;
    const unsaid = `The server does not tell the client more, so that strangers learn nothing: there is no such client, the secret is wrong, or another way is registered. The request used ${used}.${other}`;
    return it.finding(exchange, {
      id: space ? 'credentials.space' : 'credentials.failed',
      title: 'The client could not prove itself',
      what: space
        ? 'The secret has white space at its beginning or end, as happens when it is copied or read from a file.'
        : aside
          ? `The client is not told why, but the log is: ${aside}. The request used ${used}.${other}`
          : unsaid,
      got: used,
      fix: space
        ? 'Trim the secret.'
        : 'Compare client_id and secret with the registration, and use the way that token_endpoint_auth_method names there.',
    });
  });
}

/** @param {Exchange} exchange */
function secretIn(exchange) {
  const basic = parseAuthorization(header(exchange.request, 'authorization'));
  return basic?.kind === 'basic' ? basic.password : null;
}

/** Whether the same client got through before, in another way. @param {Case} it @param {Exchange} exchange */
function workedBefore(it, exchange) {
  const all = [it.flow, ...it.others].flatMap((flow) => flow.exchanges);
  const worked = all.find(
    (other) =>
      other.endpoint === 'token' &&
      other.response?.status === 200 &&
      other.client_id !== null &&
      other.client_id === exchange.client_id,
  );
  const methods = worked ? methodsOf(worked) : [];
  return worked && (methods[0] ?? '') !== (methodsOf(exchange)[0] ?? '')
    ? ` Another time it got through with ${methods[0] ?? 'no credentials'}.`
    : '';
}

/**
 * A Basic header whose halves were not form-encoded: the server decodes them to something else.
 * @param {Case} it @param {Exchange} exchange
 */
function notEncoded(it, exchange) {
  const basic = parseAuthorization(header(exchange.request, 'authorization'));
  if (basic?.kind !== 'basic') return null;
  const halves = /** @type {const} */ ([
    ['client_id', basic.rawUser, basic.user],
    ['client_secret', basic.rawPassword, basic.password],
  ]);
  // Well-formed as it is, a + stands for a space; but hardly any name or secret has one, and many have a +.
  const wrong = halves.find(([, raw, read]) => raw !== read && (raw !== formEncode(read) || raw.includes('+')));
  if (!wrong) return null;
  const [name, raw, read] = wrong;
  return it.finding(exchange, {
    id: 'credentials.not_encoded',
    title: `${name} in the Basic header is not form-encoded`,
    what: 'It has + or % in it, which stand for something else in a form-encoded value, so the server read another text.',
    expected: raw,
    got: read,
    at: firstDifference(read, raw),
    fix: 'Form-encode client_id and client_secret before joining them by a colon (a + becomes %2B, a % becomes %25).',
    section: 'RFC 6749 §2.3.1',
  });
}

/** @param {Case} it */
function unknownClient(it) {
  return it.refusedBy('authorize.client_known', 'authorize.client_named').map(({ exchange, outcome }) => {
    const sent = find([...parseTarget(exchange.request.target).query, ...formOf(exchange.request)], 'client_id');
    const known = it.others.map((flow) => flow.client_id).filter((id) => id !== null);
    const near = known.find((id) => sent !== null && id !== sent && bare(id) === bare(sent));
    return it.finding(exchange, {
      id: sent === null ? 'client.unnamed' : 'client.unknown',
      title: sent === null ? 'The request has no client_id' : 'No client of that name is registered',
      what:
        near === undefined
          ? (outcome.detail ??
            'The server that got the request knows no such client. It may be registered at another one.')
          : 'A client of nearly that name is known: they differ in case, in white space or in punctuation.',
      expected: near ?? null,
      got: sent,
      at: near === undefined || sent === null ? null : firstDifference(sent, near),
      fix: 'Compare the client_id with the registration, and the address of the server too.',
    });
  });
}

/** @param {string} text */
const bare = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
