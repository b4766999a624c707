// The logins that were seen, by client, the newest first: each with how it stands and how far it came.

import { h, fill, stale } from '../view/dom.js';
import { clockTime, count } from '../view/words.js';

/** @import { Flow, Lint } from '../types.d.ts' */
/** @import { InspectorSession } from './session.js' */

/** Logins of one client that are listed; the others are counted. */
const SHOWN = 12;
const STATES = { running: 'under way', done: 'got tokens', refused: 'refused' };

/**
 * @param {HTMLElement} root
 * @param {InspectorSession} session
 * @param {(client: string | null) => Lint} lintOf
 * @param {(id: string) => void} choose
 */
export function showList(root, session, lintOf, choose) {
  const chosen = session.whole?.id ?? null;
  const clients = session.clients().map((client) => ({ client, flows: session.flowsOf(client), score: lintOf(client).score }));
  const input = clients.map(({ client, flows, score }) => [client, score, flows.map((flow) => [flow.id, flow.state, flow.exchanges.length])]);
  if (!stale(root, [input, chosen, session.at.flow])) return;
  const focused = document.activeElement instanceof HTMLElement && root.contains(document.activeElement) ? document.activeElement.dataset['flow'] : null;
  fill(root, clients.length === 0 && h('p', { class: 'quiet' }, 'No login yet. The first one that arrives is shown here at once.'),
    clients.map(({ client, flows, score }) => h('section', { class: 'watched', 'aria-label': `Client ${client ?? 'without a name'}` },
      h('h3', { class: 'watched-name' }, h('span', { class: 'mono' }, client ?? 'no client named itself'),
        h('span', { class: `score-badge ${grade(score)}`, title: 'What the lint says about its last logins' }, String(score), h('span', { class: 'unseen' }, ' of 100'))),
      h('ul', { class: 'watched-flows' }, flows.slice(0, SHOWN).map((flow) => h('li', null, entry(flow, session, chosen, choose)))),
      flows.length > SHOWN && h('p', { class: 'quiet' }, `and ${count(flows.length - SHOWN, 'older login')}`))));
  if (focused) root.querySelector(`[data-flow="${CSS.escape(focused)}"]`)?.querySelector('button')?.focus();
}

/**
 * @param {Flow} flow
 * @param {InspectorSession} session
 * @param {string | null} chosen
 * @param {(id: string) => void} choose
 */
function entry(flow, session, chosen, choose) {
  const rows = session.rowsOf(flow);
  const state = flow.run?.attack ? `attack: ${flow.run.attack}` : STATES[flow.state];
  return h('button', { type: 'button', class: `watched-flow is-${flow.state}`, 'data-flow': flow.id, 'aria-current': flow.id === chosen ? 'true' : null, onclick: () => choose(flow.id) },
    h('span', { class: 'watched-when mono' }, clockTime(flow.began).slice(0, 8)),
    h('span', { class: 'watched-state' }, state),
    h('span', { class: 'watched-steps', 'aria-hidden': 'true' }, rows.map(({ view }) => h('i', { class: `tick is-${view.state}` }))),
    h('span', { class: 'unseen' }, `, ${rows.filter(({ view }) => view.state === 'seen').length} of ${rows.length} steps seen, ${flow.id}`));
}

/** @param {number} score */
export function grade(score) {
  if (score === 100) return 'is-good';
  return score >= 75 ? 'is-fair' : 'is-poor';
}
