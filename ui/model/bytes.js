// base64, base64url and hexadecimal (RFC 4648), to and from bytes. Wrong text gives `null`, never an exception.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** @param {string} text */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** @param {Uint8Array} bytes */
export function base64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const bits = (a << 16) | (b << 8) | c;
    const more = Math.min(3, bytes.length - at);
    for (let n = 0; n < 4; n += 1) text += n <= more ? ALPHABET[(bits >> (18 - 6 * n)) & 63] : '=';
  }
  return text;
}

/** Without padding (RFC 7515 §2). @param {Uint8Array} bytes */
export function base64url(bytes) {
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * The standard alphabet, padded or not. `null`: it is something else.
 * @param {string} text
 */
export function fromBase64(text) {
  const bare = text.replace(/={1,2}$/, '');
  if (bare.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(bare)) return null;
  const bytes = new Uint8Array(Math.floor((bare.length * 3) / 4));
  let bits = 0;
  let have = 0;
  let at = 0;
  for (const character of bare) {
    bits = ((bits << 6) | ALPHABET.indexOf(character)) & 0xfff_fff;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    bytes[at] = (bits >> have) & 255;
    at += 1;
  }
  return bytes;
}

/**
 * The alphabet for addresses, without padding. `null`: it is something else.
 * @param {string} text
 */
export function fromBase64url(text) {
  return /^[A-Za-z0-9_-]*$/.test(text) ? fromBase64(text.replaceAll('-', '+').replaceAll('_', '/')) : null;
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Bytes as text; `null` if they are no UTF-8.
 * @param {Uint8Array} bytes
 */
export function text(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
