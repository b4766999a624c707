// Tokens that an API refuses, a resource that nobody knows, and tokens that are fetched and never used (RFC 6750,
// RFC 8707, RFC 9068).

import { parseAuthorization, parseChallenge } from '../credentials.js';
import { decode } from '../jwt.js';
import { gaveTokens } from '../outcome.js';
import { find, formOf, header, jsonMembers, parseJson, requestParams } from '../wire.js';
import { span } from './case.js';
import { difference } from './difference.js';

/** @import { Exchange, Finding, Flow } from '../../types.d.ts' */
/** @import { Case } from './case.js' */

/** A client that has done nothing with its token for so long does not use it, in milliseconds. */
const PATIENCE = 60_000;

/** @param {Case} it @returns {Finding[]} */
export function resource(it) {
  return [...unknownResource(it), ...wrongToken(it), ...tooLittle(it), ...audience(it), ...dead(it), ...unused(it)];
}

/** @param {Case} it */
function unknownResource(it) {
  return it.refusedBy('resource.known', 'token.resource_allowed').map(({ exchange, outcome }) => {
    const sent = find(requestParams(exchange), 'resource') ?? '';
    const known = knownResources(it);
    const asked = outcome.rule === 'token.resource_allowed' ? it.asked('resource') : null;
    const nearest = asked ?? known.find((one) => one.startsWith(sent) || sent.startsWith(one)) ?? known[0] ?? null;
    const differs = nearest === null ? null : difference(sent, nearest);
    return it.finding(exchange, {
      id: `resource.${differs?.kind ?? 'unknown'}`,
      title: 'The resource is not a registered API',
      what: `${outcome.detail ?? outcome.description ?? 'No API of that address is registered.'}${differs ? ` ${differs.words}` : ''}`,
      expected: nearest,
      got: sent,
      at: differs?.at ?? null,
      fix: 'Send the address that the API names as resource in its own metadata, byte for byte, its path included.',
    });
  });
}

/** What APIs call themselves, as far as it was seen. @param {Case} it */
function knownResources(it) {
  const all = [...it.loose, ...it.exchanges, ...it.others.flatMap((flow) => flow.exchanges)];
  const told = all
    .filter(({ site, endpoint }) => site === 'resource_server' && endpoint === 'metadata')
    .map(({ response }) => find(jsonMembers(response?.body), 'resource'));
  const used = it.others
    .filter((flow) => flow.exchanges.some(gaveTokens))
    .flatMap((flow) => flow.exchanges)
    .map((exchange) => find(requestParams(exchange), 'resource'));
  return [...new Set([...told, ...used].filter((one) => one !== null))];
}

/** @param {Case} it */
function wrongToken(it) {
  return it.refusedBy('resource.not_id_token', 'token.not_id_token').map(({ exchange }) =>
    it.finding(exchange, {
      id: 'token.id_token',
      title: 'The ID token was sent in place of the access token',
      what: 'The ID token tells the client who signed in. It is made for the client and opens nothing.',
      expected: 'the access_token of the token reply',
      got: 'the id_token of the token reply',
      fix: 'Send access_token to APIs, and keep id_token to yourself.',
    }),
  );
}

/** @param {Case} it */
function tooLittle(it) {
  return it.refusedBy('resource.scope', 'userinfo.openid_scope').map(({ exchange, outcome }) => {
    const userinfo = outcome.rule === 'userinfo.openid_scope';
    const needed = userinfo
      ? 'openid'
      : (parseChallenge(header(exchange.response, 'www-authenticate'))[0]?.params['scope'] ?? null);
    const had = grantedScope(it, exchange);
    return it.finding(exchange, {
      id: userinfo ? 'scope.openid_missing' : 'scope.insufficient',
      title: userinfo ? 'The scope openid is missing' : 'The token allows too little',
      what: userinfo
        ? 'Userinfo belongs to OpenID Connect: the authorization request must ask for openid.'
        : 'The client did not ask for this scope, or the user did not approve it.',
      expected: needed,
      got: had,
      fix: userinfo
        ? 'Add openid to scope in the authorization request.'
        : 'Ask for the scope in a new authorization request, when it is needed.',
    });
  });
}

/** @param {Case} it @param {Exchange} exchange */
function grantedScope(it, exchange) {
  const bearer = parseAuthorization(header(exchange.request, 'authorization'));
  const token = bearer?.kind === 'bearer' ? bearer.token : null;
  const reply = it
    .at('token')
    .find(({ response }) => token !== null && find(jsonMembers(response?.body), 'access_token') === token);
  return reply ? (find(jsonMembers(reply.response?.body), 'scope') ?? it.asked('scope')) : it.asked('scope');
}

