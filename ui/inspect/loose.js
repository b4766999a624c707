// Requests that belong to no login: metadata, keys, pages, and whatever came without anything that ties it to one. A
// client that stops before its first request to /authorize shows itself here.

import { header } from '../model/wire.js';
import { fill, h, stale } from '../view/dom.js';
import { clockTime, count, duration } from '../view/words.js';

/** @import { Exchange } from '../types.d.ts' */

const SHOWN = 30;

/**
 * What this page itself asked for, keys and metadata, says nothing of a client.
 * @param {readonly Exchange[]} exchanges
 */
export function ofClients(exchanges) {
  const own = (/** @type {Exchange} */ { request }) => header(request, 'sec-fetch-site') === 'same-origin' && header(request, 'sec-fetch-dest') === 'empty';
  return exchanges.filter((exchange) => exchange.site !== 'authorization_server' || !own(exchange));
}

/** @param {HTMLElement} root @param {readonly Exchange[]} all in order */
export function showLoose(root, all) {
  const exchanges = ofClients(all);
  const newest = exchanges.slice(-SHOWN).reverse();
  if (!stale(root, newest.map(({ id, took }) => [id, took]))) return;
  fill(root, h('p', { class: 'quiet' }, exchanges.length === 0 ? 'None so far.' : `${count(exchanges.length, 'request')}, the newest first.`),
    newest.length > 0 && h('div', { class: 'scroll-x', tabindex: '0', role: 'region', 'aria-label': 'Requests outside of logins' }, h('table', { class: 'loose' },
      h('thead', null, h('tr', null, ['When', 'Where', 'Request', 'Answer', 'Took'].map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', null, newest.map(row)))));
}

/** @param {Exchange} exchange */
function row({ at, site, request, response, took }) {
  return h('tr', null, h('td', { class: 'mono' }, clockTime(at)), h('td', null, site.replaceAll('_', ' ')),
    h('td', { class: 'mono loose-target' }, `${request.method} ${request.target}`),
    h('td', { class: 'mono' }, response ? String(response.status) : 'under way'), h('td', { class: 'mono' }, took === null ? '' : duration(took)));
}
