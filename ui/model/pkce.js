// PKCE as the client computes it (RFC 7636 §4.1, §4.2). How a wrong verifier came about is found in `diagnose/verifier.js`.

import { base64url } from './bytes.js';
import { sha256 } from './sha256.js';

/**
 * `BASE64URL(SHA-256(code_verifier))`.
 * @param {string} verifier
 */
export function challengeOf(verifier) {
  return base64url(sha256(verifier));
}

/**
 * Whether it has the form of a verifier: 43 to 128 letters, digits, `-`, `.`, `_` or `~`.
 * @param {string} verifier
 */
export function isVerifier(verifier) {
  return /^[A-Za-z0-9._~-]{43,128}$/.test(verifier);
}

/**
 * Whether it has the form of an S256 challenge: 43 characters of base64url.
 * @param {string} challenge
 */
export function isChallenge(challenge) {
  return /^[A-Za-z0-9_-]{43}$/.test(challenge);
}
