// PKCE on and off, step against step: what only one of them sends is marked.

import { fieldsOf } from '../model/fresh.js';
import { fill, h, stale } from '../view/dom.js';
import { channelWord } from '../view/words.js';
import { rowsOf } from './rows.js';

/** @import { Attack, Flow, StepView } from '../types.d.ts' */
/** @import { Row } from '../view/diagram.js' */
/** @import { Session } from './session.js' */

/** Values that say nothing by themselves, since they are random or the same every time. */
const SKIPPED = new Set(['header']);
const SHORT = 34;

/**
 * @param {HTMLElement} root
 * @param {Session} session
 * @param {{ running: boolean, run: (attack: Attack | null) => void, verdict: (flow: Flow) => Node | null, open: (pkce: boolean, key: string) => void }} parts
 */
export function showCompare(root, session, { running, run, verdict, open }) {
  const flows = [true, false].map((pkce) => session.newest(pkce));
  const rows = [true, false].map((pkce, index) => rowsOf(flows[index] ?? null, session.tables, { ...session.at, pkce }));
  const [on = [], off = []] = rows;
  if (!stale(root, [rows, running, session.at])) return;
  const keys = merged(on.map(({ key }) => key), off.map(({ key }) => key));
  fill(root, compareBar(session, running, run),
    h('div', { class: 'compare-verdicts' }, flows.map((flow) => flow && verdict(flow))),
    h('table', { class: 'compare-table' },
      h('caption', { class: 'unseen' }, 'The same flow with PKCE and without, step against step'),
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Step'), head('With PKCE', flows[0] ?? null), head('Without PKCE', flows[1] ?? null))),
      h('tbody', null, keys.map((key) => line(key, on.find((row) => row.key === key), off.find((row) => row.key === key), open)))));
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
    h('p', { class: 'quiet' }, 'Left the public client with PKCE, right the older confidential client that relies on its secret. What only one of them sends is marked.'));
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
 * @param {(pkce: boolean, key: string) => void} open
 */
function line(key, on, off, open) {
  const any = /** @type {Row} */ (on ?? off);
  const [left, right] = [namesOf(on?.view), namesOf(off?.view)];
  const same = on !== undefined && off !== undefined && on.view.what === off.view.what && [...left.keys(), ...right.keys()].every((name) => left.has(name) && right.has(name)) && on.view.state === off.view.state;
  return h('tr', { class: same ? 'compare-same' : 'compare-differs' },
    h('th', { scope: 'row' }, h('span', { class: 'compare-step' }, key), h('span', { class: 'compare-way' }, `${any.view.from} → ${any.view.to}`), h('span', { class: `tag tag-${any.view.channel}` }, channelWord(any.view.channel))),
    cell(on, left, right, 'only with PKCE', () => open(true, key)),
    cell(off, right, left, 'only without', () => open(false, key)));
}

/**
 * @param {Row | undefined} row
 * @param {Map<string, string>} mine
 * @param {Map<string, string>} theirs
 * @param {string} only
 * @param {() => void} open
 */
function cell(row, mine, theirs, only, open) {
  if (!row) return h('td', { class: 'compare-none' }, 'no such step');
  const own = [...mine].filter(([name]) => !theirs.has(name));
  const shared = [...mine.keys()].filter((name) => theirs.has(name));
  return h('td', { class: `is-${row.view.state}` },
    h('p', { class: 'compare-title' }, h('button', { type: 'button', class: 'plain', onclick: open }, row.view.title),
      row.view.state === 'refused' && h('span', { class: 'tag tag-bad' }, `refused: ${row.view.refused?.rule ?? ''}`)),
    h('p', { class: 'quiet' }, row.view.what),
    own.length > 0 && h('dl', { class: 'params compare-own' }, own.map(([name, value]) =>
      h('div', { class: 'param' }, h('dt', null, name, h('span', { class: 'param-new' }, only)), h('dd', { class: 'param-value' }, short(value))))),
    shared.length > 0 && h('p', { class: 'compare-shared' }, 'Both: ', h('span', { class: 'mono' }, shared.join(' '))));
}

/** @param {string} value */
const short = (value) => (value.length > SHORT ? `${value.slice(0, SHORT)}…` : value);

/**
 * What a step carries, by name.
 * @param {StepView | undefined} view
 * @returns {Map<string, string>}
 */
function namesOf(view) {
  const sent = view?.messages.flatMap(({ exchange, side }) => (exchange ? fieldsOf(exchange, side) : [])) ?? [];
  const fields = sent.filter(({ where, name }) => !SKIPPED.has(where) || name === 'authorization');
  return new Map([...(view?.made ?? []), ...fields.map(({ where, name, value }) => /** @type {[string, string]} */ ([where === 'cookie' || where === 'set-cookie' ? `cookie ${name}` : name, value]))]);
}
