// Flows as files, and files as flows. Loaded after all that is shown first.

import { fromHar, toHar } from '../model/har.js';
import { toMermaid } from '../model/mermaid.js';
import { readRecording, readTrace, RecordingError, writeRecording } from '../model/recording.js';
import { figure } from '../view/figure.js';
import { lanesOf } from './rows.js';

/** @import { Flow } from '../types.d.ts' */
/** @import { Session } from './session.js' */

/** @typedef {{ name: string, type: string, text: string }} Written */

/** @param {Flow} flow @param {string} name @param {boolean} masked @returns {Written} */
export function asRecording(flow, name, masked) {
  return { name: `${name}.countersign.json`, type: 'application/json', text: writeRecording(flow, { masked }) };
}

/** @param {Flow} flow @param {string} name @returns {Written} */
export function asHar(flow, name) {
  return { name: `${name}.har`, type: 'application/json', text: JSON.stringify(toHar(flow), null, 1) };
}

/** @param {Session} session @returns {Written} */
export function asMermaid({ rows, tables, table }) {
  const text = toMermaid(rows.map(({ view }) => view), { tables, title: table?.title ?? '' });
  return { name: 'flow.mmd', type: 'text/plain', text };
}

/** @param {Session} session @returns {Written} */
export function asFigure({ rows, tables, table }) {
  return { name: 'flow.svg', type: 'image/svg+xml', text: figure(rows, lanesOf(rows, tables), table?.title ?? 'A flow') };
}

/**
 * What a file holds, by its name: somebody's HAR, the trace lines of a server's log, or a recording.
 * @param {string} name
 * @param {string} text
 * @returns {Flow}
 */
export function readFile(name, text) {
  const flow = flowsIn(name, text).at(-1);
  if (!flow) throw new RecordingError('There is no login in this file.');
  return flow;
}

/** @param {string} name @param {string} text */
function flowsIn(name, text) {
  if (name.endsWith('.har')) return fromHar(text);
  return /\.(log|jsonl|ndjson)$/.test(name) ? readTrace(text) : [readRecording(text).flow];
}
