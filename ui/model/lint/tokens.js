// What is to be mended in how a client gets, keeps and uses tokens.

import { callsApi, unusedToken } from '../diagnose/resource.js';
import { span } from '../diagnose/case.js';
import { gaveTokens } from '../outcome.js';
import { find, formOf, jsonMembers } from '../wire.js';
import { finding, finished } from './note.js';

/** @import { Exchange, Finding, Flow } from '../../types.d.ts' */

/** Two refreshes with one token within this time were made side by side, in milliseconds. */
const RACE = 10_000;
/** From so many on it is a habit. */
const HABIT = 3;
/** A token with more of its life left than this need not be replaced. */
const FRESH = 0.5;

/** @param {Flow[]} flows @param {number | null} now @returns {Finding[]} */
export function tokens(flows, now) {
  return [...raced(flows), ...early(flows), ...perCall(flows), ...unused(flows, now), ...offline(flows)];
}

/** @param {Exchange} exchange @param {string} name */
const sent = (exchange, name) => find(formOf(exchange.request), name);
/** @param {Flow} flow @param {string} grant */
const requests = (flow, grant) =>
  flow.exchanges.filter((exchange) => exchange.endpoint === 'token' && sent(exchange, 'grant_type') === grant);

/** The same refresh token twice. @param {Flow[]} flows */
function raced(flows) {
  return flows.flatMap((flow) => {
    const all = requests(flow, 'refresh_token').filter(gaveTokens);
    const pair = all.flatMap((exchange, index) => {
      const before = all
        .slice(0, index)
        .findLast((other) => sent(other, 'refresh_token') === sent(exchange, 'refresh_token'));
      return before && !before.lost ? [{ exchange, gap: exchange.at - before.at }] : [];
    })[0];
    if (!pair) return [];
    const race = pair.gap < RACE;
    return [
      finding(flow, pair.exchange, {
        id: race ? 'refresh.raced' : 'refresh.repeated',
        severity: race ? 'warning' : 'hint',
        title: race
          ? `Two refreshes with one token within ${span(pair.gap)}`
          : `A refresh token was used again after ${span(pair.gap)}`,
        what: race
          ? 'Two parts of the client refreshed side by side. This server gave both the same answer; another one ends the session.'
          : 'The client did not keep the answer of the first. This server gave the same answer again; another one ends the session.',
        expected: 'one use of each refresh token',
        got: sent(pair.exchange, 'refresh_token'),
        fix: race
          ? 'Let one part refresh and the others wait for it (a lock, or one pending request).'
          : 'Store the new refresh token as soon as the answer arrives.',
        section: 'OAuth 2.1 §4.3.1',
      }),
    ];
  });
}

/** How much of a token's life was left when its successor was asked for; `null`: not known. @param {Exchange} before @param {Exchange} after */
function left(before, after) {
  const life = Number(find(jsonMembers(before.response?.body), 'expires_in') ?? Number.NaN) * 1000;
  return life > 0 ? 1 - (after.at - before.at) / life : null;
}

/** @param {Flow[]} flows */
function early(flows) {
  return flows.flatMap((flow) => {
    const all = flow.exchanges.filter(gaveTokens);
    const hasty = all.filter((exchange, index) => {
      const before = all[index - 1];
      return (
        before &&
        sent(exchange, 'grant_type') === 'refresh_token' &&
        !before.lost &&
        (left(before, exchange) ?? 0) > FRESH
      );
    });
    const last = hasty.at(-1);
    if (!last || hasty.length < HABIT) return [];
    return [
      finding(flow, last, {
        id: 'refresh.early',
        severity: 'hint',
        title: `Refreshed ${hasty.length} times with most of the token's life left`,
        what: 'Each refresh costs a write at the server and a chance to lose the answer.',
        fix: 'Keep the access token for expires_in, and refresh a little before its end or after a 401.',
        section: 'OAuth 2.1 §4.3',
      }),
    ];
  });
}

/** A client of its own that fetches a token for each call. @param {Flow[]} flows */
function perCall(flows) {
  const all = flows.flatMap((flow) =>
    requests(flow, 'client_credentials')
      .filter(gaveTokens)
      .map((exchange) => ({ flow, exchange })),
  );
  const needless = all.filter(({ exchange }, index) => {
    const before = all.slice(0, index).findLast((other) => same(other.exchange, exchange));
    return before !== undefined && (left(before.exchange, exchange) ?? 0) > FRESH;
  });
  const last = needless.at(-1);
  if (!last || needless.length < HABIT) return [];
  return [
    finding(last.flow, last.exchange, {
      id: 'token.per_call',
      severity: 'warning',
      title: 'Fetches a token for each call',
      what: `${needless.length + 1} tokens, though the one before had more than half of its life left each time.`,
      fix: 'Keep the access token for expires_in and use it for every call.',
      section: 'OAuth 2.1 §3.2.3',
    }),
  ];
}

/** Whether two requests ask for the same. @param {Exchange} a @param {Exchange} b */
const same = (a, b) => ['scope', 'resource'].every((name) => sent(a, name) === sent(b, name));

/** @param {Flow[]} flows @param {number | null} now */
function unused(flows, now) {
  const resourceInSight = flows.some(callsApi);
  return flows.flatMap((flow) => {
    const reply = unusedToken(flow, { now, resourceInSight });
    if (!reply) return [];
    return [
      finding(flow, reply, {
        id: 'token.unused',
        severity: 'hint',
        title: 'An access token was fetched and never used',
        what: 'No API and no userinfo was asked with it.',
        fix: 'If the client failed after the login, look at its log. If it needs no token, ask for openid only.',
        section: 'RFC 6750 §2.1',
      }),
    ];
  });
}

/** @param {Flow[]} flows */
function offline(flows) {
  const asking = flows.filter(
    (flow) =>
      finished(flow) &&
      flow.exchanges.some(
        (exchange) =>
          gaveTokens(exchange) &&
          (find(jsonMembers(exchange.response?.body), 'scope') ?? '').split(' ').includes('offline_access'),
      ),
  );
  const used = asking.some((flow) => requests(flow, 'refresh_token').length > 0);
  const last = asking.at(-1);
  if (!last || used || asking.length < HABIT) return [];
  return [
    finding(last, null, {
      id: 'offline.unused',
      severity: 'hint',
      title: 'offline_access is asked for and not used',
      what: `In ${asking.length} logins the client got leave to work while the user is away, and never refreshed.`,
      fix: 'Leave offline_access out of scope, or store the refresh token and use it.',
      section: 'OpenID Connect Core §11',
    }),
  ];
}
