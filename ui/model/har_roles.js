// Which part each request of a HAR plays in a login.

import { find, header, jsonMembers, mediaType, parseTarget, parseUrl, requestParams } from './wire.js';

/** @import { Exchange, RequestMessage, ResponseMessage, Site } from '../types.d.ts' */

/**
 * @typedef {object} Entry
 * @property {number} index
 * @property {number} at
 * @property {number} took
 * @property {string} origin
 * @property {string} address  without the query
 * @property {RequestMessage} request
 * @property {ResponseMessage | null} response
 * @property {unknown} countersign
 *
 * @typedef {object} Roles
 * @property {Set<string>} servers  origins of authorization servers
 * @property {Set<string>} authorize  addresses
 * @property {Set<string>} callbacks  addresses
 * @property {Set<string>} clients  origins
 */

const ASSETS = /^(?:image|font|audio|video)\/|css|javascript|wasm|manifest/;

/** @param {Entry} entry */
const params = ({ request }) => requestParams(/** @type {Exchange} */ ({ request }));

/** @param {Entry} entry */
function asksForCode(entry) {
  const sent = params(entry);
  if (find(sent, 'grant_type') !== null) return false;
  return (
    find(sent, 'client_id') !== null &&
    ['response_type', 'request_uri', 'request'].some((name) => find(sent, name) !== null)
  );
}

/** @param {Entry} entry */
const redeems = (entry) => entry.request.method === 'POST' && find(params(entry), 'grant_type') !== null;

/**
 * @param {Entry[]} entries
 * @returns {Roles}
 */
export function rolesIn(entries) {
  const asking = entries.filter(asksForCode);
  const tokens = entries.filter(redeems);
  const redirects = asking
    .map((entry) => parseTarget(find(params(entry), 'redirect_uri') ?? '').path)
    .filter((address) => address !== '');
  return {
    servers: new Set([...asking, ...tokens].map(({ origin }) => origin)),
    authorize: new Set(asking.map(({ address }) => address)),
    callbacks: new Set(redirects),
    clients: new Set(redirects.map((address) => parseUrl(address)?.origin ?? '')),
  };
}

/**
 * @param {Entry} entry
 * @param {Roles} roles
 * @returns {{ site: Site, endpoint: string } | null}  `null`: no part
 */
export function roleOf(entry, roles) {
  const { address, origin, request, response } = entry;
  const path = parseTarget(request.target).path;
  if (roles.authorize.has(address) && asksForCode(entry))
    return { site: 'authorization_server', endpoint: 'authorize' };
  if (redeems(entry)) return { site: 'authorization_server', endpoint: 'token' };
  if (roles.callbacks.has(address)) return { site: 'web_app', endpoint: 'callback' };
  if (path.includes('/.well-known/')) {
    return {
      site: path.includes('oauth-protected-resource') ? 'resource_server' : 'authorization_server',
      endpoint: 'metadata',
    };
  }
  if (find(jsonMembers(response?.body), 'keys')?.startsWith('['))
    return { site: 'authorization_server', endpoint: 'jwks' };
  const bearer = /^bearer /i.test(header(request, 'authorization') ?? '');
  if (/userinfo/i.test(path)) return { site: 'authorization_server', endpoint: 'userinfo' };
  if (find(params(entry), 'token') !== null && request.method === 'POST') {
    return { site: 'authorization_server', endpoint: /revo/i.test(path) ? 'revoke' : 'introspect' };
  }
  if (bearer || header(request, 'access-control-request-headers')?.toLowerCase().includes('authorization'))
    return { site: 'resource_server', endpoint: 'api' };
  if (request.method === 'OPTIONS' && roles.servers.has(origin))
    return { site: 'authorization_server', endpoint: 'token' };
  return pageOf(entry, roles);
}

/**
 * Pages that the user saw, and redirects between them; pictures and the like play no part.
 * @param {Entry} entry
 * @param {Roles} roles
 * @returns {{ site: Site, endpoint: string } | null}
 */
function pageOf({ origin, request, response }, roles) {
  const to = parseTarget(header(response, 'location') ?? '').path;
  if (roles.clients.has(origin) && roles.authorize.has(to)) return { site: 'web_app', endpoint: 'login' };
  if (!roles.servers.has(origin) || ASSETS.test(mediaType(response) ?? '')) return null;
  const page = (mediaType(response) ?? 'text/html') === 'text/html';
  if (!page && to === '') return null;
  return { site: 'authorization_server', endpoint: request.method === 'POST' ? 'sign-in' : 'interaction' };
}
