// Which span a message belongs to (Trace Context §3.2.2), and when it travelled.

/** @import { Exchange, Flow, StepMessage } from '../types.d.ts' */

/** The parent id of `traceparent`. @param {Exchange} exchange */
export function spanOf(exchange) {
  return /^00-[0-9a-f]{32}-([0-9a-f]{16})-/.exec(exchange.traceparent ?? '')?.[1] ?? null;
}

/** Milliseconds since 1970. @param {StepMessage | undefined} message */
export function timeOf(message) {
  const exchange = message?.exchange;
  if (!exchange) return null;
  return message?.side === 'response' ? exchange.at + (exchange.took ?? 0) / 1000 : exchange.at;
}

/** Whether an exchange was a move of an attack. @param {Exchange} exchange @param {Flow} flow */
export function ofMove(exchange, flow) {
  const span = spanOf(exchange);
  const moves = flow.run?.records.filter((record) => record.move !== undefined) ?? [];
  return span !== null && moves.some((record) => record.spans?.includes(span));
}
