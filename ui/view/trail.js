// Where else a value occurs: a code in the redirect, in the callback and in the token request is one code.

import { fieldsOf } from '../model/fresh.js';

/** @import { Row } from './diagram.js' */

/**
 * @param {readonly Row[]} rows
 * @param {number} here the step that asks
 * @returns {(value: string) => { chip: string, index: number }[]}
 */
export function trailOf(rows, here) {
  /** @type {Map<string, { chip: string, index: number }[]> | null} */
  let found = null;
  return (value) => {
    found ??= gather(rows);
    return (found.get(bare(value)) ?? []).filter(({ index }) => index !== here);
  };
}

/** @param {readonly Row[]} rows */
function gather(rows) {
  /** @type {Map<string, { chip: string, index: number }[]>} */
  const found = new Map();
  rows.forEach(({ chip, view }, index) => {
    const sent = view.messages.flatMap(({ exchange, side }) => (exchange ? fieldsOf(exchange, side) : []));
    const values = new Set([...sent.map(({ value }) => value), ...view.made.map(([, value]) => value)].map(bare));
    for (const value of values) found.set(value, [...found.get(value) ?? [], { chip, index }]);
  });
  return found;
}

/** @param {string} value */
const bare = (value) => value.replace(/^(Bearer|DPoP) /, '');
