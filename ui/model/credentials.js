// `Authorization` and `WWW-Authenticate` taken apart (RFC 9110 §11, RFC 7617, RFC 6750). Never throws.

import { formDecode } from './wire.js';
import { fromBase64 } from './bytes.js';

/**
 * @typedef {object} Basic
 * @property {'basic'} kind
 * @property {string} user  form-decoded, as RFC 6749 §2.3.1 has it
 * @property {string} password  form-decoded
 * @property {string} rawUser  as it stood in the base64
 * @property {string} rawPassword
 * @property {string | null} problem
 *
 * @typedef {{ kind: 'bearer', token: string, problem: string | null }} Bearer
 * @typedef {{ kind: 'other', scheme: string, rest: string, problem: string | null }} Other
 */

/**
 * @param {string | null | undefined} value
 * @returns {Basic | Bearer | Other | null}
 */
export function parseAuthorization(value) {
  if (value === null || value === undefined) return null;
  const text = value.trim();
  const at = text.indexOf(' ');
  const scheme = at < 0 ? text : text.slice(0, at);
  const rest = at < 0 ? '' : text.slice(at + 1).trim();
  switch (scheme.toLowerCase()) {
    case 'basic':
      return basic(rest);
    case 'bearer':
      return { kind: 'bearer', token: rest, problem: rest === '' ? 'there is no token after Bearer' : null };
    default:
      return { kind: 'other', scheme, rest, problem: null };
  }
}

/**
 * @param {string} rest
 * @returns {Basic}
 */
function basic(rest) {
  const none = { kind: /** @type {const} */ ('basic'), user: '', password: '', rawUser: '', rawPassword: '' };
  const bytes = fromBase64(rest);
  if (!bytes) return { ...none, problem: 'what follows Basic is not base64' };
  const text = new TextDecoder().decode(bytes);
  const colon = text.indexOf(':');
  if (colon < 0)
    return { ...none, rawUser: text, user: formDecode(text), problem: 'there is no colon after the client_id' };
  const rawUser = text.slice(0, colon);
  const rawPassword = text.slice(colon + 1);
  return { ...none, rawUser, rawPassword, user: formDecode(rawUser), password: formDecode(rawPassword), problem: null };
}

/**
 * The challenges of a `WWW-Authenticate` header.
 * @param {string | null | undefined} value
 * @returns {{ scheme: string, params: Record<string, string> }[]}
 */
export function parseChallenge(value) {
  /** @type {{ scheme: string, params: Record<string, string> }[]} */
  const all = [];
  const token = /\s*,?\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/gy;
  for (let found = token.exec(value ?? ''); found; found = token.exec(value ?? '')) {
    const [, name = '', quoted, bare] = found;
    const said = quoted?.replace(/\\(.)/g, '$1') ?? bare;
    const last = all.at(-1);
    if (said === undefined || !last) all.push({ scheme: name, params: Object.create(null) });
    else last.params[name.toLowerCase()] = said;
  }
  return all;
}
