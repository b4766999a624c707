// Where lanes and arrows lie: numbers in, SVG out. How a channel looks is decided in diagram.css.

import { s } from './dom.js';

/** @typedef {{ x1: number, x2: number, y: number }} Span */

/** Room at the left for the numbers of the steps. */
export const GUTTER = 44;
/** How far an arrow stays away from the lane that it points at. */
const GAP = 7;
const HEAD = 8;

/**
 * The middle of each lane.
 * @param {readonly string[]} names
 * @param {number} width
 * @returns {Map<string, number>}
 */
export function laneCentres(names, width) {
  const room = (width - GUTTER) / Math.max(names.length, 1);
  return new Map(names.map((name, index) => [name, Math.round(GUTTER + room * (index + 0.5))]));
}

/**
 * The lines from top to bottom.
 * @param {Map<string, number>} centres
 * @param {number} height
 */
export function laneLines(centres, height) {
  return [...centres].map(([name, x]) =>
    s('line', { class: name === 'Attacker' ? 'lane lane-attacker' : 'lane', x1: x, x2: x, y1: 0, y2: height }));
}

/**
 * Where an arrow runs.
 * @param {Map<string, number>} centres
 * @param {string} from
 * @param {string} to
 * @param {number} y
 * @returns {Span | null} null where an actor has no lane
 */
export function span(centres, from, to, y) {
  const start = centres.get(from);
  const end = centres.get(to);
  if (start === undefined || end === undefined) return null;
  if (start === end) return { x1: start, x2: start + 40, y };
  return { x1: start, x2: end + (end > start ? -GAP : GAP), y };
}

/**
 * An arrow. The channel decides the line: solid, double, dotted; what was only inferred is dashed with an open head;
 * what was refused ends at a bar and does not arrive.
 * @param {Span} way
 * @param {{ channel: string, state: string, held: boolean, current: boolean }} look
 * @returns {SVGGElement}
 */
export function arrow(way, look) {
  const right = way.x2 >= way.x1;
  const sign = right ? 1 : -1;
  const refused = look.state === 'refused';
  const tip = refused ? way.x2 - sign * 22 : way.x2;
  const shaft = refused ? tip : tip - sign * (HEAD - 1);
  const line = { x1: way.x1, x2: shaft, y1: way.y, y2: way.y };
  const node = s('g', { class: `arrow channel-${look.channel} is-${look.state}${look.current ? ' is-current' : ''}` });
  node.append(s('line', { class: 'arrow-line', ...line }));
  if (look.channel === 'back') node.append(s('line', { class: 'arrow-core', ...line }));
  node.append(s('circle', { class: 'arrow-foot', cx: way.x1, cy: way.y, r: 3.5 }));
  if (refused) {
    node.append(s('line', { class: 'arrow-bar', x1: tip, x2: tip, y1: way.y - 9, y2: way.y + 9 }));
    node.append(s('line', { class: 'arrow-rest', x1: tip + sign * 7, x2: way.x2, y1: way.y, y2: way.y }));
  } else {
    const back = tip - sign * HEAD;
    node.append(s('path', { class: 'arrow-head', d: `M${tip} ${way.y}L${back} ${way.y - 5.5}V${way.y + 5.5}Z` }));
  }
  if (look.held) {
    const middle = (way.x1 + way.x2) / 2;
    node.append(s('circle', { class: 'dot dot-ring', cx: middle, cy: way.y, r: 10 }));
    node.append(s('circle', { class: 'dot', cx: middle, cy: way.y, r: 5.5 }));
  }
  return node;
}
