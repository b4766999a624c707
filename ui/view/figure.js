// The diagram as one SVG file that needs nothing else: for a report, a wiki, a wall. Light and dark are in it.

import { GUTTER, laneCentres, span } from './lanes.js';
import { channelWord } from './words.js';

/** @import { Row } from './diagram.js' */

const LANE = 190;
const ROW = 62;
const TOP = 96;

const STYLE = `
svg{color-scheme:light dark;--ink:#14211f;--soft:#4b5a57;--rule:#d2dad7;--line:#75847f;--sheet:#fcfdfc;--front:#a84a00;--back:#0a5f58;--user:#4a4599;--bad:#a0241c}
@media (prefers-color-scheme:dark){svg{--ink:#e7eeec;--soft:#a5b4b0;--rule:#2c3937;--line:#74857f;--sheet:#151d1c;--front:#ffb27a;--back:#74d1c3;--user:#b9b5f5;--bad:#ffa096}}
text{font:14px system-ui,"Segoe UI",Roboto,"Liberation Sans",sans-serif;fill:var(--ink)}
.b{font-weight:650}.s{font-size:12px;fill:var(--soft)}.m{font-family:ui-monospace,Menlo,Consolas,"Liberation Mono",monospace}
.halo{stroke:var(--sheet);stroke-width:6px;paint-order:stroke;stroke-linejoin:round}
.sheet{fill:var(--sheet)}.lane{stroke:var(--rule)}.core{stroke:var(--sheet)}.bar{stroke:var(--bad);stroke-width:4;stroke-linecap:round}
.front{--t:var(--front)}.back{--t:var(--back)}.user{--t:var(--user)}.missing,.waiting{--t:var(--line)}
.l{stroke:var(--t);stroke-width:2}.back .l{stroke-width:5}.core{stroke-width:1.75}.user .l{stroke-width:3;stroke-linecap:round;stroke-dasharray:.1 6.5}
.inferred .l{stroke-dasharray:7 5}.h{fill:var(--t)}.inferred .h,.planned .h{fill:var(--sheet);stroke:var(--t)}.bad{fill:var(--bad)}`;

/**
 * @param {readonly Row[]} rows
 * @param {readonly string[]} actors
 * @param {string} title
 * @returns {string}
 */
export function figure(rows, actors, title) {
  const width = GUTTER + actors.length * LANE;
  const height = TOP + rows.length * ROW + 24;
  const centres = laneCentres(actors, width);
  const heads = [...centres].map(([name, x]) => `<text class="b" x="${x}" y="${TOP - 22}" text-anchor="middle">${escape(name)}</text>`);
  const lanes = [...centres.values()].map((x) => `<line class="lane" x1="${x}" x2="${x}" y1="${TOP - 8}" y2="${height - 16}"/>`);
  const arrows = rows.map((row, index) => rowOf(row, centres, TOP + index * ROW, width));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">`,
    `<title>${escape(title)}</title><style>${STYLE}</style><rect class="sheet" width="100%" height="100%"/>`,
    `<text class="b" x="16" y="34">${escape(title)}</text>`, ...lanes, ...heads, ...arrows, '</svg>',
  ].join('\n');
}

/**
 * @param {Row} row
 * @param {Map<string, number>} centres
 * @param {number} top
 * @param {number} width
 */
function rowOf({ chip, view, mark, planned }, centres, top, width) {
  const y = top + 44;
  const way = span(centres, view.from, view.to, y);
  if (!way) return '';
  const sign = way.x2 >= way.x1 ? 1 : -1;
  const refused = view.state === 'refused';
  const tip = refused ? way.x2 - sign * 22 : way.x2;
  const line = `x1="${way.x1}" x2="${tip - (refused ? 0 : sign * 7)}" y1="${y}" y2="${y}"`;
  const half = 4 * (view.title.length + 8);
  const middle = Math.max(GUTTER + half, Math.min((way.x1 + way.x2) / 2, width - half - 8));
  const tail = [channelWord(view.channel), mark].filter((word) => word !== '').join(', ');
  return `<g class="${view.channel} ${planned ? 'planned' : view.state}">
<text class="s m" x="22" y="${y + 4}" text-anchor="middle">${escape(chip)}</text>
<line class="l" ${line}/>${view.channel === 'back' ? `<line class="core" ${line}/>` : ''}<circle class="h" cx="${way.x1}" cy="${y}" r="3.5"/>
${refused ? `<line class="bar" x1="${tip}" x2="${tip}" y1="${y - 9}" y2="${y + 9}"/>` : `<path class="h" d="M${tip} ${y}L${tip - sign * 8} ${y - 5.5}V${y + 5.5}Z"/>`}
<text class="halo" x="${middle}" y="${y - 13}" text-anchor="middle">${escape(view.title)}<tspan class="s m${refused ? ' bad' : ''}" dx="8">${escape(tail)}</tspan></text></g>`;
}

/** @param {string} text */
function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
