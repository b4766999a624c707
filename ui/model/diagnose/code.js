// An authorization code that came too late, twice, cut, or from another client (OAuth 2.1 §4.1.2, §4.1.3); and what
// happens to refresh tokens in the same ways (OAuth 2.1 §4.3.1).

import { clientOf } from '../correlate.js';
import { gaveTokens, outcomeOf, responseParams } from '../outcome.js';
import { find, formOf, requestParams } from '../wire.js';
import { isMasked, span } from './case.js';

/** @import { Exchange, Finding } from '../../types.d.ts' */
/** @import { Outcome } from '../outcome.js' */
/** @import { Case } from './case.js' */

/** A second callback within this time is no second visit, in milliseconds. */
const DOUBLE = 5000;
/** Two uses of a refresh token within this time are a race. */
const RACE = 10_000;

/** @param {Case} it @returns {Finding[]} */
export function code(it) {
  return [...twice(it), ...expired(it), ...unknown(it), ...foreign(it), ...signedOut(it), ...refresh(it)];
}

/** @param {Exchange} exchange @param {string} name */
const sent = (exchange, name) => find(formOf(exchange.request), name);

/** When an answer left, in milliseconds since 1970. @param {Exchange} exchange */
const answered = (exchange) => exchange.at + (exchange.took ?? 0) / 1000;

/** @param {Case} it */
function twice(it) {
  const tries = it.at('token');
  return tries.flatMap((exchange) => {
    const outcome = outcomeOf(exchange);
    const value = sent(exchange, 'code');
    const before = tries.find(
      (other) => other.id < exchange.id && value !== null && sent(other, 'code') === value && gaveTokens(other),
    );
    const ours = outcome.rule === 'code.single_use';
    const theirs = outcome.rule === null && outcome.error === 'invalid_grant' && before !== undefined;
    if (!ours && !theirs) return [];
    return [again(it, exchange, before, toldAgo(outcome))];
  });
}

/** @param {Case} it @param {Exchange} exchange @param {Exchange | undefined} before @param {number | null} told */
function again(it, exchange, before, told) {
  const callbacks = it
    .at('callback')
    .filter((callback) => find(requestParams(callback), 'code') === sent(exchange, 'code'));
  const [one, two] = callbacks;
  const gap = before ? exchange.at - before.at : told;
  const doubled = one && two && two.at - one.at < DOUBLE;
  const how = doubled
    ? ` The callback itself came twice within ${span(two.at - one.at)}: the page was loaded twice, by a double click, a prefetch, or a component that mounts twice.`
    : gap !== null && gap < DOUBLE
      ? ' So close together it is a double-submitted callback, or a request that was repeated by itself.'
      : '';
  return it.finding(exchange, {
    id: 'code.twice',
    title: gap === null ? 'The code was used before' : `The code was used twice within ${span(gap)}`,
    what: `A code works once. The second use could be a thief's, so the tokens of the first were revoked.${how}`,
    got: sent(exchange, 'code'),
    fix: 'Finish a callback once: forget the state as soon as it arrives, and do not repeat a token request with a code.',
    section: 'OAuth 2.1 §4.1.3',
  });
}

/** How long ago something was, as the server tells it, in milliseconds. @param {Outcome} outcome */
function toldAgo(outcome) {
  const found = /(\d+) (ms|s|seconds?) ago/.exec(outcome.detail ?? outcome.description ?? '');
  return found ? Number(found[1]) * (found[2] === 'ms' ? 1 : 1000) : null;
}

/** @param {Case} it */
function expired(it) {
  return it.refusedBy('code.not_expired').map(({ exchange, outcome }) => {
    const issued = it.issued(sent(exchange, 'code'));
    const late = toldAgo(outcome);
    const waited = issued ? exchange.at - answered(issued) : null;
    const took = waited === null ? '' : ` It was issued ${span(waited)} before it was redeemed.`;
    return it.finding(exchange, {
      id: 'code.expired',
      title: late === null ? 'The code has expired' : `The code expired ${span(late)} ago`,
      what: `A code is good for a minute or so, since it may be seen on its way.${took}`,
      fix: 'Redeem the code as soon as the callback arrives, before anything slow; and look at the clock if the times are odd.',
    });
  });
}

