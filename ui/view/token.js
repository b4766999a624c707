// A JWT read out in place: what its header and claims say, and whether its signature fits the published keys.

import { explain } from '../model/explain/index.js';
import { verify } from '../model/jwt.js';
import { fill, h } from './dom.js';
import { hinted } from './hint.js';
import { sectionLink } from './section.js';
import { relative } from './words.js';

/** @import { Jwt, Where } from '../types.d.ts' */
/** @import { Reading } from './params.js' */

/** Claims that are moments. */
const MOMENTS = new Set(['exp', 'iat', 'nbf', 'auth_time', 'updated_at']);

/**
 * @param {string} token
 * @param {Jwt} jwt
 * @param {Reading} reading
 * @param {string} key
 */
export function tokenView(token, jwt, reading, key) {
  const name = `token/${key}`;
  const body = h('div', { class: 'token-body' });
  const node = h('details', { class: 'token', open: reading.open.has(name) }, h('summary', null, `${kindOf(jwt)}, read out`), body);
  const draw = () => {
    if (!node.open || body.hasChildNodes()) return;
    const signature = h('p', { class: 'verdict-line' }, 'Checking the signature');
    fill(body,
      h('h4', null, 'Header'), members(jwt.header, 'jose', reading),
      h('h4', null, 'Claims'), members(jwt.claims, 'claim', reading),
      h('h4', null, 'Signature'), signature);
    void sign(token, signature, reading);
  };
  node.addEventListener('toggle', () => {
    if (node.open) reading.open.add(name);
    else reading.open.delete(name);
    draw();
  });
  draw();
  return node;
}

/** @param {Jwt} jwt */
export function kindOf(jwt) {
  if (jwt.header['typ'] === 'at+jwt') return 'Access token';
  if (jwt.header['typ'] === 'logout+jwt') return 'Logout token';
  return 'nonce' in jwt.claims || 'at_hash' in jwt.claims || 'sid' in jwt.claims ? 'ID token' : 'JWT';
}

/**
 * @param {string} token
 * @param {HTMLElement} line
 * @param {Reading} reading
 */
async function sign(token, line, reading) {
  if (token.includes('…')) {
    fill(line, 'It is hidden, so it can’t be checked here.');
    return;
  }
  const { ok, why } = await verify(token, await reading.keys());
  line.classList.add(ok ? 'is-ok' : ok === false ? 'is-bad' : 'is-open');
  fill(line, h('strong', null, ok ? 'Valid. ' : ok === false ? 'Not valid. ' : 'Not known. '), why);
}

/**
 * @param {Record<string, unknown>} all
 * @param {Where} where
 * @param {Reading} reading
 */
function members(all, where, reading) {
  return h('dl', { class: 'params claims' }, Object.entries(all).map(([name, value]) => {
    const told = explain(name, { where });
    const label = h(told ? 'button' : 'span', told ? { type: 'button', class: 'param-name', 'aria-expanded': 'false' } : { class: 'param-name' }, name);
    const more = h('dd', { class: 'param-more', hidden: true });
    if (told) {
      hinted(label, () => (more.hidden ? [h('p', null, told.what), h('p', { class: 'section' }, told.section ?? '')] : null));
      label.addEventListener('click', () => {
        more.hidden = !more.hidden;
        label.setAttribute('aria-expanded', String(!more.hidden));
        fill(more, h('p', null, told.what), told.why && h('p', null, told.why), told.section && h('p', null, sectionLink(told.section)));
      });
    }
    const moment = MOMENTS.has(name) && typeof value === 'number' ? value : null;
    return h('div', { class: 'param' },
      h('dt', null, label),
      h('dd', { class: 'param-value' }, typeof value === 'string' ? value : JSON.stringify(value),
        moment !== null && h('span', { class: 'moment' }, `${new Date(moment * 1000).toLocaleString('en-GB')}, ${relative(moment, reading.at)}`)),
      more);
  }));
}
