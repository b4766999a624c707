// Steps that nobody saw but that must have happened, since something that was seen depends on them. Only what follows is
// said, with the reason; there are no bytes, because nobody saw any.

import { challengeOf } from './pkce.js';
import { authorizationRequest } from './fresh.js';
import { responseParams } from './outcome.js';
import { find, formOf, header, jsonMembers, parseTarget } from './wire.js';

/** @import { Exchange, Flow, Pairs, StepMessage, Table, TableStep } from '../types.d.ts' */

/**
 * @typedef {object} Inferred
 * @property {StepMessage[]} messages
 * @property {Pairs} made
 * @property {string[]} notes
 */

/**
 * What follows about a step without messages; `null` if nothing does.
 * @param {TableStep} step
 * @param {Flow} flow
 * @param {Table} table
 * @returns {Inferred | null}
 */
export function infer(step, flow, table) {
  const key = `${step.from} > ${step.to}`;
  if (step.to === 'Resource Server') return asked(flow);
  if (!table.steps.some(({ seen }) => seen.some(({ endpoint }) => endpoint === 'authorize'))) return null;
  if (key === 'User > Client App') return begun(flow);
  if (key === 'Client App > Browser') return sentOut(flow);
  if (key === 'Browser > Client App') return cameBack(flow);
  return null;
}

/**
 * What the client made when it was told to begin, known from what it sent later.
 * @param {TableStep} step
 * @param {Flow} flow
 * @param {Table} table
 * @returns {Pairs}
 */
export function madeIn(step, flow, table) {
  return step.from === 'User' && step.to === 'Client App' ? (infer(step, flow, table)?.made ?? []) : [];
}

/** The client made what the request carries. @param {Flow} flow @returns {Inferred | null} */
function begun(flow) {
  const request = authorizationRequest(flow.exchanges);
  if (!request) return null;
  const names = ['state', 'nonce', 'code_challenge'];
  /** @type {Pairs} */
  const made = names.flatMap((name) => {
    const value = request.find(name);
    return value === null ? [] : [/** @type {[string, string]} */ ([name, value])];
  });
  const challenge = request.find('code_challenge');
  const verifier = codeRequests(flow)
    .map((exchange) => find(formOf(exchange.request), 'code_verifier'))
    .find((sent) => sent !== null && challengeOf(sent) === challenge);
  const notes = ['Not seen: it happened inside the client. The authorization request carries what was made here.'];
  if (verifier) {
    made.unshift(['code_verifier', verifier]);
    notes.push('The code_verifier is known from the token request: it hashes to this code_challenge.');
  }
  return { messages: [], made, notes };
}

/** The browser came with this address, so it was sent there. @param {Flow} flow @returns {Inferred | null} */
function sentOut(flow) {
  const request = authorizationRequest(flow.exchanges);
  if (!request) return null;
  const message = request.exchange.request;
  const url = `${message.scheme ?? 'http'}://${header(message, 'host') ?? ''}${parseTarget(message.target).path}`;
  const told = { response: { location: { url, query: Object.fromEntries(request.params) } } };
  return {
    messages: [{ exchange: null, side: 'response', told }],
    made: [],
    notes: [
      'Not seen: the client is out of sight. The browser arrived with this request, so the client sent it there, by a redirect or by a link.',
    ],
  };
}

/** The code was redeemed, so somebody was given it. @param {Flow} flow @returns {Inferred | null} */
function cameBack(flow) {
  const sent = flow.exchanges
    .map((exchange) => responseParams(exchange))
    .find((params) => params && find(params.pairs, 'code') !== null);
  const code = sent ? find(sent.pairs, 'code') : null;
  const redeemed = codeRequests(flow).some((exchange) => find(formOf(exchange.request), 'code') === code);
  if (!sent || code === null || !redeemed) return null;
  const told = { request: { method: 'GET', url: sent.to, query: Object.fromEntries(sent.pairs) } };
  return {
    messages: [{ exchange: null, side: 'request', told }],
    made: [],
    notes: [
      'Not seen: the client is out of sight. It redeemed the code that the redirect carried, so the callback reached it. Whether it checked state and iss can not be seen from here.',
    ],
  };
}

/** The resource server asked about the token, so it was given it. @param {Flow} flow @returns {Inferred | null} */
function asked(flow) {
  const tokens = flow.exchanges
    .filter(({ endpoint }) => endpoint === 'token')
    .map(({ response }) => find(jsonMembers(response?.body), 'access_token'));
  const question = flow.exchanges.find(
    ({ endpoint, request }) => endpoint === 'introspect' && tokens.includes(find(formOf(request), 'token')),
  );
  if (!question) return null;
  return {
    messages: [
      {
        exchange: null,
        side: 'request',
        told: { request: { headers: { authorization: `Bearer ${find(formOf(question.request), 'token')}` } } },
      },
    ],
    made: [],
    notes: [
      'Not seen: the resource server is out of sight. It asked about this access token at the introspection endpoint, so the client had sent it there.',
    ],
  };
}

/** Token requests with a code. @param {Flow} flow @returns {Exchange[]} */
export function codeRequests(flow) {
  return flow.exchanges.filter(
    ({ endpoint, request }) => endpoint === 'token' && find(formOf(request), 'grant_type') === 'authorization_code',
  );
}
