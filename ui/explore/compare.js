// PKCE on and off, step against step: what only one of them sends is marked.

import { comparePlaced, compareSteps, telling } from '../model/compare.js';
import { fieldsOf } from '../model/fresh.js';
import { fill, h, stale } from '../view/dom.js';
import { channelWord } from '../view/words.js';
import { rowsOf } from './rows.js';

/** @import { Attack, FieldDifference, Flow, StepDifference, StepView } from '../types.d.ts' */
/** @import { Row } from '../view/diagram.js' */
/** @import { Session } from './session.js' */

const SHORT = 46;
/** Names that say nothing about the two ways: they belong to HTTP or to the recorder. */
const ASIDE = new Set(['traceparent', 'origin', 'run']);

/**
 * @param {HTMLElement} root
 * @param {Session} session
 * @param {{ running: boolean, run: (attack: Attack | null) => void, verdict: (flow: Flow) => Node | null, open: (pkce: boolean, key: string) => void }} parts
 */
export function showCompare(root, session, { running, run, verdict, open }) {
  const flows = [true, false].map((pkce) => session.newest(pkce));
  const rows = [true, false].map((pkce, index) => rowsOf(flows[index] ?? null, session.tables, { ...session.at, pkce }));
  const [on = [], off = []] = rows;
  if (!stale(root, [rows, running, session.at, flows.map((flow) => flow?.run)])) return;
  fill(root, compareBar(session, running, run),
    h('div', { class: 'compare-verdicts' }, flows.map((flow) => flow && verdict(flow))),
    h('table', { class: 'compare-table' },
      h('caption', { class: 'unseen' }, 'The same flow with PKCE and without, step against step'),
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Step'), head('With PKCE', flows[0] ?? null), head('Without PKCE', flows[1] ?? null))),
      h('tbody', null, lines(on, off, open))));
}

/** @param {Row[]} on @param {Row[]} off @param {(pkce: boolean, key: string) => void} open */
function lines(on, off, open) {
  const placed = new Map(comparePlaced(on.map(({ view }) => view), off.map(({ view }) => view)).map((one) => [one.number, one]));
  return merged(on.map(({ key }) => key), off.map(({ key }) => key)).map((key) => {
    const [left, right] = [on, off].map((rows) => rows.find((row) => row.key === key));
    const number = left?.view.number ?? right?.view.number ?? null;
    return line(key, left, right, number === null ? null : placed.get(number) ?? null, open);
  });
}

/**
 * What can be run on both.
 * @param {Session} session
 * @param {boolean} running
 * @param {(attack: Attack | null) => void} run
 */
function compareBar(session, running, run) {
  const attacks = session.tables.attacks;
  const select = h('select', { id: 'compare-attack' }, h('option', { value: '' }, 'no attack, the login alone'),
    attacks.map(({ name, title }) => h('option', { value: name, selected: name === session.at.attack }, title)));
  select.addEventListener('change', () => session.go({ attack: select.value || null, flow: null }));
  const start = h('button', { type: 'button', class: 'button primary', 'aria-disabled': String(running) }, running ? 'Running' : 'Run both');
  start.addEventListener('click', () => {
    if (!running) run(attacks.find(({ name }) => name === session.at.attack) ?? null);
  });
  return h('div', { class: 'compare-bar' }, h('label', { class: 'field' }, h('span', null, 'Attack'), select), start,
    h('p', { class: 'quiet' }, 'Left the client with PKCE, right the same app in the older way, where it relies on its secret alone. What only one of them sends is marked.'));
}

/** @param {string} title @param {Flow | null} flow */
function head(title, flow) {
  return h('th', { scope: 'col' }, title, ' ', h('span', { class: 'quiet' }, flow ? `login ${flow.id}` : 'not run yet'));
}

/** All keys of both, in order: 6, 6a, 6b, 7. @param {string[]} a @param {string[]} b */
function merged(a, b) {
  const rank = (/** @type {string} */ key) => Number.parseInt(key, 10) * 100 + (/[a-z]$/.test(key) ? key.charCodeAt(key.length - 1) - 96 : 0);
  return [...new Set([...a, ...b])].sort((one, other) => rank(one) - rank(other));
}

