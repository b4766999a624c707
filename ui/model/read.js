// Recordings and exchanges as they come from a file or from the server: checked member by member, every mistake named
// with its place.

import { flowOf } from './flows.js';
import { Reader, RecordingError } from './shape.js';

/** @import { Check, Exchange, Flow, Refused, RequestMessage, ResponseMessage, Run, Side, Site } from '../types.d.ts' */

/** The longest file that is read, in characters. */
export const MOST = 20 * 1024 * 1024;
export const VERSION = 1;
/** @type {readonly Site[]} */
const SITES = ['authorization_server', 'web_app', 'spa', 'resource_server'];

/**
 * @param {string} text
 * @returns {{ flow: Flow, made: string, by: string }}
 */
export function readRecording(text) {
  const root = new Reader(parse(text), 'The file');
  const version = root.raw('countersign_recording');
  if (version === undefined)
    throw new RecordingError('This is JSON, but no recording: the member countersign_recording is missing.');
  if (version !== VERSION)
    throw new RecordingError(
      `This recording has version ${JSON.stringify(version)}; this page reads version ${VERSION}.`,
    );
  return { flow: flowFrom(root), made: root.text('made'), by: root.text('by') };
}

/**
 * A recording as the server sends it.
 * @param {unknown} value
 * @returns {Flow}
 */
export function flowFromRecording(value) {
  return flowFrom(new Reader(value, 'The recording'));
}

/** @param {Reader} root @returns {Flow} */
function flowFrom(root) {
  const about = new Reader(root.raw('flow'), 'flow');
  const list = root.list('exchanges');
  if (list.length === 0) throw new RecordingError('The recording has no exchanges.');
  const exchanges = list.map((one, index) => readExchange(one, `exchanges[${index}]`)).sort((a, b) => a.id - b.id);
  const ids = exchanges.map(({ id }) => id);
  const double = ids.find((id, index) => ids.indexOf(id) !== index);
  if (double !== undefined) throw new RecordingError(`Two exchanges have the id ${double}.`);
  const run =
    about.raw('run') === null || about.raw('run') === undefined ? null : readRun(about.raw('run'), 'flow.run');
  const flow = flowOf(about.text('id'), exchanges, run, root.flag('masked'));
  const pkce = about.raw('pkce');
  return {
    ...flow,
    table: about.textOrNull('table') ?? flow.table,
    pkce: typeof pkce === 'boolean' ? pkce : flow.pkce,
    client_id: about.textOrNull('client_id') ?? flow.client_id,
  };
}

/**
 * The text as JSON; what is no JSON is named with its place.
 * @param {string} text
 * @returns {unknown}
 */
export function parse(text) {
  if (text.length > MOST) throw new RecordingError(tooLarge(text));
  if (text.trim() === '') throw new RecordingError('The file is empty.');
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const at = /position (\d+)/.exec(why)?.[1];
    const line = at === undefined ? '' : ` (line ${text.slice(0, Number(at)).split('\n').length})`;
    throw new RecordingError(`The file is not JSON${line}: ${why}.`);
  }
}

/** @param {string} text */
export function tooLarge(text) {
  return `The file has ${Math.ceil(text.length / 1024 / 1024)} MB; at most ${MOST / 1024 / 1024} MB are read.`;
}

/**
 * @param {unknown} value
 * @param {string} where
 * @returns {Exchange}
 */
export function readExchange(value, where) {
  const it = new Reader(value, where);
  const held = it.textOrNull('held');
  const refused = it.raw('refused');
  return {
    id: it.number('id'),
    flow: it.textOrNull('flow'),
    run: it.textOrNull('run'),
    site: it.word('site', SITES),
    endpoint: it.text('endpoint'),
    at: it.number('at'),
    took: it.numberOrNull('took'),
    held: held === null ? null : it.word('held', /** @type {readonly Side[]} */ (['request', 'response'])),
    lost: it.flag('lost'),
    request: readRequest(it.object('request')),
    response:
      it.raw('response') === null || it.raw('response') === undefined ? null : readResponse(it.object('response')),
    checks: (it.raw('checks') === undefined ? [] : it.list('checks')).map((check, index) =>
      readCheck(check, it.place(`checks[${index}]`)),
    ),
    refused: refused === null || refused === undefined ? null : readRefused(it.object('refused')),
    engine_flow: it.textOrNull('engine_flow'),
    client_id: it.textOrNull('client_id'),
    trace_id: it.textOrNull('trace_id'),
    traceparent: it.textOrNull('traceparent'),
  };
}

/** @param {Reader} it @returns {Refused} */
function readRefused(it) {
  const aside = it.textOrNull('aside');
  return { rule: it.textOrNull('rule'), detail: it.textOrNull('detail'), ...(aside === null ? {} : { aside }) };
}

/** @param {Reader} it @returns {RequestMessage} */
function readRequest(it) {
  const scheme = it.textOrNull('scheme');
  const start = {
    method: it.text('method'),
    target: it.text('target'),
    version: it.textOrNull('version') ?? 'HTTP/1.1',
  };
  return { ...start, ...(scheme === null ? {} : { scheme }), ...readMessage(it) };
}

/** @param {Reader} it @returns {ResponseMessage} */
function readResponse(it) {
  return { status: it.number('status'), ...readMessage(it) };
}

/** @param {Reader} it */
function readMessage(it) {
  const body = it.textOrNull('body');
  const cut = it.flag('truncated');
  return {
    headers: it.pairs('headers'),
    body,
    bytes: it.numberOrNull('bytes') ?? body?.length ?? 0,
    ...(cut ? { truncated: true } : {}),
  };
}

/** @param {unknown} value @param {string} where @returns {Check} */
function readCheck(value, where) {
  const it = new Reader(value, where);
  return { rule: it.text('rule'), ok: it.flag('ok'), by: it.textOrNull('by') ?? 'Authorization Server' };
}

/** @param {unknown} value @param {string} where @returns {Run} */
function readRun(value, where) {
  const it = new Reader(value, where);
  it.list('records').forEach((record, index) => {
    const line = new Reader(record, `${where}.records[${index}]`);
    line.number('step');
    line.text('title');
    line.text('from');
    line.text('to');
    line.word('channel', ['front', 'back', 'user']);
  });
  it.text('id');
  it.text('table');
  return /** @type {Run} */ (value);
}
