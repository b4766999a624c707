// How an attack ended: the rule that stopped it, or what the thief holds.

import { h } from './dom.js';
import { sectionLink } from './section.js';

/** @import { Attack, Rule, Run } from '../types.d.ts' */

/**
 * @param {Run} run
 * @param {Attack | null} attack
 * @param {ReadonlyMap<string, Rule>} rules
 * @param {string | null} where the moves at which it was stopped
 * @param {Node | null} [act]
 */
export function verdictView(run, attack, rules, where, act = null) {
  const { verdict } = run;
  if (!verdict) return null;
  const by = verdict.stopped_by;
  const rule = by && rules.get(by.id);
  const head = by ? `Stopped${where ? ` at ${where}` : ''}` : 'The attack succeeded';
  return h('section', { class: by ? 'verdict is-stopped' : 'verdict is-lost', 'aria-label': `How it ended ${run.pkce ? 'with PKCE' : 'without PKCE'}` },
    h('div', { class: 'verdict-head' },
      h('p', { class: 'verdict-kind' }, `${attack?.title ?? run.attack ?? ''}, ${run.pkce ? 'with PKCE' : 'without PKCE'}`),
      h('h2', null, head)),
    h('div', { class: 'verdict-body' },
      rule && h('p', null, rule.explain),
      by && h('p', { class: 'rule-foot' }, h('code', null, by.id), sectionLink(by.section), rule && h('span', null, `checked by: ${rule.by}`)),
      h('p', null, verdict.cost),
      !verdict.ok && h('p', { class: 'verdict-trouble' }, h('strong', null, 'That is not what should have happened. '), verdict.trouble ?? '')),
    act);
}
