// Bytes of HTTP taken apart: targets, queries, forms, JSON, cookies, credentials, challenges (RFC 9110, RFC 6265, URL).
// Everything comes from strangers, so nothing here throws, and nothing is normalized: a value is shown as it came.
// Left out: multipart bodies and structured fields, which no flow uses.

import { decode } from './jwt.js';

/** @import { Exchange, Pairs, RequestMessage, ResponseMessage } from '../types.d.ts' */

/**
 * A form-encoded text, as a query and a form body have it. Repeated and empty names are kept, in order.
 * @param {string | null | undefined} text
 * @returns {Pairs}
 */
export function parseForm(text) {
  if (!text) return [];
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [formDecode(part), ''] : [formDecode(part.slice(0, at)), formDecode(part.slice(at + 1))];
    });
}

/**
 * `+` and percent escapes. What is no escape, or no UTF-8, stays as it came.
 * @param {string} text
 */
export function formDecode(text) {
  return percentDecode(text.replaceAll('+', ' '));
}

/** @param {string} text */
export function percentDecode(text) {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

/**
 * As a browser's form would write it (application/x-www-form-urlencoded).
 * @param {string} text
 */
export function formEncode(text) {
  const lone = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
  const escaped = encodeURIComponent(text.replace(lone, '\uFFFD'));
  return escaped.replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll('%20', '+');
}

/**
 * A request target or an address: what is before the query, the query's parameters, the fragment.
 * @param {string} target
 * @returns {{ path: string, query: Pairs, fragment: string | null, raw: string | null }}
 */
export function parseTarget(target) {
  const hash = target.indexOf('#');
  const fragment = hash < 0 ? null : target.slice(hash + 1);
  const rest = hash < 0 ? target : target.slice(0, hash);
  const mark = rest.indexOf('?');
  const raw = mark < 0 ? null : rest.slice(mark + 1);
  return { path: mark < 0 ? rest : rest.slice(0, mark), query: parseForm(raw), fragment, raw };
}

/**
 * An absolute address in its parts, as they stand there. `null` if it has no scheme.
 * @param {string} text
 */
export function parseUrl(text) {
  const found = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/su.exec(text);
  if (!found) return null;
  const [, scheme = '', authority = '', path = '', query, fragment] = found;
  const sign = authority.lastIndexOf('@');
  const place = authority.slice(sign + 1);
  const port = /^(.*):(\d*)$/su.exec(place);
  return {
    scheme,
    userinfo: sign < 0 ? null : authority.slice(0, sign),
    host: port?.[1] ?? place,
    port: port?.[2] ?? null,
    path,
    query: query ?? null,
    fragment: fragment ?? null,
    origin: `${scheme}://${place}`,
  };
}

/**
 * @param {string | null | undefined} text
 * @returns {{ value: unknown, error: string | null }}
 */
export function parseJson(text) {
  if (text === null || text === undefined || text === '') return { value: null, error: 'nothing came' };
  try {
    return { value: JSON.parse(text), error: null };
  } catch (error) {
    return { value: null, error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The members of a JSON object, values that are no strings as JSON. Empty for anything else.
 * @param {string | null | undefined} text
 * @returns {Pairs}
 */
export function jsonMembers(text) {
  const { value } = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([name, member]) => [
    name,
    typeof member === 'string' ? member : JSON.stringify(member),
  ]);
}

/**
 * A `Cookie` header (RFC 6265 §5.4).
 * @param {string | null | undefined} text
 * @returns {Pairs}
 */
export function parseCookies(text) {
  if (!text) return [];
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? ['', part] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    });
}

/**
 * A `Set-Cookie` header (RFC 6265 §5.2). Attribute names in lower case.
 * @param {string} text
 */
export function parseSetCookie(text) {
  const [first = '', ...rest] = text.split(';');
  const at = first.indexOf('=');
  /** @type {Record<string, string>} */
  const attributes = Object.create(null);
  for (const part of rest) {
    const mark = part.indexOf('=');
    const name = (mark < 0 ? part : part.slice(0, mark)).trim().toLowerCase();
    if (name !== '') attributes[name] = mark < 0 ? '' : part.slice(mark + 1).trim();
  }
  const age = attributes['max-age'];
  return {
    name: at < 0 ? '' : first.slice(0, at).trim(),
    value: (at < 0 ? first : first.slice(at + 1)).trim(),
    attributes,
    secure: 'secure' in attributes,
    httpOnly: 'httponly' in attributes,
    sameSite: attributes['samesite']?.toLowerCase() ?? null,
    path: attributes['path'] ?? null,
    domain: attributes['domain'] ?? null,
    maxAge: age !== undefined && /^-?\d+$/.test(age) ? Number(age) : null,
    expires: attributes['expires'] ?? null,
  };
}

/**
 * The first value of a header; names are compared in lower case.
 * @param {RequestMessage | ResponseMessage | null | undefined} message
 * @param {string} name
 */
export function header(message, name) {
  return message?.headers.find(([other]) => other.toLowerCase() === name)?.[1] ?? null;
}

/**
 * All values of a header.
 * @param {RequestMessage | ResponseMessage | null | undefined} message
 * @param {string} name
 */
export function headers(message, name) {
  return (message?.headers ?? []).filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

/**
 * The media type of a message without its parameters, in lower case.
 * @param {RequestMessage | ResponseMessage | null | undefined} message
 */
export function mediaType(message) {
  return header(message, 'content-type')?.split(';')[0]?.trim().toLowerCase() ?? null;
}

/**
 * The first value with that name.
 * @param {Pairs} pairs
 * @param {string} name
 */
export function find(pairs, name) {
  return pairs.find(([other]) => other === name)?.[1] ?? null;
}

/**
 * Names that occur more than once.
 * @param {Pairs} pairs
 */
export function repeated(pairs) {
  const names = pairs.map(([name]) => name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

/** Asked again and again, and never changing. @type {WeakMap<RequestMessage, Pairs>} */
const known = new WeakMap();

/** Claims of a request object that are no parameters (RFC 9101 §9.1). */
const OF_THE_JWT = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'];

/**
 * What a request object says goes before what stands beside it (OpenID Connect Core §6.3.3).
 * @param {Pairs} params
 * @returns {Pairs}
 */
function unpacked(params) {
  const claims = decode(find(params, 'request') ?? '')?.claims;
  if (!claims) return params;
  const said = Object.entries(claims).filter(([name]) => !OF_THE_JWT.includes(name));
  const inside = said.flatMap(([name, value]) =>
    [value].flat().map((one) => /** @type {[string, string]} */ ([name, typeof one === 'string' ? one : JSON.stringify(one)])),
  );
  return [...params.filter(([name]) => !Object.hasOwn(claims, name)), ...inside];
}

/**
 * The parameters of a request: those of the query, those of a form body, and those in a request object. Not to be changed.
 * @param {Exchange | null | undefined} exchange
 * @returns {Pairs}
 */
export function requestParams(exchange) {
  if (!exchange) return [];
  const before = known.get(exchange.request);
  if (before) return before;
  const params = unpacked([...parseTarget(exchange.request.target).query, ...formOf(exchange.request)]);
  known.set(exchange.request, params);
  return params;
}

/**
 * The fields of a form body; empty for a body of another type.
 * @param {RequestMessage} request
 * @returns {Pairs}
 */
export function formOf(request) {
  const type = mediaType(request);
  return type === 'application/x-www-form-urlencoded' ? parseForm(request.body) : [];
}

/**
 * Where a redirect leads, taken apart; `null` if the response is none.
 * @param {Exchange | null | undefined} exchange
 */
export function redirectOf(exchange) {
  const location = header(exchange?.response, 'location');
  return location === null ? null : { location, ...parseTarget(location) };
}
