// Secrets taken out of a flow, so that it can be shown to others. The same secret becomes the same mask everywhere, so
// that one still sees what belongs together. What is personal goes too: pages, profiles, data of an API.

import { base64, utf8 } from './bytes.js';
import { parseAuthorization } from './credentials.js';
import { HIDDEN, mask, maskRequestObject, PASSWORD, PERSONAL, PUBLIC, SECRET } from './mask_value.js';
import { replaceAll, secretsOf } from './secrets.js';
import { formDecode, mediaType, parseJson } from './wire.js';

/** @import { Exchange, Flow, FlowLine, Pairs, RequestMessage, ResponseMessage } from '../types.d.ts' */

export { mask } from './mask_value.js';

/**
 * @param {Flow} flow
 * @returns {Flow}
 */
export function maskFlow(flow) {
  if (flow.masked) return flow;
  const known = secretsOf(flow);
  const everywhere = (/** @type {string} */ text) => replaceAll(text, known);
  const exchanges = flow.exchanges.map((exchange) => maskExchange(exchange, everywhere));
  const run = flow.run
    ? { ...flow.run, records: /** @type {FlowLine[]} */ (maskJson(flow.run.records, everywhere)) }
    : null;
  return { ...flow, exchanges, run, masked: true };
}

/** @param {Exchange} exchange @param {(text: string) => string} everywhere @returns {Exchange} */
function maskExchange(exchange, everywhere) {
  const { request, response, refused } = exchange;
  return {
    ...exchange,
    request: {
      ...request,
      target: everywhere(maskTarget(request.target)),
      headers: maskHeaders(request, everywhere),
      body: maskBody(exchange, request, everywhere),
    },
    response: response && {
      ...response,
      headers: maskHeaders(response, everywhere),
      body: maskBody(exchange, response, everywhere),
    },
    refused: refused && { ...refused, detail: refused.detail === null ? null : everywhere(refused.detail) },
  };
}

/** A target or an address: its query, and the handle of a page. @param {string} target */
function maskTarget(target) {
  const at = target.indexOf('?');
  const path = (at < 0 ? target : target.slice(0, at)).replace(
    /(\/interaction\/)([^/?#]+)/,
    (_, start, handle) => start + mask(handle),
  );
  return at < 0 ? path : `${path}?${maskForm(target.slice(at + 1))}`;
}

/** A form or query, its other parts byte for byte as they were. @param {string} text */
function maskForm(text) {
  return text
    .split('&')
    .map((part) => {
      const at = part.indexOf('=');
      const name = formDecode(at < 0 ? part : part.slice(0, at));
      if (at >= 0 && name === 'request') return `request=${maskRequestObject(formDecode(part.slice(at + 1)))}`;
      if (at < 0 || !(SECRET.has(name) || PERSONAL.has(name) || PASSWORD.test(name))) return part;
      if (PASSWORD.test(name)) return `${part.slice(0, at)}=${HIDDEN}`;
      return `${part.slice(0, at)}=${mask(formDecode(part.slice(at + 1)))}`;
    })
    .join('&');
}

/** @param {RequestMessage | ResponseMessage} message @param {(text: string) => string} everywhere @returns {Pairs} */
function maskHeaders(message, everywhere) {
  return message.headers.map(([name, value]) => {
    switch (name.toLowerCase()) {
      case 'authorization':
        return [name, maskAuthorization(value)];
      case 'cookie':
        return [name, value.split(';').map(maskCookie).join(';')];
      case 'set-cookie': {
        const [first = '', ...rest] = value.split(';');
        return [name, [maskCookie(first), ...rest].join(';')];
      }
      case 'location':
      case 'referer':
        return [name, everywhere(maskTarget(value))];
      case 'dpop':
        return [name, mask(value)];
      default:
        return [name, everywhere(value)];
    }
  });
}

/** `name=value`; short values are no secrets. @param {string} text */
function maskCookie(text) {
  const at = text.indexOf('=');
  const value = text.slice(at + 1).trim();
  return at < 0 || value.length < 8 ? text : `${text.slice(0, at + 1)}${mask(value)}`;
}

/** @param {string} value */
function maskAuthorization(value) {
  const parsed = parseAuthorization(value);
  if (parsed?.kind === 'bearer') return `Bearer ${mask(parsed.token)}`;
  if (parsed?.kind === 'basic' && parsed.problem === null)
    return `Basic ${base64(utf8(`${parsed.rawUser}:${mask(parsed.password)}`))}`;
  return `${value.split(' ')[0]} ${mask(value)}`;
}

/** @param {Exchange} exchange @param {RequestMessage | ResponseMessage} message @param {(text: string) => string} everywhere */
function maskBody(exchange, message, everywhere) {
  const { body } = message;
  if (body === null || body === '') return body;
  const type = mediaType(message);
  if (type === 'application/x-www-form-urlencoded') return everywhere(maskForm(body));
  // Signed or encrypted userinfo.
  if (type === 'application/jwt') return mask(body.trim());
  const json = parseJson(body);
  if (json.error === null) {
    const strict = ['userinfo', 'api', 'introspect'].includes(exchange.endpoint) && message === exchange.response;
    return JSON.stringify(strict ? hideStrings(json.value) : maskJson(json.value, everywhere));
  }
  const telling = (exchange.response?.status ?? 0) >= 400 || /<form[^>]*id="response"/.test(body);
  if (type === 'text/html' && !telling) return null;
  return everywhere(body);
}

/** Data of an API: texts are hidden, but for those that describe a token. @param {unknown} value @param {string} [name] @returns {unknown} */
function hideStrings(value, name = '') {
  if (typeof value === 'string') return PUBLIC.has(name) ? value : PERSONAL.has(name) ? mask(value) : HIDDEN;
  if (Array.isArray(value)) return value.map((one) => hideStrings(one, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, hideStrings(member, key)]));
}

/** @param {unknown} value @param {(text: string) => string} everywhere @param {string} [name] @returns {unknown} */
function maskJson(value, everywhere, name = '') {
  if (typeof value === 'string' && PASSWORD.test(name)) return HIDDEN;
  if (typeof value === 'string')
    return SECRET.has(name) || PERSONAL.has(name) ? mask(value) : everywhere(maskAddress(value, name));
  if (Array.isArray(value)) return value.map((one) => maskJson(one, everywhere, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskJson(member, everywhere, key)]));
}

/** Headers and addresses that a record tells. @param {string} value @param {string} name */
function maskAddress(value, name) {
  if (name === 'authorization') return maskAuthorization(value);
  if (name === 'cookie' || name === 'set-cookie')
    return value
      .split(';')
      .map((part, index) => (name === 'cookie' || index === 0 ? maskCookie(part) : part))
      .join(';');
  return name === 'url' || name === 'location' ? maskTarget(value) : value;
}
