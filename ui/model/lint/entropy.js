// How hard a value is to guess, at most: by its length, the kinds of its characters, and whether it repeats itself.
// An upper bound: a value may be worse than this says (a counter in hexadecimal, say), never better.

/** Kinds of characters, and how many there are of each. @type {[RegExp, number][]} */
const KINDS = [
  [/[0-9]/, 10],
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[^0-9A-Za-z]/, 4],
];

/**
 * Bits of entropy, at most.
 * @param {string} value
 */
export function entropy(value) {
  const once = value.slice(0, period(value));
  const hexadecimal = /^[0-9a-f-]+$/.test(once) || /^[0-9A-F-]+$/.test(once);
  const size = hexadecimal
    ? /[a-fA-F]/.test(once)
      ? 16
      : 10
    : KINDS.filter(([kind]) => kind.test(once)).reduce((sum, [, count]) => sum + count, 0);
  const letters = hexadecimal ? once.replaceAll('-', '') : once;
  return surprising(letters) * Math.log2(Math.max(1, size));
}

/**
 * The length after which a value repeats itself; its whole length if it does not, at least twice.
 * @param {string} value
 */
export function period(value) {
  for (let length = 1; length <= value.length / 2; length += 1) {
    if (value.slice(length) === value.slice(0, value.length - length)) return length;
  }
  return value.length;
}

/**
 * Characters that do not follow from the two before them: `aaaa`, `1234` and `dcba` have two each.
 * @param {string} value
 */
function surprising(value) {
  const codes = [...value].map((character) => character.codePointAt(0) ?? 0);
  const step = (/** @type {number} */ index) => (codes[index] ?? 0) - (codes[index - 1] ?? 0);
  return codes.filter((_, index) => index < 2 || Math.abs(step(index)) > 1 || step(index) !== step(index - 1)).length;
}
