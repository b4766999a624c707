// What went wrong, and what to change: one card a finding, the worst first.

import { h } from '../view/dom.js';
import { sectionLink } from '../view/section.js';

/** @import { Finding } from '../types.d.ts' */

const WORDS = { error: 'Error', warning: 'Warning', hint: 'Hint' };

/**
 * @param {readonly Finding[]} findings
 * @param {(finding: Finding) => void} show goes to where it can be seen
 */
export function findingList(findings, show) {
  return h('ul', { class: 'findings' }, findings.map((finding) => h('li', { class: `finding is-${finding.severity}`, 'data-finding': finding.id },
    h('p', { class: 'finding-head' }, h('span', { class: 'finding-kind' }, WORDS[finding.severity]), h('strong', null, finding.title)),
    h('p', null, finding.what),
    differing(finding),
    h('p', { class: 'finding-fix' }, h('strong', null, 'Do this. '), finding.fix),
    h('p', { class: 'rule-foot' }, finding.rule && h('code', null, finding.rule), sectionLink(finding.section),
      finding.trace_id && h('span', null, 'trace id ', h('code', null, finding.trace_id)),
      (finding.step !== null || finding.flow) && h('button', { type: 'button', class: 'plain', onclick: () => show(finding) },
        finding.step === null ? `Show login ${finding.flow}` : `Show step ${finding.step}`)))));
}

/** Expected and got under each other, marked from the first character that differs. @param {Finding} finding */
function differing({ expected, got, at }) {
  if (expected === null && got === null) return null;
  const line = (/** @type {string} */ label, /** @type {string | null} */ text) => text !== null && h('div', null,
    h('dt', null, label),
    h('dd', null, at === null ? text : [text.slice(0, at), h('mark', null, text.slice(at) || ' '), h('span', { class: 'unseen' }, ` differs from character ${at + 1} on`)]));
  return h('dl', { class: 'finding-values' }, line('Expected', expected), line('Came', got));
}
