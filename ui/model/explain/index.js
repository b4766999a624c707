// The dictionary: what a parameter, header, cookie or claim is, why it is there, and where it is written.

import { ATTRIBUTES, HEADERS } from './headers.js';
import { CLAIMS, JOSE } from './claims.js';
import { METADATA } from './metadata.js';
import { REGISTRATION } from './registration.js';
import { REQUEST } from './request.js';
import { TOKEN } from './token.js';

/** @import { Explanation, Where } from '../../types.d.ts' */
/** @import { Entries, Entry } from './entry.d.ts' */

/** Cookies of the server and of the demo. @type {Entries} */
const COOKIES = {
  countersign: [
    'Names this browser at the authorization server.',
    'By it the server finds who is signed in here. No client ever sees it.',
    'OpenID Connect Core §3.1.2.3',
  ],
  '__Host-countersign': [
    'Names this browser at the authorization server.',
    'By it the server finds who is signed in here. No other host can set it.',
    'RFC 6265bis §4.1.3.2',
  ],
  fernbook_browser: [
    'Names this browser at Fernbook, before anybody signed in.',
    'The login that it began is kept under it, with state, nonce and verifier.',
    'RFC 9700 §4.7.1',
  ],
  fernbook_session: [
    'The session at Fernbook.',
    'New at each login, so that one that was planted before is worthless. The tokens stay at the server.',
    'OAuth 2.1 §7.9',
  ],
};

/** In which tables a name is looked up, in order. @type {Record<string, Entries[]>} */
const TABLES = {
  query: [REQUEST, TOKEN],
  location: [REQUEST, TOKEN],
  form: [TOKEN, REQUEST, REGISTRATION],
  json: [TOKEN, REGISTRATION, METADATA, CLAIMS, REQUEST],
  claim: [CLAIMS],
  jose: [JOSE],
  header: [HEADERS],
  attribute: [ATTRIBUTES],
  cookie: [COOKIES],
  'set-cookie': [COOKIES],
};

/**
 * `null`: nothing is known of it.
 * @param {string} name
 * @param {{ where?: Where | 'location' | 'set-cookie' }} [place]  anywhere, if left out
 * @returns {Explanation | null}
 */
export function explain(name, place = {}) {
  const tables = place.where === undefined ? Object.values(TABLES).flat() : (TABLES[place.where] ?? []);
  const key = ['header', 'attribute'].includes(place.where ?? '') ? name.toLowerCase() : name;
  for (const table of tables) {
    const entry = /** @type {Entry | undefined} */ (Object.hasOwn(table, key) ? table[key] : undefined);
    if (entry) return { name, what: entry[0], why: entry[1], section: entry[2] };
  }
  return tickBox(name);
}

/** A tick box of the consent page. @param {string} name @returns {Explanation | null} */
function tickBox(name) {
  const [, kind, ticked] = /^(scope|claim):(.+)$/.exec(name) ?? [];
  if (ticked === undefined) return null;
  const section = kind === 'scope' ? 'OAuth 2.1 §1.4.1' : 'OpenID Connect Core §5.5';
  return { name, what: `The user's tick at ${ticked}.`, why: 'What is not ticked is not granted.', section };
}
