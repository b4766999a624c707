// The explorer's own HTTP: questions, orders, and the stream of events.

/** @import { Exchange, Recording, Run } from '../types.d.ts' */

const ROOT = '/explore/api';

/** An answer that is none of the good ones, in words for the reader. */
export class ApiError extends Error {
  /**
   * @param {number} status 0: no answer came
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} path under the API's root
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 */
async function ask(path, init) {
  const response = await fetch(ROOT + path, init).catch(() => {
    throw new ApiError(0, 'No answer: is “countersign dev” still running?');
  });
  const body = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, body?.error_description ?? `The explorer answered ${response.status}.`);
  return body;
}

/** @param {string} path */
export const get = (path) => ask(path);

/** @param {string} path @param {object} [body] */
export const post = (path, body = {}) =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/**
 * @typedef {object} Listeners
 * @property {(exchange: Exchange) => void} exchange
 * @property {(run: Run) => void} run
 * @property {(clock: { ahead: number }) => void} clock
 * @property {(faults: Record<string, unknown>) => void} faults
 * @property {() => void} reset what came so far is void; all of it comes again
 * @property {(state: 'connecting' | 'live' | 'lost') => void} state
 */

const RETRY = 2000;

/**
 * Listens to the server for as long as the page is open. What breaks is tried again.
 * @param {Partial<Listeners>} listeners
 */
export function listen(listeners) {
  const source = new EventSource(`${ROOT}/events`);
  let lost = false;
  source.addEventListener('open', () => listeners.state?.('live'));
  for (const name of /** @type {const} */ (['exchange', 'run', 'clock', 'faults'])) {
    source.addEventListener(name, (event) => {
      const said = /** @type {MessageEvent<string>} */ (event).data;
      listeners[name]?.(JSON.parse(said));
    });
  }
  source.addEventListener('reset', () => listeners.reset?.());
  source.addEventListener('error', () => {
    listeners.state?.('lost');
    // The browser tries again by itself, unless it was answered something else than a stream.
    if (source.readyState !== EventSource.CLOSED || lost) return;
    lost = true;
    setTimeout(() => listen(listeners), RETRY);
  });
  if (source.readyState === EventSource.CONNECTING) listeners.state?.('connecting');
}

/** @param {{ table: string, pkce: boolean, attack: string | null, mode: string, user: string }} wanted @returns {Promise<Run>} */
export const startRun = (wanted) => post('/runs', wanted);

/** @param {string} id @param {'next' | 'finish' | 'cancel'} order */
export const steerRun = (id, order) => post(`/runs/${id}/${order}`);

/** @param {string} id @returns {Promise<Recording>} */
export const recordingOf = (id) => get(`/flows/${encodeURIComponent(id)}`);

/** The published keys, asked for once a minute at most. @returns {Promise<{ keys?: unknown } | null>} */
export async function publishedKeys() {
  if (!kept || Date.now() - kept.at > 60_000) {
    const said = await fetch('/jwks').then((response) => (response.ok ? response.json() : null), () => null);
    kept = { at: Date.now(), said };
  }
  return kept.said;
}

/** What the server says of itself (RFC 8414). @returns {Promise<unknown>} */
export const publishedMetadata = () =>
  fetch('/.well-known/oauth-authorization-server').then((response) => (response.ok ? response.json() : null), () => null);

/** @type {{ at: number, said: { keys?: unknown } | null } | null} */
let kept = null;
