// Two logins side by side: the fields and the rules that tell them apart. What is random each time is left out.

import { comparePlaced } from '../model/compare.js';
import { fill, h, stale } from '../view/dom.js';
import { clockTime } from '../view/words.js';

/** @import { FieldDifference, Flow, StepDifference } from '../types.d.ts' */
/** @import { InspectorSession } from './session.js' */

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
  return h('div', { class: 'scroll-x', tabindex: '0', role: 'region', 'aria-label': 'Differences' }, h('table', { class: 'beside' },
    h('thead', null, h('tr', null, head('Step'), head('What'), head(a.id), head(b.id))),
    h('tbody', null, steps.flatMap((step) => [...stateLine(step), ...step.fields.map((field) => fieldLine(step, field)), ...step.rules.map((rule) =>
      line(step, `rule ${rule.rule}`, outcome(rule.a), outcome(rule.b)))]))));
}

/** @param {StepDifference} step */
function stateLine(step) {
  const [a, b] = [step.a?.state ?? 'missing', step.b?.state ?? 'missing'];
  return a === b ? [] : [line(step, 'how it went', a, b)];
}

/** @param {StepDifference} step @param {FieldDifference} field */
const fieldLine = (step, field) => line(step, `${field.where} ${field.name}`, field.a, field.b);

/** @param {boolean | null} ok */
const outcome = (ok) => (ok === null ? null : ok ? 'held' : 'broken');

/** @param {StepDifference} step @param {string} what @param {string | null} a @param {string | null} b */
function line(step, what, a, b) {
  const cell = (/** @type {string | null} */ text) => h('td', { class: text === null ? 'compare-none' : 'mono' }, text ?? 'not there');
  return h('tr', null, h('th', { scope: 'row' }, step.number === null ? step.title : String(step.number)), h('td', null, what), cell(a), cell(b));
}
