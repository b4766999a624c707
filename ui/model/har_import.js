// An HTTP Archive (HAR 1.2) of somebody's login at any server, as flows: saved by a browser's developer tools, by
// Playwright, or by `toHar`. Nobody says which server is which, so it is told from the requests: who got an authorization
// request, where the redirect_uri leads, who was sent a grant_type, who was sent a bearer token.

import { fromBase64, text as utf8Text } from './bytes.js';
import { flowOf } from './flows.js';
import { roleOf, rolesIn } from './har_roles.js';
import { HIDDEN, PASSWORD } from './mask_value.js';
import { parse, readExchange } from './read.js';
import { Reader, RecordingError } from './shape.js';
import { find, formDecode, parseTarget, parseUrl, requestParams } from './wire.js';

/** @import { Exchange, Flow, Pairs, RequestMessage, ResponseMessage } from '../types.d.ts' */
/** @import { Entry } from './har_roles.js' */

/**
 * @param {string} text
 * @returns {Flow[]}  the oldest first
 */
export function fromHar(text) {
  const root = new Reader(parse(text), 'The file');
  if (root.raw('log') === undefined) throw new RecordingError('This is JSON, but no HAR: the member log is missing.');
  const log = root.object('log');
  const list = log.list('entries');
  if (list.length === 0) throw new RecordingError('The HAR has no entries.');
  const entries = list.map((one, index) => readEntry(new Reader(one, `log.entries[${index}]`), index));
  const own = entries.filter(({ countersign }) => countersign !== undefined);
  const exchanges = own.length === entries.length ? entries.map(ours) : theirs(entries);
  if (exchanges.length === 0)
    throw new RecordingError('There is no login in this HAR: neither an authorization request nor a token request.');
  return split(exchanges);
}

