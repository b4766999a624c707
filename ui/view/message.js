// One request or response: what it says line by line, or its raw bytes.

import { explain } from '../model/explain/index.js';
import { fill, h } from './dom.js';
import { copyButton, paramList, valueNode } from './params.js';
import { partsOf, rawOf } from './parts.js';
import { clockTime, count, duration } from './words.js';

/** @import { StepMessage, Where } from '../types.d.ts' */
/** @import { Parts } from './parts.js' */
/** @import { Reading } from './params.js' */

/** Headers that say something about the flow; the others are kept in a drawer. */
const TELLING = new Set([
  'authorization', 'cache-control', 'content-type', 'www-authenticate', 'origin', 'retry-after', 'dpop', 'dpop-nonce',
  'access-control-allow-origin', 'clear-site-data',
]);
/** Headers that every message has; a learner can do without. */
const HOUSEKEEPING = new Set(['cache-control', 'content-type', 'origin', 'access-control-allow-origin']);
/** Headers that protect a page; on anything else they say little. */
const PAGE_ONLY = new Set(['content-security-policy', 'referrer-policy', 'x-frame-options']);

/**
 * @param {StepMessage} message
 * @param {Reading} reading
 * @param {string} key tells this message from the others of the step
 * @returns {HTMLElement | null}
 */
export function messageView(message, reading, key) {
  const parts = partsOf(message);
  if (!parts) return null;
  const body = h('div', { class: 'message-body' });
  // A group and no region: a step may have several responses, and landmarks must differ by name.
  const node = h('div', { class: `message is-${parts.side}`, role: 'group', 'aria-label': parts.side === 'request' ? 'Request' : 'Response' });
  const raw = h('button', { type: 'button', class: 'plain', 'aria-pressed': 'false' }, 'Raw bytes');
  const name = `raw/${key}`;
  const draw = () => {
    const wanted = reading.open.has(name);
    raw.setAttribute('aria-pressed', String(wanted));
    fill(raw, wanted ? 'Line by line' : 'Raw bytes');
    fill(body, wanted ? rawView(parts) : lines(parts, reading, key));
  };
  raw.addEventListener('click', () => {
    if (!reading.open.delete(name)) reading.open.add(name);
    draw();
  });
  draw();
  node.append(headOf(parts, raw), body);
  return node;
}

/** @param {Parts} parts @param {HTMLElement} raw */
function headOf(parts, raw) {
  const { exchange, side } = parts;
  const facts = [];
  if (exchange) {
    facts.push(clockTime(exchange.at));
    if (side === 'response' && exchange.took !== null) facts.push(`after ${duration(exchange.took)}`);
    if (exchange.lost && side === 'response') facts.push('lost on the way');
  }
  return h('header', { class: 'message-head' },
    h('h3', null, side === 'request' ? 'Request' : 'Response'),
    h('span', { class: 'quiet' }, facts.join(', ')),
    exchange ? raw : h('span', { class: 'tag' }, 'told by the client, not seen on the wire'));
}

/** @param {Parts} parts */
function rawView(parts) {
  const text = rawOf(parts);
  return [
    h('pre', { class: 'raw', tabindex: '0', 'aria-label': 'Raw bytes' }, text),
    h('p', { class: 'raw-foot' }, h('span', { class: 'quiet' }, `body: ${count(parts.bytes, 'byte')}${parts.truncated ? ', cut' : ''}`), copyButton(text, 'Copy all')),
  ];
}

/** @param {Parts} parts @param {Reading} reading @param {string} key */
function lines(parts, reading, key) {
  const telling = parts.headers.filter(([name]) => isTelling(name, parts, reading));
  const others = parts.headers.filter((pair) => !telling.includes(pair));
  const signs = /** @type {[string, string]} */ (['?', '&']);
  return [
    h('p', { class: 'start' }, startOf(parts)),
    parts.query.length > 0 && paramList(parts.query, 'query', reading, { signs, group: `${key}/query` }),
    parts.location && h('p', { class: 'start is-location' }, h('span', { class: 'start-name' }, 'location: '), parts.location.path),
    parts.location && parts.location.query.length > 0 && paramList(parts.location.query, 'query', reading, { signs, group: `${key}/location` }),
    telling.length > 0 && paramList(telling, 'header', reading, { group: `${key}/header` }),
    part('Cookies sent', parts.cookies.length > 0 && paramList(parts.cookies, 'cookie', reading, { group: `${key}/cookie` })),
    part('Cookies set', parts.setCookies.length > 0 && parts.setCookies.map((one) => setCookie(one, reading, key))),
    bodyView(parts, reading, key),
    others.length > 0 && drawer(`${key}/others`, count(others.length, 'more header'), reading,
      () => paramList(others, 'header', reading, { group: `${key}/other` })),
  ];
}

