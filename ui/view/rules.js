// The rules that were checked, with their outcome, in the order in which they were applied.

import { h } from './dom.js';
import { drawer } from './message.js';
import { sectionLink } from './section.js';
import { count } from './words.js';

/** @import { Check, Refused, Rule } from '../types.d.ts' */
/** @import { Reading } from './params.js' */

/**
 * @param {readonly Check[]} made
 * @param {Refused | null} refused
 * @param {ReadonlyMap<string, Rule>} rules
 * @param {Reading} reading
 * @returns {HTMLElement | null}
 */
export function rulesView(made, refused, rules, reading) {
  const checks = once(made);
  if (checks.length === 0 && !refused) return null;
  const failed = checks.filter((check) => !check.ok);
  const held = checks.length - failed.length;
  const node = h('section', { class: 'rules', 'aria-label': 'Rules' },
    h('h3', null, 'Rules checked here'),
    refused && refusal(refused, rules));
  if (reading.read === 'auditor') {
    node.append(list(checks, rules));
    return node;
  }
  const broken = failed.filter((check) => check.rule !== refused?.rule);
  if (broken.length > 0) node.append(list(broken, rules));
  if (held > 0) {
    const label = failed.length > 0 ? `${count(held, 'rule')} held` : `${count(held, 'rule')}, and ${held === 1 ? 'it' : 'all of them'} held`;
    node.append(drawer('rules/held', label, reading, () => list(checks.filter((check) => check.ok), rules)));
  }
  return node;
}

/** @param {Refused} refused @param {ReadonlyMap<string, Rule>} rules */
function refusal(refused, rules) {
  const rule = refused.rule === null ? undefined : rules.get(refused.rule);
  return h('div', { class: 'refusal' },
    h('p', null, h('strong', null, 'Refused. '), rule?.explain ?? ''),
    refused.detail && refused.detail !== rule?.explain && h('p', { class: 'mono' }, refused.detail),
    refused.rule && h('p', { class: 'rule-foot' }, h('code', null, refused.rule), rule && sectionLink(rule.section), rule && h('span', null, `answers ${rule.error}`)));
}

/** A rule that was applied to several values is one rule. @param {readonly Check[]} checks */
function once(checks) {
  const name = (/** @type {Check} */ { rule, ok, by }) => `${rule} ${ok} ${by}`;
  return checks.filter((check, index) => checks.findIndex((other) => name(other) === name(check)) === index);
}

/** @param {readonly Check[]} checks @param {ReadonlyMap<string, Rule>} rules */
function list(checks, rules) {
  return h('ol', { class: 'rule-list' }, checks.map((check) => {
    const rule = rules.get(check.rule);
    return h('li', { class: check.ok ? 'rule is-ok' : 'rule is-bad', id: `rule-${check.rule}` },
      h('span', { class: 'rule-outcome' }, check.ok ? 'held' : 'broken'),
      h('span', { class: 'rule-text' }, h('code', null, check.rule), rule && sectionLink(rule.section), h('span', { class: 'rule-by' }, check.by)),
      rule && h('span', { class: 'rule-says' }, `${check.ok ? 'A refusal would say: ' : ''}${rule.explain}`));
  }));
}
