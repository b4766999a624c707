// Why a verifier does not hash to a challenge: the usual mistakes, tried one after the other (RFC 7636 §4.2, §4.6).
// Only what can be computed from the two values is claimed.

import { fromBase64, fromBase64url, base64url, hex, utf8 } from '../bytes.js';
import { challengeOf } from '../pkce.js';
import { sha256 } from '../sha256.js';

/** @typedef {{ id: string, what: string, fix: string }} Mismatch */

/** @type {(id: string, what: string, fix: string) => Mismatch} */
const because = (id, what, fix) => ({ id, what, fix });

const HASH_TEXT = "Hash the verifier's characters (ASCII), exactly as they are sent.";

/**
 * @param {string} verifier  as it came
 * @param {string} challenge  as it came
 * @returns {Mismatch | null}  `null` if no usual mistake explains it
 */
export function mismatch(verifier, challenge) {
  return (
    swapped(verifier, challenge) ??
    wrongForm(verifier, challenge) ??
    otherText(verifier, challenge) ??
    otherBytes(verifier, challenge)
  );
}

/** @param {string} verifier @param {string} challenge */
function swapped(verifier, challenge) {
  if (verifier === challenge) {
    return because(
      'sent_as_challenge',
      'The challenge is the verifier itself: it was not hashed (the plain method), or the challenge was sent as code_verifier.',
      'Send BASE64URL(SHA-256(code_verifier)) as code_challenge, and the value that was hashed as code_verifier.',
    );
  }
  if (challengeOf(challenge) === verifier) {
    return because(
      'swapped',
      'The two are swapped: what came as code_verifier is the hash of what went out as code_challenge.',
      'Send the hash first, in the authorization request, and the hashed value in the token request.',
    );
  }
  const empty = ['', 'undefined', 'null', 'None', '[object Promise]', '[object Object]'].find(
    (word) => challengeOf(word) === challenge,
  );
  if (empty !== undefined) {
    const said = empty === '' ? 'an empty text' : `the word ${empty}`;
    return because(
      'empty',
      `The challenge is the hash of ${said}: there was no verifier yet when it was made.`,
      'Make the verifier first, and wait for it where that is asynchronous.',
    );
  }
  return null;
}

/** The challenge is the right hash in the wrong form. @param {string} verifier @param {string} challenge */
function wrongForm(verifier, challenge) {
  const hash = sha256(verifier);
  const digits = hex(hash);
  if (challenge.toLowerCase() === digits) {
    return because(
      'hex',
      'The challenge is the hash in hexadecimal.',
      'Encode the 32 bytes of the hash in base64url, not its hexadecimal digits.',
    );
  }
  if (challenge === base64url(utf8(digits))) {
    return because(
      'hex',
      'The challenge is base64url of the hash in hexadecimal.',
      'Encode the 32 bytes of the hash in base64url, not its hexadecimal digits.',
    );
  }
  const bare = challenge.replace(/=+$/, '');
  if (bare !== challenge && (bare === base64url(hash) || same(fromBase64(bare), hash))) {
    return because(
      'padding',
      'The challenge has padding (=) at its end.',
      'Leave the = out: base64url without padding is 43 characters.',
    );
  }
  if (/[+/]/.test(challenge) && same(fromBase64(challenge), hash)) {
    return because(
      'alphabet',
      'The challenge is in the standard base64 alphabet, with + and /.',
      'Use the alphabet for addresses, with - and _.',
    );
  }
  if (challenge.length > 4 && challenge.length < 43 && base64url(hash).startsWith(challenge)) {
    return because(
      'cut',
      `The challenge is the beginning of the hash: ${challenge.length} of 43 characters came.`,
      'Do not cut it, and give the field that keeps it 43 characters.',
    );
  }
  return null;
}

/** Another text was hashed: the verifier with something added, taken away or replaced. @param {string} verifier @param {string} challenge */
function otherText(verifier, challenge) {
  const is = (/** @type {string[]} */ ...texts) =>
    texts.some((text) => text !== verifier && challengeOf(text) === challenge);
  const standard = verifier.replaceAll('-', '+').replaceAll('_', '/');
  const hash = challengeOf(verifier);
  if (is(hash, `${hash}=`, hex(sha256(verifier))))
    return because(
      'twice',
      'The challenge is the verifier hashed twice.',
      'Hash it once: a library may have done it already.',
    );
  if (is(`${verifier}=`, `${verifier}==`))
    return because(
      'padding',
      'The challenge hashes the verifier with base64 padding (=) at its end, which was sent without.',
      HASH_TEXT,
    );
  if (is(standard, `${standard}=`, `${standard}==`))
    return because(
      'alphabet',
      'The challenge hashes the verifier in the standard base64 alphabet (+ and /), which was sent with - and _.',
      HASH_TEXT,
    );
  if (is(verifier.trim(), `${verifier}\n`, `${verifier}\r\n`, `${verifier} `, ` ${verifier}`))
    return because(
      'space',
      'One of the two has white space at its end: the challenge hashes the verifier with it, or without.',
      HASH_TEXT,
    );
  if (is(`"${verifier}"`, verifier.replace(/^"|"$/g, '')))
    return because(
      'quotes',
      'The challenge hashes the verifier with quotation marks, as JSON text has them.',
      HASH_TEXT,
    );
  if (is(encodeURIComponent(verifier), verifier.replaceAll('~', '%7E')))
    return because('encoded', 'The challenge hashes the verifier after percent-encoding.', HASH_TEXT);
  if (is(verifier.replaceAll('=', '')))
    return because('padding', 'The verifier was sent with padding (=), and hashed without.', HASH_TEXT);
  if (is(verifier.toLowerCase(), verifier.toUpperCase()))
    return because(
      'case',
      'The challenge hashes the verifier in other letters: upper and lower case were changed.',
      HASH_TEXT,
    );
  const cut = [128, 64, 43].find((length) => verifier.length > length && is(verifier.slice(0, length)));
  if (cut !== undefined)
    return because('cut', `The challenge hashes the first ${cut} characters of the verifier only.`, HASH_TEXT);
  return null;
}

/** The right text was hashed, but as other bytes. @param {string} verifier @param {string} challenge */
function otherBytes(verifier, challenge) {
  const hashes = (/** @type {Uint8Array | null} */ bytes) => bytes !== null && base64url(sha256(bytes)) === challenge;
  if (hashes(sha256(verifier)))
    return because(
      'twice',
      'The challenge is the verifier hashed twice.',
      'Hash it once: a library may have done it already.',
    );
  const digits = /^(?:[0-9a-fA-F]{2})+$/.test(verifier)
    ? Uint8Array.from(verifier.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    : null;
  if (hashes(fromBase64url(verifier)) || hashes(digits)) {
    return because('bytes', 'The challenge hashes the bytes that the verifier encodes, not its characters.', HASH_TEXT);
  }
  const wide = new Uint8Array(verifier.length * 2);
  [...verifier].forEach((character, index) =>
    wide.set([character.charCodeAt(0) & 255, character.charCodeAt(0) >> 8], index * 2),
  );
  if (hashes(wide)) return because('utf16', 'The challenge hashes the verifier in UTF-16.', HASH_TEXT);
  return null;
}

/** @param {Uint8Array | null} a @param {Uint8Array} b */
function same(a, b) {
  return a !== null && a.length === b.length && a.every((byte, index) => byte === b[index]);
}
