// The lint of one client: a score, how it changed, and what to mend.

import { fill, h, s, stale } from '../view/dom.js';
import { count } from '../view/words.js';
import { findingList } from './findings.js';
import { grade } from './list.js';

/** @import { Finding, Lint } from '../types.d.ts' */

const WIDTH = 320;
const HEIGHT = 64;
const EDGE = 6;

/**
 * @param {HTMLElement} root
 * @param {Lint | null} lint null: there is no client yet
 * @param {(finding: Finding) => void} show
 */
export function showHabits(root, lint, show) {
  if (!stale(root, lint)) return;
  if (!lint) {
    fill(root, h('p', { class: 'quiet' }, 'Once a client has logged in, its habits are judged here: what it sends is compared over its last ten logins.'));
    return;
  }
  const { score, findings, history } = lint;
  fill(root,
    h('div', { class: 'habits-head' },
      h('p', { class: `habits-score ${grade(score)}` }, h('strong', null, String(score)), h('span', null, ' of 100')),
      h('div', { class: 'habits-history' }, curve(history),
        h('p', { class: 'quiet' }, history.length < 2 ? 'The curve begins with the second login.' : `The score after each of the last ${count(history.length, 'login')}.`)),
      h('p', { class: 'quiet habits-formula' }, '100, less 25 for each kind of error, 10 for each warning, 3 for each hint, over the last ten logins.')),
    findings.length === 0 ? h('p', { class: 'notice notice-good' }, 'Nothing to mend: this client does what the specifications ask, as far as it can be seen from here.') : findingList(findings, show));
}

/** @param {Lint['history']} history */
function curve(history) {
  const x = (/** @type {number} */ index) => EDGE + (history.length < 2 ? 0 : (index * (WIDTH - 2 * EDGE)) / (history.length - 1));
  const y = (/** @type {number} */ score) => EDGE + ((100 - score) * (HEIGHT - 2 * EDGE)) / 100;
  const label = history.length === 0 ? 'No score yet' : `Score from ${history[0]?.score} to ${history.at(-1)?.score}`;
  return s('svg', { class: 'habits-curve', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label },
    s('line', { class: 'habits-best', x1: EDGE, x2: WIDTH - EDGE, y1: y(100), y2: y(100) }),
    history.length > 1 && s('polyline', { class: 'habits-line', points: history.map(({ score }, index) => `${x(index)},${y(score)}`).join(' ') }),
    history.map(({ score }, index) => s('circle', { class: 'habits-point', cx: x(index), cy: y(score), r: index === history.length - 1 ? 4 : 2 })));
}