/** @param {Case} it */
function unknown(it) {
  return it.refusedBy('code.known').map(({ exchange }) => {
    const value = sent(exchange, 'code') ?? '';
    const all = [it.flow, ...it.others].flatMap((flow) => flow.exchanges);
    const codes = all.flatMap((other) => find(responseParams(other)?.pairs ?? [], 'code') ?? []);
    const cut = codes.find(
      (known) => value.length >= 6 && known !== value && (known.startsWith(value) || value.startsWith(known)),
    );
    const trimmed = codes.find((known) => known !== value && known === value.replace(/\s/g, ''));
    const what =
      trimmed !== undefined
        ? 'There is white space in the code.'
        : cut !== undefined
          ? `The code was ${cut.length > value.length ? `cut: ${value.length} of ${cut.length} characters came` : 'made longer: something stands after it'}.`
          : "This server issued no such code, or has long forgotten it. It may be another server's.";
    return it.finding(exchange, {
      id: cut !== undefined || trimmed !== undefined ? 'code.cut' : 'code.unknown',
      title: "The code is not one of this server's",
      what,
      expected: cut ?? trimmed ?? null,
      got: value,
      at: cut === undefined ? null : Math.min(cut.length, value.length),
      fix: 'Send the code exactly as the callback carries it, decoded once, to the server that it came from.',
    });
  });
}

/** @param {Case} it */
function foreign(it) {
  return it.refusedBy('code.client').map(({ exchange }) => {
    const owner = it.issued(sent(exchange, 'code'));
    const asked = it.asked('client_id') ?? (owner ? clientOf(owner) : null);
    return it.finding(exchange, {
      id: 'code.other_client',
      title: 'The code was issued to another client',
      what: 'The client of the token request is not the one of the authorization request.',
      expected: asked,
      got: clientOf(exchange),
      fix: 'Use one client_id for both requests. Two configurations are mixed.',
    });
  });
}

/** @param {Case} it */
function signedOut(it) {
  return it.refusedBy('code.session_alive').map(({ exchange }) =>
    it.finding(exchange, {
      id: 'code.signed_out',
      title: 'The user signed out before the code was redeemed',
      what: 'Tokens end with the session, so none are issued after it.',
      fix: 'Begin anew. A client that works while the user is away asks for offline_access.',
    }),
  );
}

/** @param {Case} it */
function refresh(it) {
  return it
    .refusedBy('refresh.not_replayed', 'refresh.family_alive', 'refresh.known')
    .flatMap(({ exchange, outcome }) => {
      const value = sent(exchange, 'refresh_token');
      const uses = it
        .at('token')
        .filter(
          (other) =>
            other.id < exchange.id && value !== null && sent(other, 'refresh_token') === value && gaveTokens(other),
        );
      const before = uses.at(-1);
      if (outcome.rule !== 'refresh.not_replayed')
        return before || isMasked(value) ? [] : revoked(it, exchange, outcome.rule);
      const gap = before ? exchange.at - before.at : null;
      const race = gap !== null && gap < RACE;
      return [
        it.finding(exchange, {
          id: race ? 'refresh.raced' : 'refresh.replayed',
          title:
            gap === null
              ? 'A refresh token that has been replaced came again'
              : `A refresh token came again, ${span(gap)} after it was replaced`,
          what: race
            ? 'Two parts of the client refreshed at once, and the new tokens were used in between. Nobody can tell that from a theft, so all tokens of this sign-in have ended.'
            : 'The client went on with an old refresh token although its successor had been used. Nobody can tell that from a theft, so all tokens of this sign-in have ended.',
          fix: 'Refresh in one place only (a lock, or one request that the others wait for), and store the new refresh token before the new access token is used.',
        }),
      ];
    });
}

/** @param {Case} it @param {Exchange} exchange @param {string | null} rule */
function revoked(it, exchange, rule) {
  if (rule !== 'refresh.family_alive') return [];
  return [
    it.finding(exchange, {
      id: 'refresh.revoked',
      title: 'The refresh token has been revoked',
      what: 'Its family has ended: by a replay, by the user, by a sign-out or by an administrator.',
      fix: 'Send the user through the login again. Do not repeat the refresh.',
    }),
  ];
}
