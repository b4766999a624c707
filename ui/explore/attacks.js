// The attacks: what the thief has, a button for each variant, and how it ended when it was last run.

import { fill, h, stale } from '../view/dom.js';
import { count } from '../view/words.js';

/** @import { Attack, Run } from '../types.d.ts' */
/** @import { Session } from './session.js' */

/** @typedef {{ run: (attack: Attack, pkce: boolean) => void, show: (run: Run) => void }} AttackActs */

/**
 * @param {HTMLElement} root
 * @param {Session} session
 * @param {boolean} running
 * @param {AttackActs} acts
 */
export function showAttacks(root, session, running, acts) {
  const runs = [...session.runs.values()];
  const lastOf = (/** @type {Attack} */ attack, /** @type {boolean} */ pkce) =>
    runs.findLast((run) => run.attack === attack.name && run.pkce === pkce && run.verdict !== null) ?? null;
  const cell = (/** @type {Attack} */ attack, /** @type {boolean} */ pkce) => {
    const last = lastOf(attack, pkce);
    const label = pkce ? 'With PKCE' : 'Without';
    return h('div', { class: 'attack-cell' },
      h('button', { type: 'button', class: 'button small', 'aria-disabled': String(running), 'aria-label': `${attack.title}, ${pkce ? 'with PKCE' : 'without PKCE'}`, 'data-focus': `${attack.name}/${pkce}`,
        onclick: () => { if (!running) acts.run(attack, pkce); } }, label),
      last && outcome(last, () => acts.show(last)));
  };
  if (!stale(root, [runs, running, session.at.attack])) return;
  const focus = document.activeElement?.getAttribute('data-focus');
  fill(root, h('ul', { class: 'attacks' }, session.tables.attacks.map((attack) =>
    h('li', { class: session.at.attack === attack.name ? 'attack is-current' : 'attack', id: `attack-${attack.name}` },
      h('div', { class: 'attack-words' }, h('h3', null, attack.title), h('p', { class: 'quiet' }, 'The thief has: ', attack.has)),
      h('div', { class: 'attack-cells' }, cell(attack, true), cell(attack, false))))));
  if (focus) /** @type {HTMLElement | null} */ (root.querySelector(`[data-focus="${CSS.escape(focus)}"]`))?.focus();
}

/** @param {Run} run @param {() => void} show */
function outcome(run, show) {
  const stopped = run.verdict?.stopped_by;
  const refused = run.records.filter((record) => record.move?.refused_by).length;
  return h('button', { type: 'button', class: stopped ? 'plain attack-outcome is-stopped' : 'plain attack-outcome is-lost', onclick: show,
    title: stopped ? `${stopped.id}; ${count(refused, 'move')} refused` : 'Show it' }, stopped ? 'stopped' : 'succeeded');
}
