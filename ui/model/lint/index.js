// A client's habits, judged over its last flows: what to mend, and a score that one can watch rise.
//
// The score is 100 less 25 for each error, 10 for each warning, 3 for each hint, at least 0. Each kind of finding counts
// once, however often it occurs. Only the last ten flows count, so a client that is mended comes back to 100. Attacks
// that the explorer makes are nobody's habit and are left out.

import { care } from './care.js';
import { login } from './login.js';
import { scopes } from './scopes.js';
import { tokens } from './tokens.js';

/** @import { Exchange, Finding, Flow, Lint, Severity } from '../../types.d.ts' */

/** Flows that count. */
export const WINDOW = 10;
/** Points of history that are kept. */
const POINTS = 50;
/** @type {Record<Severity, number>} */
export const COST = { error: 25, warning: 10, hint: 3 };

/**
 * @param {Flow[]} flows  of one client
 * @param {{ now?: number, loose?: Exchange[], metadata?: unknown }} [options]  `now` in milliseconds since 1970: without it nothing is said about what has not happened; `loose`: registrations; `metadata`: the server's, if no client fetched it
 * @returns {Lint}
 */
export function lint(flows, { now, loose = [], metadata = null } = {}) {
  const own = flows.filter((flow) => !flow.run?.attack).sort((a, b) => a.began - b.began);
  const findings = judge(own.slice(-WINDOW), { loose, metadata, now: now ?? null });
  const first = Math.max(0, own.length - POINTS);
  const history = own.slice(first).map((flow, index) => {
    const last = index === own.length - first - 1;
    // A token that was not used by the time of the next flow says something; by the time of its own it can't.
    const seen = last
      ? findings
      : judge(own.slice(Math.max(0, first + index + 1 - WINDOW), first + index + 1), { loose, metadata, now: null });
    return { flow: flow.id, at: flow.began, score: scoreOf(seen) };
  });
  return { client_id: own[0]?.client_id ?? null, score: scoreOf(findings), findings, history };
}

/** @param {Flow[]} flows @param {{ loose: Exchange[], metadata: unknown, now: number | null }} known @returns {Finding[]} */
function judge(flows, { loose, metadata, now }) {
  const all = [...login(flows), ...scopes(flows, loose, metadata), ...care(flows, loose), ...tokens(flows, now)];
  const order = Object.keys(COST);
  // The newest example of each kind.
  const kinds = new Map(all.map((finding) => [finding.id, finding]));
  return [...kinds.values()].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

/** @param {Finding[]} findings */
export function scoreOf(findings) {
  return Math.max(0, 100 - findings.reduce((sum, { severity }) => sum + COST[severity], 0));
}