/** @param {Reader} it @param {number} index @returns {Entry} */
function readEntry(it, index) {
  const request = it.object('request');
  const url = request.text('url');
  const parts = parseUrl(url);
  if (!parts)
    throw new RecordingError(
      `${it.place('request.url')} must be an address; it is ${JSON.stringify(url.slice(0, 80))}.`,
    );
  const at = Date.parse(it.text('startedDateTime'));
  if (Number.isNaN(at)) throw new RecordingError(`${it.place('startedDateTime')} must be a time (ISO 8601).`);
  const target = url.slice(parts.origin.length).replace(/#.*$/s, '') || '/';
  return {
    index,
    at,
    took: Math.max(0, Math.round((it.numberOrNull('time') ?? 0) * 1000)),
    origin: parts.origin,
    address: `${parts.origin}${parseTarget(target).path}`,
    request: readRequest(request, { scheme: parts.scheme, target, host: parts.origin.replace(/^[^:]*:\/\//, '') }),
    response: readResponse(it.object('response')),
    countersign: it.raw('_countersign'),
  };
}

/** @param {Reader} it @param {{ scheme: string, target: string, host: string }} where @returns {RequestMessage} */
function readRequest(it, { scheme, target, host }) {
  const given = headerPairs(it);
  const all = /** @type {Pairs} */ (given.some(([name]) => name === 'host') ? given : [['host', host], ...given]);
  const posted = it.raw('postData') === undefined || it.raw('postData') === null ? null : it.object('postData');
  const body = (posted === null ? '' : bodyOf(posted)) || null;
  const bytes = it.numberOrNull('bodySize') ?? -1;
  return {
    method: it.text('method').toUpperCase(),
    target,
    version: it.textOrNull('httpVersion') || 'HTTP/1.1',
    scheme,
    headers: all,
    body,
    bytes: bytes < 0 ? (body?.length ?? 0) : bytes,
  };
}

/** Some tools leave the text out and give the parameters. @param {Reader} posted */
function bodyOf(posted) {
  const text = posted.textOrNull('text') ?? '';
  const params = posted.raw('params');
  const form = text !== '' || !Array.isArray(params) ? text : written(params);
  // Passwords are never kept, whoever recorded them.
  return form
    .split('&')
    .map((part) => {
      const [name = '', value = ''] = part.split('=');
      return PASSWORD.test(name) && formDecode(value) !== HIDDEN ? `${name}=${HIDDEN}` : part;
    })
    .join('&');
}

/** @param {any[]} params */
function written(params) {
  return params
    .map(
      (one) =>
        `${encodeURIComponent(String(one?.name ?? ''))}=${encodeURIComponent(decoded(String(one?.value ?? '')))}`,
    )
    .join('&');
}

/** Chromium gives parameters as they stood in the body. @param {string} value */
function decoded(value) {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}

/** `null`: no answer came, or the browser hid it. @param {Reader} it @returns {ResponseMessage | null} */
function readResponse(it) {
  const status = it.number('status');
  if (status <= 0) return null;
  const given = headerPairs(it);
  const redirect = it.textOrNull('redirectURL') ?? '';
  const all =
    redirect !== '' && !given.some(([name]) => name === 'location')
      ? /** @type {Pairs} */ ([...given, ['location', redirect]])
      : given;
  const content = it.raw('content') === undefined ? null : it.object('content');
  const body = content?.textOrNull('text') || null;
  const bytes = content?.textOrNull('encoding') === 'base64' ? fromBase64((body ?? '').replace(/\s/g, '')) : null;
  return {
    status,
    headers: all,
    body: bytes ? utf8Text(bytes) : body,
    bytes: Math.max(0, content?.numberOrNull('size') ?? body?.length ?? 0),
  };
}

/** Names in lower case, HTTP/2's own left out. @param {Reader} it @returns {Pairs} */
function headerPairs(it) {
  const list = it.raw('headers') === undefined ? [] : it.list('headers');
  return list.flatMap((one, index) => {
    const pair = new Reader(one, it.place(`headers[${index}]`));
    const name = pair.text('name').toLowerCase();
    // Several Set-Cookie headers stand in one value with line breaks between them.
    const values = name === 'set-cookie' ? pair.text('value').split('\n') : [pair.text('value')];
    return name.startsWith(':') ? [] : values.map((value) => /** @type {[string, string]} */ ([name, value]));
  });
}

/** An entry that this page wrote. @param {Entry} entry @returns {Exchange} */
function ours(entry) {
  const about = new Reader(entry.countersign, `log.entries[${entry.index}]._countersign`);
  const { request, response, at, took } = entry;
  const known = /** @type {object} */ (entry.countersign);
  const { scheme, ...plain } = request;
  const sent = { ...plain, ...(scheme === 'https' ? { scheme } : {}) };
  return readExchange(
    {
      ...known,
      at,
      took: about.flag('answered') ? took : null,
      request: sent,
      response: about.flag('answered') ? response : null,
    },
    `log.entries[${entry.index}]`,
  );
}

/** Entries of some other program: those that belong to a login, with their roles. @param {Entry[]} entries @returns {Exchange[]} */
function theirs(entries) {
  const roles = rolesIn(entries);
  return entries.flatMap((entry) => {
    const role = roleOf(entry, roles);
    return role ? [exchangeOf(entry, role)] : [];
  });
}

/**
 * @param {Entry} entry
 * @param {{ site: Exchange['site'], endpoint: string }} role
 * @returns {Exchange}
 */
function exchangeOf({ index, at, took, request, response }, role) {
  return {
    id: index + 1,
    flow: null,
    run: null,
    ...role,
    at,
    took,
    held: null,
    lost: false,
    request,
    response,
    checks: [],
    refused: null,
    engine_flow: null,
    client_id: null,
    trace_id: null,
    traceparent: request.headers.find(([name]) => name === 'traceparent')?.[1] ?? null,
  };
}

/**
 * Exchanges as flows: by the flow that they name, else each authorization request begins one.
 * @param {Exchange[]} exchanges
 * @returns {Flow[]}
 */
function split(exchanges) {
  const ordered = [...exchanges].sort((a, b) => a.id - b.id);
  /** @type {Map<string, Exchange[]>} */
  const flows = new Map();
  const named = ordered.every(({ flow }) => flow !== null) ? ordered : byRequest(ordered);
  for (const exchange of named)
    flows.set(String(exchange.flow), [...(flows.get(String(exchange.flow)) ?? []), exchange]);
  return [...flows].map(([id, list]) => flowOf(id, list, null, masked(list)));
}

/**
 * A browser that repeats an authorization request begins nothing new; what comes before the first belongs to it.
 * @param {Exchange[]} exchanges  in order
 */
function byRequest(exchanges) {
  let count = 1;
  /** @type {string | null} */
  let state = null;
  return exchanges.map((exchange, index) => {
    // What sends the browser to the authorization server belongs to the login that it begins.
    const begins =
      exchange.endpoint === 'login'
        ? exchanges.slice(index).find(({ endpoint }) => endpoint === 'authorize')
        : exchange;
    const asked = begins?.endpoint === 'authorize' ? (find(requestParams(begins), 'state') ?? String(begins.id)) : null;
    if (asked !== null && state !== null && asked !== state) count += 1;
    state = asked ?? state;
    return { ...exchange, flow: `har${count}` };
  });
}

/** Whether the file was masked by `toHar` before. @param {Exchange[]} exchanges */
function masked(exchanges) {
  return exchanges.some(({ request, response }) =>
    /…[0-9a-f]{8}/.test(`${request.target} ${request.body ?? ''} ${response?.body ?? ''}`),
  );
}
