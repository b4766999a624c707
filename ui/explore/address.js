// Where the reader is, in the address: a link shows a colleague the same thing.

/**
 * @typedef {object} Place
 * @property {string} table
 * @property {boolean} pkce
 * @property {string | null} attack
 * @property {string | null} flow null: the newest that fits
 * @property {string | null} step the number of a step, or that of a move: 6a
 * @property {'walk' | 'compare'} view
 * @property {'learner' | 'developer' | 'auditor'} read
 */

/** @typedef {'learner' | 'developer' | 'auditor'} Read */

/**
 * @param {string} search
 * @param {Read} [usual] how a step is told where the address doesn't say
 * @returns {Place}
 */
export function readPlace(search, usual = 'learner') {
  const query = new URLSearchParams(search);
  const read = query.get('read');
  return {
    table: query.get('table') ?? 'code',
    pkce: query.get('pkce') !== 'off',
    attack: query.get('attack'),
    flow: query.get('flow'),
    step: query.get('step'),
    view: query.get('view') === 'compare' ? 'compare' : 'walk',
    read: read === 'learner' || read === 'developer' || read === 'auditor' ? read : usual,
  };
}

/**
 * @param {Place} place
 * @param {Read} [usual]
 * @returns {string} with its question mark; empty where all is as at the beginning
 */
export function writePlace(place, usual = 'learner') {
  const query = new URLSearchParams();
  if (place.table !== 'code') query.set('table', place.table);
  if (place.flow) query.set('flow', place.flow);
  if (place.attack) query.set('attack', place.attack);
  if (!place.pkce) query.set('pkce', 'off');
  if (place.step) query.set('step', place.step);
  if (place.view !== 'walk') query.set('view', place.view);
  if (place.read !== usual) query.set('read', place.read);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/**
 * Writes the place into the address.
 * @param {Place} place
 * @param {boolean} back whether the browser's back button leads here again
 * @param {Read} [usual]
 */
export function remember(place, back, usual) {
  const address = location.pathname + writePlace(place, usual);
  if (address === location.pathname + location.search) return;
  if (back) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
}
