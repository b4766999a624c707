// One flow in one file: written (masked unless asked otherwise), and read again. Also the trace lines of a server's log.

import { FlowBook } from './flows.js';
import { maskFlow } from './mask.js';
import { MOST, readExchange, tooLarge, VERSION } from './read.js';
import { RecordingError } from './shape.js';

/** @import { Flow, Recording } from '../types.d.ts' */

export { flowFromRecording, MOST, readRecording } from './read.js';
export { RecordingError } from './shape.js';

/**
 * @param {Flow} flow
 * @param {{ masked?: boolean, now?: number, by?: string }} [options]  masked, if left out
 * @returns {string}
 */
export function writeRecording(flow, { masked = true, now = Date.now(), by = 'countersign' } = {}) {
  const shown = masked ? maskFlow(flow) : flow;
  /** @type {Recording} */
  const recording = {
    countersign_recording: VERSION,
    made: new Date(now).toISOString(),
    by,
    masked: shown.masked,
    flow: { id: shown.id, table: shown.table, pkce: shown.pkce, client_id: shown.client_id, run: shown.run },
    exchanges: shown.exchanges,
  };
  return `${JSON.stringify(recording, null, 1)}\n`;
}

/**
 * Trace lines: one exchange as JSON on each line, as the server's log writes them. Other lines are passed over.
 * @param {string} text
 * @returns {Flow[]}
 */
export function readTrace(text) {
  if (text.length > MOST) throw new RecordingError(tooLarge(text));
  const book = new FlowBook();
  let found = 0;
  text.split('\n').forEach((line, index) => {
    const start = line.indexOf('{');
    if (start < 0) return;
    const value = exchangeIn(line.slice(start));
    if (value === null) return;
    book.add(readExchange(value, `line ${index + 1}`));
    found += 1;
  });
  if (found === 0) throw new RecordingError('No line of this file is an exchange.');
  return book.flows();
}

/**
 * An exchange, or one in the message of a log that is itself written as JSON.
 * @param {string} text
 * @returns {object | null}
 */
function exchangeIn(text) {
  const value = jsonOrNull(text);
  if (typeof value !== 'object' || value === null) return null;
  if ('request' in value) return value;
  const message = 'message' in value && typeof value.message === 'string' ? value.message : '';
  return message.includes('{') ? exchangeIn(message.slice(message.indexOf('{'))) : null;
}

/** @param {string} line @returns {unknown} */
function jsonOrNull(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
