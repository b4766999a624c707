// What the explorer's own runner tells of its steps and of an attack's moves, joined to what the taps saw by span id.

import { spanOf, timeOf } from './span.js';

/** @import { Check, Flow, FlowLine, Pairs, StepMessage, StepView } from '../types.d.ts' */

/**
 * Steps in the order in which the runner made them, moves in between; then the steps that have not come yet.
 * @param {StepView[]} steps  as the taps saw them
 * @param {Flow} flow
 * @returns {StepView[]}
 */
export function fromRecords(steps, flow) {
  const records = flow.run?.records ?? [];
  const told = records.map((record) => (record.move ? moveOf(record, flow) : stepOf(record, steps, flow)));
  const reached = Math.max(0, ...records.filter((record) => !record.move).map((record) => record.step));
  const ended = flow.run?.verdict !== null && flow.run?.verdict !== undefined;
  const rest = steps.filter(({ number }) => number !== null && number > reached);
  return [...told, ...(ended ? rest.map(notReached) : rest)];
}

/** A step that the attack kept from happening. @param {StepView} step @returns {StepView} */
function notReached(step) {
  const notes = ['It did not come to this: the attack ended the flow.'];
  return { ...step, state: 'missing', messages: [], checks: [], refused: null, made: [], notes, at: null };
}

/**
 * @param {FlowLine} record
 * @param {StepView[]} steps
 * @param {Flow} flow
 * @returns {StepView}
 */
function stepOf(record, steps, flow) {
  const known = steps.find(({ number }) => number === record.step);
  const side = known?.messages[0]?.side ?? (record.request ? 'request' : 'response');
  const messages = joined(record, flow).map((exchange) => ({ exchange, side, told: null }));
  const broken = record.rules?.find((rule) => !rule.ok);
  const base = known ?? moveOf(record, flow);
  return {
    ...base,
    number: record.step,
    title: record.title,
    what: record.what,
    state: record.ok ? 'seen' : 'refused',
    messages: messages.length > 0 ? messages : toldOf(record, side),
    checks: checksOf(record),
    refused: record.ok ? null : { rule: broken?.id ?? null, detail: record.trouble ?? null },
    made: madeOf(record),
    notes: [...(record.notes ?? [])],
    by: null,
    at: timeOf(messages[0]) ?? base.at,
  };
}

/**
 * @param {FlowLine} record
 * @param {Flow} flow
 * @returns {StepView}
 */
function moveOf(record, flow) {
  const exchanges = joined(record, flow);
  const thief = record.move?.by === 'Attacker';
  const messages = exchanges.flatMap(
    (exchange) =>
      /** @type {StepMessage[]} */ ([
        { exchange, side: 'request', told: null },
        ...(exchange.response ? [{ exchange, side: 'response', told: null }] : []),
      ]),
  );
  const rule = record.move?.refused_by?.id ?? null;
  return {
    number: null,
    from: thief ? 'Attacker' : record.from,
    to: record.to,
    channel: record.channel,
    title: record.title,
    what: record.what,
    why: null,
    state: rule === null ? 'seen' : 'refused',
    messages: messages.length > 0 ? messages : toldOf(record, 'request'),
    checks: checksOf(record),
    refused: rule === null ? null : { rule, detail: exchanges.find(({ refused }) => refused)?.refused?.detail ?? null },
    made: madeOf(record),
    notes: [...(record.notes ?? []), ...(record.trouble ? [record.trouble] : [])],
    by: thief ? 'Attacker' : null,
    fresh: [],
    at: timeOf(messages[0]),
  };
}

/** @param {FlowLine} record @param {Flow} flow */
function joined(record, flow) {
  const spans = record.spans ?? [];
  return flow.exchanges.filter((exchange) => spans.includes(spanOf(exchange) ?? ''));
}

/** @param {FlowLine} record @param {'request' | 'response'} side @returns {StepMessage[]} */
function toldOf(record, side) {
  const { request, response } = record;
  return request || response ? [{ exchange: null, side, told: { request, response } }] : [];
}

/** @param {FlowLine} record @returns {Check[]} */
function checksOf(record) {
  return (record.rules ?? []).map(({ id, ok, by }) => ({ rule: id, ok, by }));
}

/** @param {FlowLine} record @returns {Pairs} */
function madeOf(record) {
  return Object.entries(record.made ?? {}).flatMap(([name, value]) =>
    [value].flat().map((one) => /** @type {[string, string]} */ ([name, one])),
  );
}