/**
 * @param {string} key
 * @param {Row | undefined} on
 * @param {Row | undefined} off
 * @param {StepDifference | null} placed null: a move, which may be another one on the other side
 * @param {(pkce: boolean, key: string) => void} open
 */
function line(key, on, off, placed, open) {
  const { view } = /** @type {Row} */ (on ?? off);
  // What only one of them came to has nothing to be compared with.
  const both = on?.view.state !== 'missing' && off?.view.state !== 'missing';
  const fields = (!both ? [] : placed?.fields ?? compareSteps(on?.view ?? null, off?.view ?? null)).filter(({ name }) => !ASIDE.has(name));
  const shared = sharedNames(on?.view, off?.view, fields);
  const rules = (/** @type {'a' | 'b'} */ side) => (both ? placed?.rules ?? [] : []).filter((rule) => rule[side] !== null && rule[side === 'a' ? 'b' : 'a'] === null).map(({ rule }) => rule);
  return h('tr', null,
    h('th', { scope: 'row' }, h('span', { class: 'compare-step' }, key), h('span', { class: 'compare-way' }, `${view.from} → ${view.to}`), h('span', { class: `tag tag-${view.channel}` }, channelWord(view.channel))),
    cell(on, 'a', { fields, shared, rules: rules('a') }, () => open(true, key)),
    cell(off, 'b', { fields, shared, rules: rules('b') }, () => open(false, key)));
}

/**
 * @param {Row | undefined} row
 * @param {'a' | 'b'} side
 * @param {{ fields: FieldDifference[], shared: string[], rules: string[] }} found
 * @param {() => void} open
 */
function cell(row, side, { fields, shared, rules }, open) {
  if (!row) return h('td', { class: 'compare-none' }, 'no such step');
  const { view } = row;
  const only = side === 'a' ? 'only with PKCE' : 'only without';
  const own = fields.filter((field) => field.kind === `only_${side}` || (field.kind === 'value' && telling(field)));
  return h('td', null,
    h('p', { class: 'compare-title' }, h('button', { type: 'button', class: 'plain', onclick: open }, view.title),
      view.state === 'missing' && row.mark !== '' && h('span', { class: 'tag' }, row.mark),
      view.state === 'refused' && h('span', { class: 'tag tag-bad' }, `refused: ${view.refused?.rule ?? ''}`)),
    h('p', { class: 'quiet' }, view.what),
    own.length > 0 && h('dl', { class: 'params compare-own' }, own.map((field) =>
      h('div', { class: 'param' },
        h('dt', null, field.name, h('span', { class: field.kind === 'value' ? 'param-new is-other' : 'param-new' }, field.kind === 'value' ? 'differs' : only)),
        h('dd', { class: 'param-value' }, short(field[side] ?? ''))))),
    rules.length > 0 && h('p', { class: 'compare-shared' }, `Checked ${only}: `, h('span', { class: 'mono' }, rules.join(' '))),
    shared.length > 0 && h('p', { class: 'compare-shared' }, 'On both sides: ', h('span', { class: 'mono' }, shared.join(' '))));
}

/** @param {string} value */
const short = (value) => (value.length > SHORT ? `${value.slice(0, SHORT)}…` : value);

/**
 * Names that both carry, less those that are listed as different.
 * @param {StepView | undefined} on
 * @param {StepView | undefined} off
 * @param {FieldDifference[]} fields
 */
function sharedNames(on, off, fields) {
  const [left = new Set(), right = new Set()] = [on, off].map((view) => new Set(view?.messages.slice(0, 1).flatMap(({ exchange, side }) =>
    (exchange ? fieldsOf(exchange, side).map(({ name }) => name) : []))));
  const listed = new Set(fields.filter(telling).map(({ name }) => name));
  return [...left].filter((name) => right.has(name) && !listed.has(name) && !ASIDE.has(name));
}
