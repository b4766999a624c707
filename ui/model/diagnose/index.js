// What went wrong in a flow, and why: everything here can be shown from the bytes and the rule that refused.

import { Case } from './case.js';
import { browser } from './browser.js';
import { clock } from './clock.js';
import { code } from './code.js';
import { credentials } from './credentials.js';
import { general } from './general.js';
import { params } from './params.js';
import { redirect } from './redirect.js';
import { resource } from './resource.js';
import { session } from './session.js';
import { verifier } from './verifier.js';

/** @import { Finding, Flow, Tables } from '../../types.d.ts' */
/** @import { Context } from './case.js' */

const DIAGNOSES = [redirect, verifier, code, clock, session, credentials, params, resource, browser];
const ORDER = ['error', 'warning', 'hint'];

/**
 * @param {Flow} flow
 * @param {Tables} tables
 * @param {Context} [context]
 * @returns {Finding[]}  the worst first, then in the order of time
 */
export function diagnose(flow, tables, context = {}) {
  const it = new Case(flow, tables, context);
  const special = DIAGNOSES.flatMap((look) => look(it));
  const all = [...special, ...general(it, special)];
  return all.sort(
    (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || (a.exchange ?? 0) - (b.exchange ?? 0),
  );
}
