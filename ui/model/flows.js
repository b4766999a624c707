// Exchanges gathered into flows. They come in any order, and one that is still under way comes again under the same id.

import { clientOf } from './correlate.js';
import { group } from './group.js';
import { gaveTokens, outcomeOf } from './outcome.js';
import { find, formOf, parseUrl, requestParams } from './wire.js';

/** @import { Exchange, Flow, Run } from '../types.d.ts' */

/** More than the recorder's ring holds; the oldest make room. */
const MOST = 4000;
/** Whose outcome decides how a flow stands. */
const DECIDES = [
  'login',
  'authorize',
  'consent',
  'callback',
  'token',
  'userinfo',
  'api',
  'refresh',
  'revoke',
  'register',
  'introspect',
  'end-session',
  'backchannel-logout',
];
const WHOSE = ['authorize', 'token', 'revoke', 'register'];

/** All that is known at the moment. */
export class FlowBook {
  /** @type {Map<number, Exchange>} */
  #exchanges = new Map();
  /** @type {Map<string, Run>} */
  #runs = new Map();
  /** @type {{ flows: Flow[], loose: Exchange[] } | null} */
  #sorted = null;
  /** A flow that nothing was added to stays the same object. @type {Map<string, Flow>} */
  #made = new Map();

  /** Takes an exchange, or its newer state. @param {Exchange} exchange */
  add(exchange) {
    this.#exchanges.set(exchange.id, exchange);
    const [oldest] = this.#exchanges.keys();
    if (this.#exchanges.size > MOST && oldest !== undefined) this.#exchanges.delete(oldest);
    this.#sorted = null;
  }

  /** Takes a run of the explorer's, or its newer state. @param {Run} run */
  setRun(run) {
    this.#runs.set(run.id, run);
    this.#sorted = null;
  }

  clear() {
    this.#exchanges.clear();
    this.#runs.clear();
    this.#made.clear();
    this.#sorted = null;
  }

  /** Every flow, the oldest first. @returns {Flow[]} */
  flows() {
    return this.#sort().flows;
  }

  /** What belongs to no flow: metadata, keys, pages. @returns {Exchange[]} */
  loose() {
    return this.#sort().loose;
  }

  /** @param {string} id */
  find(id) {
    return this.flows().find((flow) => flow.id === id) ?? null;
  }

  /** The flows of one client, the oldest first. @param {string | null} clientId */
  of(clientId) {
    return this.flows().filter((flow) => flow.client_id === clientId);
  }

  /** Every client that was seen, in the order of its first flow. */
  clients() {
    return [...new Set(this.flows().map((flow) => flow.client_id))];
  }

  /** @param {number} id */
  exchange(id) {
    return this.#exchanges.get(id) ?? null;
  }

  #sort() {
    if (!this.#sorted) {
      const all = [...this.#exchanges.values()].sort((a, b) => a.id - b.id);
      const { groups, loose } = group(all);
      const before = this.#made;
      this.#made = new Map(
        [...groups].map(([id, exchanges]) => [id, sameOr(before.get(id), id, exchanges, this.#runFor(id, exchanges))]),
      );
      const flows = [...this.#made.values()].sort((a, b) => a.began - b.began || first(a) - first(b));
      this.#sorted = { flows, loose };
    }
    return this.#sorted;
  }

  /** @param {string} id @param {Exchange[]} exchanges */
  #runFor(id, exchanges) {
    const named = exchanges.find((exchange) => exchange.run !== null)?.run ?? '';
    return this.#runs.get(named) ?? [...this.#runs.values()].find((run) => run.flow === id) ?? null;
  }
}

/**
 * @param {Flow | undefined} before
 * @param {string} id
 * @param {Exchange[]} exchanges
 * @param {Run | null} run
 */
function sameOr(before, id, exchanges, run) {
  const same =
    before?.run === run &&
    before.exchanges.length === exchanges.length &&
    before.exchanges.every((one, index) => one === exchanges[index]);
  return before && same ? before : flowOf(id, exchanges, run);
}

/** @param {Flow} flow */
const first = (flow) => flow.exchanges[0]?.id ?? 0;

/**
 * @param {string} id
 * @param {Exchange[]} exchanges  in order
 * @param {Run | null} run
 * @param {boolean} [masked]
 * @returns {Flow}
 */
export function flowOf(id, exchanges, run, masked = false) {
  const whose = exchanges.filter((exchange) => WHOSE.includes(exchange.endpoint)).map(clientOf);
  const ends = exchanges.map((exchange) => (exchange.took === null ? null : exchange.at + exchange.took / 1000));
  const asked = exchanges.find(({ endpoint }) => endpoint === 'authorize');
  const challenged = find(requestParams(asked), 'code_challenge') !== null;
  // What lies at a request_uri was not seen.
  const known = asked && (challenged || find(requestParams(asked), 'request_uri') === null);
  return {
    id,
    table: run?.table ?? tableFor(exchanges),
    pkce: known ? challenged : (run?.pkce ?? null),
    client_id:
      whose.find((client) => client !== null) ?? exchanges.map(clientOf).find((client) => client !== null) ?? null,
    state: stateOf(exchanges),
    exchanges,
    run,
    began: Math.min(...exchanges.map(({ at }) => at)),
    ended: ends.includes(null) ? null : Math.max(...ends.map(Number)),
    masked,
  };
}

/**
 * The table that these exchanges fit best.
 * @param {Exchange[]} exchanges
 */
export function tableFor(exchanges) {
  const grants = exchanges
    .filter(({ endpoint }) => endpoint === 'token')
    .map(({ request }) => find(formOf(request), 'grant_type'));
  const asked = exchanges.find(({ endpoint }) => endpoint === 'authorize');
  if (!asked) {
    if (exchanges.some(({ endpoint }) => endpoint === 'end-session')) return 'logout';
    if (grants.includes('client_credentials')) return 'client-credentials';
    return grants.includes('refresh_token') && !grants.includes('authorization_code') ? 'refresh' : 'code';
  }
  const sent = requestParams(asked);
  if (find(sent, 'prompt') === 'none') return 'silent';
  if (find(sent, 'max_age') !== null || find(sent, 'acr_values') !== null) return 'step-up';
  // A loopback address may be anybody's; a scheme of one's own is an app's.
  const scheme = parseUrl(find(sent, 'redirect_uri') ?? '')?.scheme.toLowerCase() ?? 'https';
  return ['http', 'https'].includes(scheme) ? 'code' : 'native';
}

/**
 * @param {Exchange[]} exchanges
 * @returns {Flow['state']}
 */
function stateOf(exchanges) {
  const outcomes = exchanges
    .filter(({ endpoint, request }) => DECIDES.includes(endpoint) && request.method !== 'OPTIONS')
    .map(outcomeOf);
  const last = outcomes.findLast(({ kind }) => kind !== 'pending');
  if (last?.kind === 'refused') return 'refused';
  return exchanges.some((exchange) => gaveTokens(exchange) || signedOut(exchange)) ? 'done' : 'running';
}

/** The page that says so, or the way back to the client; not the page that asks first. @param {Exchange} exchange */
function signedOut({ endpoint, request, response }) {
  if (!['end-session', 'sign-out'].includes(endpoint) || response === null || response.status >= 400) return false;
  const goesOn = endpoint === 'end-session' && request.method === 'POST';
  return !goesOn && !/<button\b[^>]*\bid="sign-out"/.test(response.body ?? '');
}
