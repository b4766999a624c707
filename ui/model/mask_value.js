// Which values are secrets, which name a person, and what stands in their place: `csat_…a1b2c3d4`, the prefix and the
// beginning of the hash.

import { base64url, hex, utf8 } from './bytes.js';
import { decode } from './jwt.js';
import { sha256 } from './sha256.js';

/** Parameters and members whose values open something. */
export const SECRET = new Set([
  'code',
  'code_verifier',
  'client_secret',
  'client_assertion',
  'refresh_token',
  'access_token',
  'id_token',
  'token',
  'id_token_hint',
  'logout_token',
  'csrf',
  'form_token',
  'registration_access_token',
  'assertion',
  'subject_token',
  'actor_token',
  'dpop',
]);
/** Values that name or describe a person. */
export const PERSONAL = new Set([
  'username',
  'login_hint',
  'logout_hint',
  'sub',
  'name',
  'given_name',
  'family_name',
  'preferred_username',
  'email',
  'phone_number',
  'picture',
  'address',
  'birthdate',
]);
/** Members of an answer that describe the token and nobody. */
export const PUBLIC = new Set([
  'active',
  'scope',
  'client_id',
  'token_type',
  'exp',
  'iat',
  'nbf',
  'iss',
  'aud',
  'jti',
  'auth_time',
  'acr',
  'amr',
  'azp',
  'error',
  'error_description',
  'trace_id',
  'countersign_trace_id',
  'expires_in',
  'at_hash',
  'nonce',
  'cnf',
  'issuer',
  'resource',
  'sid',
  'typ',
]);
/** What nobody needs even as a mask: people use one password in many places. */
export const PASSWORD = /^(?:pass(?:word|wd|phrase)?|pwd|otp|totp|pin)$/i;
export const HIDDEN = '•••';

/** @param {string} value @returns {string} */
export function mask(value) {
  if (value === '' || value === HIDDEN || /…[0-9a-f]{8}$/.test(value)) return value;
  const mark = `…${hex(sha256(value)).slice(0, 8)}`;
  const jwt = decode(value);
  if (jwt) return `${jwt.parts[0]}.${base64url(utf8(JSON.stringify(withoutPerson(jwt.claims))))}.${mark}`;
  return `${/^cs[a-z]{2}_/.exec(value)?.[0] ?? ''}${mark}`;
}

/**
 * A request object: what stands in it is hidden as it would be beside it, and so is its signature.
 * @param {string} value
 */
export function maskRequestObject(value) {
  const jwt = decode(value);
  if (!jwt || /…[0-9a-f]{8}$/.test(value)) return mask(value);
  const claims = Object.entries(jwt.claims).map(([name, one]) => [
    name,
    typeof one === 'string' && (SECRET.has(name) || PERSONAL.has(name)) ? mask(one) : one,
  ]);
  return `${jwt.parts[0]}.${base64url(utf8(JSON.stringify(Object.fromEntries(claims))))}.…${hex(sha256(value)).slice(0, 8)}`;
}

/**
 * The claims that speak of the token.
 * @param {Record<string, unknown>} claims
 * @returns {Record<string, unknown>}
 */
function withoutPerson(claims) {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      PUBLIC.has(name) ? value : typeof value === 'string' ? mask(value) : HIDDEN,
    ]),
  );
}
