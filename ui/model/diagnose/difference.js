// How an address that was sent differs from the one that was expected. For people: whether it matches was decided byte
// by byte (OAuth 2.1 §2.3.1).

import { parseUrl, percentDecode } from '../wire.js';

/**
 * @typedef {object} Difference
 * @property {'slash' | 'space' | 'case' | 'encoding' | 'scheme' | 'loopback' | 'host' | 'port' | 'path' | 'query' | 'fragment' | 'other'} kind
 * @property {number} at  the first character that differs, counted from 0
 * @property {string} words
 */

const HERE = ['localhost', '127.0.0.1', '[::1]'];

/**
 * @param {string} sent
 * @param {string} expected
 * @returns {Difference | null}  `null` if they are the same
 */
export function difference(sent, expected) {
  if (sent === expected) return null;
  return { at: firstDifference(sent, expected), ...kindOf(sent, expected) };
}

/** @param {string} a @param {string} b */
export function firstDifference(a, b) {
  const [left, right] = [[...a], [...b]];
  const at = left.findIndex((character, index) => character !== right[index]);
  return at < 0 ? left.length : at;
}

/**
 * @param {string} sent
 * @param {string} expected
 * @returns {{ kind: Difference['kind'], words: string }}
 */
function kindOf(sent, expected) {
  if (sent === `${expected}/`)
    return { kind: 'slash', words: 'The address that was sent ends with a slash; the expected one does not.' };
  if (expected === `${sent}/`)
    return { kind: 'slash', words: 'The expected address ends with a slash; the one that was sent does not.' };
  if (sent.trim() === expected)
    return { kind: 'space', words: 'There is white space before or after the address that was sent.' };
  if (sent.toLowerCase() === expected.toLowerCase())
    return { kind: 'case', words: 'They differ in upper and lower case only, and that counts.' };
  if (percentDecode(sent) === percentDecode(expected))
    return { kind: 'encoding', words: 'They differ in percent-encoding only, and that counts.' };
  const [a, b] = [parseUrl(sent), parseUrl(expected)];
  if (!a || !b) return { kind: 'other', words: 'One of the two is no absolute address.' };
  const parts = /** @type {const} */ (['scheme', 'userinfo', 'host', 'port', 'path', 'query', 'fragment']);
  const differ = parts.filter((part) => a[part] !== b[part]);
  if (differ.length > 1) return { kind: 'other', words: `They differ in ${list(differ)}.` };
  return one(differ[0] ?? 'path', a, b);
}

/**
 * @typedef {NonNullable<ReturnType<typeof parseUrl>>} Url
 * @param {keyof Url} part
 * @param {Url} a
 * @param {Url} b
 * @returns {{ kind: Difference['kind'], words: string }}
 */
function one(part, a, b) {
  const came = (/** @type {string | null} */ value) => (value === null || value === '' ? 'none' : `“${value}”`);
  const was = `${came(a[part])} was sent where ${came(b[part])} is expected`;
  switch (part) {
    case 'scheme':
      return { kind: 'scheme', words: `The scheme ${was}.` };
    case 'host':
      return HERE.includes(a.host) && HERE.includes(b.host)
        ? { kind: 'loopback', words: `The host ${was}. Both mean this computer, but they are two names.` }
        : { kind: 'host', words: `The host ${was}.` };
    case 'port':
      return { kind: 'port', words: `As port ${was}.` };
    case 'query':
      return { kind: 'query', words: `As query ${was}.` };
    case 'fragment':
      return { kind: 'fragment', words: `As fragment ${was}.` };
    case 'path':
      return { kind: 'path', words: `The path ${was}.` };
    default:
      return { kind: 'other', words: `As ${part} ${was}.` };
  }
}

/** @param {string[]} words */
function list(words) {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
