// A JWT taken apart for the reader, and its signature checked with the browser's own cryptography (RFC 7515, RFC 7518).
// What a claim means stands in `explain`. Nothing here decides whether a token is accepted: servers do that.

import { fromBase64url, text, utf8 } from './bytes.js';

/** @import { Jwt } from '../types.d.ts' */

/**
 * Header and claims of a compact JWS; `null` if it is none.
 * @param {string} token
 * @returns {Jwt | null}
 */
export function decode(token) {
  const parts = token.split('.');
  if (parts.length !== 3) return null;
  const [head = '', body = '', signature = ''] = parts;
  const [header, claims] = [object(head), object(body)];
  if (!header || !claims || !(fromBase64url(signature) || isMask(signature))) return null;
  return { header, claims, parts: [head, body, signature] };
}

/** The signature is left out of what is shared. @param {string} signature */
const isMask = (signature) => /^…[0-9a-f]{8}$/.test(signature);

/**
 * @param {string} part
 * @returns {Record<string, unknown> | null}
 */
function object(part) {
  const bytes = fromBase64url(part);
  const said = bytes && text(bytes);
  if (!said) return null;
  try {
    const value = JSON.parse(said);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** The parameters of Web Crypto for each `alg` that a public key can check. */
const ALGORITHMS = /** @type {Record<string, { kty: string, key: any, verify: any }>} */ ({
  RS256: { kty: 'RSA', key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, verify: 'RSASSA-PKCS1-v1_5' },
  RS384: { kty: 'RSA', key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }, verify: 'RSASSA-PKCS1-v1_5' },
  RS512: { kty: 'RSA', key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }, verify: 'RSASSA-PKCS1-v1_5' },
  PS256: { kty: 'RSA', key: { name: 'RSA-PSS', hash: 'SHA-256' }, verify: { name: 'RSA-PSS', saltLength: 32 } },
  ES256: { kty: 'EC', key: { name: 'ECDSA', namedCurve: 'P-256' }, verify: { name: 'ECDSA', hash: 'SHA-256' } },
  ES384: { kty: 'EC', key: { name: 'ECDSA', namedCurve: 'P-384' }, verify: { name: 'ECDSA', hash: 'SHA-384' } },
  EdDSA: { kty: 'OKP', key: { name: 'Ed25519' }, verify: { name: 'Ed25519' } },
});

/**
 * Checks the signature with the keys of a JWK Set. `ok` is `null` where it can't be told.
 * @param {string} token
 * @param {{ keys?: unknown } | null | undefined} jwks
 * @returns {Promise<{ ok: boolean | null, why: string, kid: string | null }>}
 */
export async function verify(token, jwks) {
  const jwt = decode(token);
  if (!jwt) return { ok: null, why: 'This is not a signed JWT.', kid: null };
  const { alg, kid } = jwt.header;
  if (isMask(jwt.parts[2])) return { ok: null, why: 'The signature is masked.', kid: null };
  const named = typeof kid === 'string' ? kid : null;
  const algorithm = typeof alg === 'string' && Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined;
  if (!algorithm)
    return { ok: false, why: `alg is ${JSON.stringify(alg)}, which no public key can check.`, kid: named };
  const keys = candidates(jwks, algorithm.kty, named);
  if (keys.length === 0)
    return { ok: null, why: 'No published key fits; the keys were not seen, or have changed.', kid: named };
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return { ok: null, why: 'This browser checks signatures only on https and on localhost.', kid: named };
  const [head, body, signature] = jwt.parts;
  const signed = utf8(`${head}.${body}`);
  for (const jwk of keys) {
    try {
      const { kty, crv, n, e, x, y } = jwk;
      const key = await subtle.importKey('jwk', { kty, crv, n, e, x, y }, algorithm.key, false, ['verify']);
      const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (fromBase64url(signature));
      if (await subtle.verify(algorithm.verify, key, bytes, signed)) {
        return {
          ok: true,
          why: `Signed with the published key ${jwk.kid ?? '(no kid)'}, ${alg}.`,
          kid: jwk.kid ?? null,
        };
      }
    } catch (error) {
      return {
        ok: null,
        why: `The key can't be used here: ${error instanceof Error ? error.message : error}.`,
        kid: named,
      };
    }
  }
  return { ok: false, why: 'The signature does not fit the content and the published key.', kid: named };
}

/**
 * @param {{ keys?: unknown } | null | undefined} jwks
 * @param {string} kty
 * @param {string | null} kid
 * @returns {(JsonWebKey & { kid?: string })[]}
 */
function candidates(jwks, kty, kid) {
  if (!Array.isArray(jwks?.keys)) return [];
  return jwks.keys.filter((key) => key?.kty === kty && (kid === null || key.kid === kid) && key.use !== 'enc');
}
