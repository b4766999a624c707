// The verdict on the attack of a flow, with the place where it fell.

import { h } from '../view/dom.js';
import { verdictView } from '../view/verdict.js';

/** @import { Attack, Flow, Rule } from '../types.d.ts' */
/** @import { Session } from './session.js' */

/**
 * @param {Flow | null} flow
 * @param {Session} session
 * @param {ReadonlyMap<string, Rule>} rules
 * @param {((attack: Attack) => void) | null} both runs it with PKCE and without
 */
export function outcomeOf(flow, session, rules, both) {
  const run = flow?.run;
  if (!run?.verdict) return null;
  const attack = session.tables.attacks.find(({ name }) => name === run.attack) ?? null;
  const stops = session.rowsOf(flow).filter(({ view }) => view.number === null && view.refused?.rule === run.verdict?.stopped_by?.id).map(({ chip }) => chip);
  const where = stops.length > 1 ? `moves ${stops[0]} to ${stops.at(-1)}` : stops.length === 1 ? `move ${stops[0]}` : null;
  const act = attack && both && h('button', { type: 'button', class: 'button small', onclick: () => both(attack) }, 'Run it both ways, side by side');
  return verdictView(run, attack, rules, where, act);
}
