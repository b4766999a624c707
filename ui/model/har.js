// A flow as an HTTP Archive (HAR 1.2), which every browser's developer tools can open.
// What HAR has no place for goes into `_countersign`, so that an import loses nothing. The import is in `har_import.js`.

import { formOf, header, headers, mediaType, parseCookies, parseSetCookie, parseTarget } from './wire.js';

/** @import { Exchange, Flow, Pairs, ResponseMessage } from '../types.d.ts' */

export { fromHar } from './har_import.js';

/** @type {Record<number, string>} */
const REASONS = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/**
 * @param {Flow} flow
 * @param {{ version?: string }} [options]
 */
export function toHar(flow, { version = '1' } = {}) {
  return {
    log: {
      version: '1.2',
      creator: {
        name: 'Countersign',
        version,
        comment: flow.masked ? 'Secrets are masked.' : 'Secrets are in the clear.',
      },
      entries: [...flow.exchanges].sort((a, b) => a.at - b.at || a.id - b.id).map((exchange) => entry(exchange, flow)),
    },
  };
}

/** @param {Exchange} exchange @param {Flow} flow */
function entry(exchange, flow) {
  const time = (exchange.took ?? 0) / 1000;
  const { id, site, endpoint, run, held, lost, checks, refused, engine_flow, client_id, trace_id, traceparent } =
    exchange;
  return {
    startedDateTime: new Date(exchange.at).toISOString(),
    time,
    request: request(exchange),
    response: response(exchange),
    cache: {},
    timings: { send: 0, wait: time, receive: 0 },
    _countersign: {
      id,
      flow: flow.id,
      site,
      endpoint,
      run,
      held,
      lost,
      checks,
      refused,
      engine_flow,
      client_id,
      trace_id,
      traceparent,
      answered: exchange.response !== null,
    },
  };
}

/** @param {Exchange} exchange */
function request({ request: message }) {
  const { path, query } = parseTarget(message.target);
  const host = header(message, 'host') ?? 'localhost';
  const form = formOf(message);
  const address = /^https?:\/\//.test(path) ? message.target : `${message.scheme ?? 'http'}://${host}${message.target}`;
  return {
    method: message.method,
    url: address,
    httpVersion: message.version,
    cookies: headers(message, 'cookie')
      .flatMap(parseCookies)
      .map(([name, value]) => ({ name, value })),
    headers: named(message.headers),
    queryString: named(query),
    ...(message.body === null || message.body === ''
      ? {}
      : { postData: { mimeType: header(message, 'content-type') ?? '', params: named(form), text: message.body } }),
    headersSize: -1,
    bodySize: message.bytes,
  };
}

/** @param {Exchange} exchange */
function response({ response: message }) {
  if (!message) {
    // The form that browsers give to a request without an answer.
    return {
      status: 0,
      statusText: '',
      httpVersion: '',
      cookies: [],
      headers: [],
      content: { size: 0, mimeType: 'x-unknown' },
      redirectURL: '',
      headersSize: -1,
      bodySize: -1,
    };
  }
  return {
    status: message.status,
    statusText: REASONS[message.status] ?? '',
    httpVersion: 'HTTP/1.1',
    cookies: headers(message, 'set-cookie').map(setCookie),
    headers: named(message.headers),
    content: content(message),
    redirectURL: header(message, 'location') ?? '',
    headersSize: -1,
    bodySize: message.bytes,
  };
}

/** @param {ResponseMessage} message */
function content(message) {
  const size = { size: message.bytes, mimeType: header(message, 'content-type') ?? mediaType(message) ?? '' };
  return message.body === null ? size : { ...size, text: message.body };
}

/** @param {string} text */
function setCookie(text) {
  const cookie = parseSetCookie(text);
  const until = cookie.expires === null ? Number.NaN : Date.parse(cookie.expires);
  return {
    name: cookie.name,
    value: cookie.value,
    ...(cookie.path === null ? {} : { path: cookie.path }),
    ...(cookie.domain === null ? {} : { domain: cookie.domain }),
    ...(Number.isNaN(until) ? {} : { expires: new Date(until).toISOString() }),
    httpOnly: cookie.httpOnly,
    secure: cookie.secure,
  };
}

/** @param {Pairs} pairs */
const named = (pairs) => pairs.map(([name, value]) => ({ name, value }));
