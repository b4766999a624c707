// SHA-256 (FIPS 180-4), for short texts, at once. The browser's own is asynchronous, and is absent from pages that came
// over plain http from another host; the page must hash while the reader types.

import { utf8 } from './bytes.js';

/** The first 32 bits of the fractional parts of a root of the first primes. @param {number} root @param {number} count */
function constants(root, count) {
  const found = [];
  for (let n = 2; found.length < count; n += 1) {
    if (![...Array(n).keys()].some((d) => d > 1 && n % d === 0))
      found.push(Math.floor((n ** (1 / root) % 1) * 2 ** 32) | 0);
  }
  return found;
}

const START = constants(2, 8);
const ROUND = constants(3, 64);

/** @param {number} word @param {number} by */
const turn = (word, by) => (word >>> by) | (word << (32 - by));

/**
 * @param {string | Uint8Array} input  text is hashed as UTF-8
 * @returns {Uint8Array}
 */
export function sha256(input) {
  const bytes = typeof input === 'string' ? utf8(input) : input;
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length * 8);
  const state = Int32Array.from(START);
  for (let at = 0; at < padded.length; at += 64) block(state, view, at);
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((word, n) => out.setInt32(4 * n, word));
  return new Uint8Array(out.buffer);
}

/** @param {Int32Array} state @param {DataView} view @param {number} at */
function block(state, view, at) {
  const w = new Int32Array(64);
  for (let n = 0; n < 16; n += 1) w[n] = view.getInt32(at + 4 * n);
  const word = (/** @type {number} */ n) => w[n] ?? 0;
  for (let n = 16; n < 64; n += 1) {
    const s0 = turn(word(n - 15), 7) ^ turn(word(n - 15), 18) ^ (word(n - 15) >>> 3);
    const s1 = turn(word(n - 2), 17) ^ turn(word(n - 2), 19) ^ (word(n - 2) >>> 10);
    w[n] = word(n - 16) + s0 + word(n - 7) + s1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let n = 0; n < 64; n += 1) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND[n] ?? 0) + word(n)) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((more, n) => {
    state[n] = (state[n] ?? 0) + more;
  });
}
