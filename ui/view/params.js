// Names and values of a message, one a line. Each name tells what it is: as a hint, and in the page when it is pressed.

import { explain } from '../model/explain/index.js';
import { decode } from '../model/jwt.js';
import { fill, h } from './dom.js';
import { hinted } from './hint.js';
import { sectionLink } from './section.js';
import { tokenView } from './token.js';

/** @import { Explanation, Pairs, Where } from '../types.d.ts' */

/**
 * What the parts of a step need to know to draw themselves.
 * @typedef {object} Reading
 * @property {'learner' | 'developer' | 'auditor'} read
 * @property {ReadonlySet<string>} fresh names that occur for the first time
 * @property {Set<string>} open keys of parts that the reader opened
 * @property {() => Promise<{ keys?: unknown } | null>} keys
 * @property {number} at the moment of the step, in seconds since 1970
 * @property {(value: string) => { chip: string, index: number }[]} trail other steps that carry a value
 * @property {(index: number) => void} go
 */

/** Longer values are cut until somebody asks for all. */
const LONG = 220;

/**
 * @param {Pairs} pairs
 * @param {Where} where
 * @param {Reading} reading
 * @param {{ signs?: [string, string], group?: string }} [look] what stands before the first and before the others
 */
export function paramList(pairs, where, reading, look = {}) {
  const group = look.group ?? where;
  return h('dl', { class: look.signs ? 'params has-signs' : 'params' }, pairs.map(([name, value], index) =>
    row(name, value, where, reading, { sign: look.signs?.[index === 0 ? 0 : 1] ?? '', key: `${group}/${index}/${name}` })));
}

/**
 * @param {string} name
 * @param {string} value
 * @param {Where} where
 * @param {Reading} reading
 * @param {{ sign: string, key: string }} place
 */
function row(name, value, where, reading, { sign, key }) {
  const told = explain(name, { where });
  const fresh = reading.fresh.has(where === 'cookie' ? `cookie:${name}` : name);
  const jwt = decode(value.replace(/^Bearer /, ''));
  const more = h('dd', { class: 'param-more', hidden: true });
  const button = h('button', { type: 'button', class: 'param-name', 'aria-expanded': 'false' }, name === '' ? '(no name)' : name);
  const setOpen = (/** @type {boolean} */ wanted) => {
    more.hidden = !wanted;
    button.setAttribute('aria-expanded', String(wanted));
    fill(more, wanted ? details(value, told, reading) : null);
    if (wanted) reading.open.add(key);
    else reading.open.delete(key);
  };
  button.addEventListener('click', () => setOpen(more.hidden !== false));
  hinted(button, () => (more.hidden ? hintOf(told) : null));
  if (reading.open.has(key)) setOpen(true);
  return h('div', { class: fresh ? 'param is-fresh' : 'param' },
    h('dt', null, sign && h('span', { class: 'param-sign', 'aria-hidden': 'true' }, sign), button,
      fresh && h('span', { class: 'param-new' }, 'new')),
    h('dd', { class: 'param-value' }, valueNode(value)),
    reading.read === 'learner' && told && h('dd', { class: 'param-plain' }, told.what),
    jwt && h('dd', { class: 'param-token' }, tokenView(value.replace(/^Bearer /, ''), jwt, reading, key)),
    more);
}

/** What is said of a name that is in no table. */
const OWN = 'No specification that this page knows gives it a meaning; it is the sender’s own.';

/** @param {Explanation | null} told */
function hintOf(told) {
  if (!told) return [h('p', null, OWN)];
  return [h('p', null, told.what), told.why ? h('p', { class: 'quiet' }, told.why) : null, told.section && h('p', { class: 'section' }, told.section)]
    .filter((node) => node instanceof Node);
}

/**
 * @param {string} value
 * @param {Explanation | null} told
 * @param {Reading} reading
 */
function details(value, told, reading) {
  const others = value.length > 7 ? reading.trail(value) : [];
  return [
    told && reading.read !== 'learner' && h('p', null, told.what),
    told?.why && h('p', null, told.why),
    !told && h('p', null, OWN),
    told?.section && h('p', null, sectionLink(told.section)),
    others.length > 0 && h('p', null, 'The same value is also at step ', others.flatMap((other, index) => [
      index > 0 && ', ', h('button', { type: 'button', class: 'plain', onclick: () => reading.go(other.index) }, other.chip)]), '.'),
    h('p', null, copyButton(value)),
  ];
}

/**
 * A button that copies a text and says that it did.
 * @param {string} text
 * @param {string} [label]
 * @param {{ fresh?: () => string, look?: string }} [options] the text, where it is known only when it is wanted; classes
 */
export function copyButton(text, label = 'Copy value', { fresh = () => text, look = 'plain copy' } = {}) {
  const button = h('button', { type: 'button', class: look }, label);
  button.addEventListener('click', async () => {
    const done = await navigator.clipboard.writeText(fresh()).then(() => true, () => false);
    fill(button, done ? 'Copied' : 'The browser did not let it be copied');
    setTimeout(() => fill(button, label), 1600);
  });
  return button;
}

/**
 * A value as it came. Long ones are cut, and can be opened.
 * @param {string} value
 */
export function valueNode(value) {
  if (value === '') return h('span', { class: 'nothing' }, 'empty');
  const node = h('span', { class: 'value' });
  if (value.length <= LONG) {
    fill(node, value);
    return node;
  }
  const all = h('button', { type: 'button', class: 'plain' }, `all ${value.length.toLocaleString('en')} characters`);
  all.addEventListener('click', () => fill(node, value));
  fill(node, value.slice(0, LONG - 100), '… ', all);
  return node;
}
