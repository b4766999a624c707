// Two logins side by side: the fields and the rules that tell them apart. What is random each time is left out.

import { comparePlaced, telling } from '../model/compare.js';
import { fill, h, stale } from '../view/dom.js';
import { valueNode } from '../view/params.js';
import { clockTime } from '../view/words.js';

/** @import { Flow, StepDifference } from '../types.d.ts' */
/** @import { InspectorSession } from './session.js' */

const WORDS = { seen: 'seen', inferred: 'not seen, but it must have happened', waiting: 'under way', refused: 'refused', missing: 'did not happen' };

/**
 * @param {HTMLElement} root
 * @param {InspectorSession} session
 * @param {(id: string | null) => void} choose
 */
export function showBeside(root, session, choose) {
  const { flow } = session;
  const others = flow ? session.flows().filter(({ id }) => id !== flow.id).reverse().slice(0, 50) : [];
  const other = session.other === null ? null : session.findFlow(session.other);
  root.hidden = others.length === 0;
  if (!flow || !stale(root, [flow.id, flow.exchanges.length, others.map(({ id, state }) => [id, state]), other?.id, other?.exchanges.length])) return;
  const select = h('select', { id: 'other' }, h('option', { value: '' }, 'no other login'), others.map((one) => h('option', { value: one.id, selected: one.id === other?.id }, nameOf(one))));
  select.addEventListener('change', () => choose(select.value || null));
  const had = document.activeElement?.id === 'other';
  fill(root, h('h2', { id: 'beside-title' }, 'Compare'),
    h('label', { class: 'field' }, h('span', null, 'This login with'), select),
    other && table(flow, other, differences(session, flow, other)));
  if (had) select.focus();
}

/** @param {Flow} flow */
const nameOf = (flow) => `${flow.id}, ${flow.client_id ?? 'unknown client'}, ${clockTime(flow.began).slice(0, 8)}, ${flow.state}`;

/** @param {InspectorSession} session @param {Flow} a @param {Flow} b */
function differences(session, a, b) {
  const [left = [], right = []] = [a, b].map((flow) => session.rowsOf(flow).map(({ view }) => view));
  return comparePlaced(left, right).filter(({ differs }) => differs);
}

/** @param {Flow} a @param {Flow} b @param {StepDifference[]} steps */
function table(a, b, steps) {
  if (steps.length === 0) return h('p', { class: 'notice notice-good' }, 'Step by step the same, but for what is made anew each time.');
  const head = (/** @type {string} */ text) => h('th', { scope: 'col' }, text);
  return h('table', { class: 'beside' },
    h('thead', null, h('tr', null, head('Step'), head('What'), head(a.id), head(b.id))),
    h('tbody', null, steps.flatMap((step) => linesOf(step, [a.id, b.id]))));
}

/** @param {StepDifference} step @param {string[]} names */
function linesOf(step, names) {
  const states = [step.a, step.b].map((view) => WORDS[view?.state ?? 'missing']);
  const state = states[0] === states[1] ? [] : [line(step, 'How it went', states, names)];
  // What only one of them came to has nothing to be compared with.
  if (states.includes(WORDS.missing)) return state;
  // Of what was made inside the client only that is known which was sent later.
  const fields = step.fields.filter((field) => telling(field) && field.where !== 'made').map(({ where, name, a, b }) => line(step, h('span', null, `${where} `, h('code', null, name)), [a, b], names));
  return [...state, ...fields, ...rules(step, names)];
}

/** The rules that only one of them met, in one line; those that one of them broke, each in its own. @param {StepDifference} step @param {string[]} names */
function rules(step, names) {
  const only = (/** @type {'a' | 'b'} */ side) => step.rules.filter((rule) => rule[side === 'a' ? 'b' : 'a'] === null).map(({ rule }) => rule).join(' ') || null;
  const [left, right] = [only('a'), only('b')];
  const broken = step.rules.filter(({ a, b }) => a !== null && b !== null);
  return [
    ...broken.map(({ rule, a, b }) => line(step, h('code', null, rule), [a, b].map((ok) => (ok ? 'held' : 'broken')), names)),
    ...(left ?? right ? [line(step, 'Checked only here', [left, right], names)] : []),
  ];
}

/** @param {StepDifference} step @param {Node | string} what @param {(string | null)[]} values @param {string[]} names */
function line(step, what, values, names) {
  const cells = values.map((value, index) => h('td', { class: value === null ? 'compare-none' : 'mono', 'data-of': names[index] }, value === null ? 'not there' : valueNode(value)));
  return h('tr', null, h('th', { scope: 'row' }, step.number === null ? step.title : `${step.number} `, step.number !== null && h('span', { class: 'beside-title' }, step.title)), h('td', null, what), cells);
}