/** @param {string} name @param {Parts} parts @param {Reading} reading */
function isTelling(name, parts, reading) {
  const lower = name.toLowerCase();
  if (reading.read === 'learner' && HOUSEKEEPING.has(lower)) return false;
  if (PAGE_ONLY.has(lower)) return parts.body.kind === 'page' && reading.read !== 'learner';
  return TELLING.has(lower);
}

/** @param {Parts} parts */
function startOf(parts) {
  const [first = '', ...rest] = parts.start.split(' ');
  const failed = parts.side === 'response' && Number(first) >= 400;
  return [h('span', { class: failed ? 'verb is-bad' : 'verb' }, first), ` ${rest.join(' ')}`, parts.version && h('span', { class: 'version' }, ` ${parts.version}`)];
}

/**
 * @param {{ name: string, value: string, attributes: [string, string][] }} cookie
 * @param {Reading} reading
 * @param {string} key
 */
function setCookie(cookie, reading, key) {
  const group = `${key}/set/${cookie.name}`;
  return h('div', { class: 'set-cookie' },
    paramList([[cookie.name, cookie.value]], 'cookie', reading, { group }),
    // Secure and HttpOnly have no value: they are there.
    paramList(cookie.attributes.map(([name, value]) => [name, value || 'yes']), 'attribute', { ...reading, fresh: new Set() }, { group: `${group}/attributes` }));
}

/** @param {Parts} parts @param {Reading} reading @param {string} key */
function bodyView({ body, bytes, truncated }, reading, key) {
  const said = truncated ? `the first 64 KiB of ${count(bytes, 'byte')}` : count(bytes, 'byte');
  if (body.kind === 'form') return part('Form', paramList(body.fields, 'form', reading, { group: `${key}/form` }));
  if (body.kind === 'json') return part('JSON', jsonView(body.fields, body.value, reading, key));
  if (body.kind === 'page') return part('Page', h('p', { class: 'page-title' }, titleOf(body.text), h('span', { class: 'quiet' }, `HTML, ${said}`)));
  if (body.kind === 'text') return part('Body', h('pre', { class: 'raw', tabindex: '0' }, valueNode(body.text)));
  return body.kind === 'binary' && part('Body', h('p', { class: 'quiet' }, `${body.type ?? 'no text'}, ${said}`));
}

/**
 * Members that the protocol knows stand one a line; data of an API as it is, indented.
 * @param {[string, string][]} fields
 * @param {unknown} value
 * @param {Reading} reading
 * @param {string} key
 */
function jsonView(fields, value, reading, key) {
  const known = fields.some(([name]) => explain(name, { where: /** @type {Where} */ ('json') }));
  const deep = value !== null && typeof value === 'object' && Object.values(value).some((member) => member !== null && typeof member === 'object');
  if (fields.length > 0 && (known || !deep) && !(deep && fields.length > 12)) return paramList(fields, 'json', reading, { group: `${key}/json` });
  const text = JSON.stringify(value, null, 2);
  if (text.length < 1200) return h('pre', { class: 'raw', tabindex: '0' }, text);
  return drawer(`${key}/deep`, count(text.split('\n').length, 'line'), reading, () => h('pre', { class: 'raw', tabindex: '0' }, text));
}

/** @param {string} html */
function titleOf(html) {
  const title = new DOMParser().parseFromString(html, 'text/html').title;
  return title === '' ? 'A page without a title' : `“${title}” `;
}

/** @param {string} title @param {Node | Node[] | false | null | undefined} content */
function part(title, content) {
  return content && h('div', { class: 'message-part' }, h('h4', null, title), content);
}

/**
 * @param {string} name
 * @param {string} label
 * @param {Reading} reading
 * @param {() => Node} content
 */
export function drawer(name, label, reading, content) {
  const node = h('details', { class: 'drawer', open: reading.open.has(name) }, h('summary', null, label));
  const draw = () => {
    if (node.open && node.childElementCount === 1) node.append(content());
  };
  node.addEventListener('toggle', () => {
    if (node.open) reading.open.add(name);
    else reading.open.delete(name);
    draw();
  });
  draw();
  return node;
}