/** @param {Case} it */
function audience(it) {
  return it.refusedBy('resource.audience', 'token.audience').map(({ exchange, outcome }) => {
    const bearer = parseAuthorization(header(exchange.request, 'authorization'));
    const claims = bearer?.kind === 'bearer' ? decode(bearer.token)?.claims : null;
    const aud = claims ? [claims['aud']].flat().join(' ') : null;
    const own = find(
      jsonMembers(
        it.loose.find(({ site, endpoint }) => site === 'resource_server' && endpoint === 'metadata')?.response?.body,
      ),
      'resource',
    );
    const differs = aud !== null && own !== null ? difference(aud, own) : null;
    return it.finding(exchange, {
      id: 'token.audience',
      title: 'The token is meant for another API',
      what: `${outcome.detail ?? 'aud does not name this API.'}${differs ? ` ${differs.words}` : ''}`,
      expected: own,
      got: aud ?? it.asked('resource'),
      at: differs?.at ?? null,
      fix: 'Name this API as resource when asking for the token, byte for byte.',
    });
  });
}

/** @param {Case} it */
function dead(it) {
  return it
    .refusedBy('resource.not_expired', 'token.not_expired', 'resource.active', 'token.not_revoked')
    .map(({ exchange, outcome }) => {
      const bearer = parseAuthorization(header(exchange.request, 'authorization'));
      const token = bearer?.kind === 'bearer' ? bearer.token : null;
      const reply = it
        .at('token')
        .find(({ response }) => token !== null && find(jsonMembers(response?.body), 'access_token') === token);
      const life = Number(find(jsonMembers(reply?.response?.body), 'expires_in') ?? Number.NaN) * 1000;
      const late = reply ? exchange.at - reply.at - life : Number.NaN;
      const expired = late > 0;
      return it.finding(exchange, {
        id: expired ? 'token.expired' : 'token.inactive',
        title: expired ? `The access token expired ${span(late)} ago` : 'The access token is no longer good',
        what: expired
          ? 'The client used it beyond the expires_in of the token reply.'
          : (outcome.detail ??
            'It was revoked, its user signed out or took the approval back, or it was never issued here.'),
        fix: expired
          ? 'Refresh a little before expires_in is over, or after the first 401.'
          : 'Refresh; if that is refused too, send the user through the login.',
      });
    });
}

/** @param {Case} it */
function unused(it) {
  const found = unusedToken(it.flow, { now: it.now, resourceInSight: it.others.some(callsApi) || callsApi(it.flow) });
  if (!found) return [];
  return [
    it.finding(found, {
      id: 'token.unused',
      severity: 'hint',
      title: 'The access token was fetched and never used',
      what: 'The login went through, and then nothing came: neither an API nor userinfo was asked. If the client reports a failure, it failed after this.',
      expected: 'a request with Authorization: Bearer',
      got: 'none',
      fix: `Look at the log of the client: it may have refused iss, the ID token or the resource.${it.asked('resource') === null ? ' It named no resource, so the token may be for the wrong API.' : ''}`,
      section: 'RFC 6750 §2.1',
    }),
  ];
}

/** Whether an API was asked in a flow. @param {Flow} flow */
export function callsApi(flow) {
  return flow.exchanges.some(({ endpoint, site }) => site === 'resource_server' && endpoint === 'api');
}

/**
 * The token reply whose token nobody has seen since. Only where a use would have been seen: an API is in sight, or must
 * ask this server about the token, since it is opaque.
 * @param {Flow} flow
 * @param {{ now: number | null, resourceInSight: boolean }} sight
 * @returns {Exchange | null}
 */
export function unusedToken(flow, { now, resourceInSight }) {
  const reply = flow.exchanges.findLast(gaveTokens);
  if (!reply || now === null || now - reply.at < PATIENCE || signsInOnly(flow, reply)) return null;
  // Whatever was refused since says more.
  if (flow.state === 'refused') return null;
  const token = find(jsonMembers(reply.response?.body), 'access_token') ?? '';
  const opaque = decode(token) === null;
  if (!opaque && !resourceInSight) return null;
  const mentions = (/** @type {Exchange} */ { request }) => {
    const bearer = parseAuthorization(header(request, 'authorization'));
    return (bearer?.kind === 'bearer' && bearer.token === token) || find(formOf(request), 'token') === token;
  };
  return flow.exchanges.some(mentions) ? null : reply;
}

/** Scopes that are served by the ID token: such a client needs no access token. */
const IDENTITY = ['openid', 'profile', 'email', 'address', 'phone'];

/** @param {Flow} flow @param {Exchange} reply */
function signsInOnly(flow, reply) {
  const asked = flow.exchanges.find(({ endpoint }) => endpoint === 'authorize');
  const scope =
    find(jsonMembers(reply.response?.body), 'scope') ?? (asked ? find(requestParams(asked), 'scope') : null) ?? '';
  const words = scope.split(' ').filter((word) => word !== '');
  return words.includes('openid') && words.every((word) => IDENTITY.includes(word));
}

/** The keys of the server, as they were last seen. @param {Exchange[]} exchanges @returns {{ keys?: unknown } | null} */
export function keysIn(exchanges) {
  const seen = exchanges.findLast(({ endpoint, response }) => endpoint === 'jwks' && response?.status === 200);
  const { value } = parseJson(seen?.response?.body);
  return typeof value === 'object' ? value : null;
}
