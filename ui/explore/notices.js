// What the reader has to know now: the connection, what failed and what to do about it.

import { byId, fill, h } from '../view/dom.js';

const CONNECTION = { connecting: 'Connecting', live: 'Live', lost: 'Connection lost. Trying again' };

/** @param {keyof typeof CONNECTION} state */
export function showConnection(state) {
  const node = byId('connection');
  node.dataset['state'] = state;
  fill(node, CONNECTION[state]);
}

/**
 * @param {'bad' | 'warn' | 'good'} kind
 * @param {string} text
 * @param {Node | null} [act]
 */
export function notify(kind, text, act = null) {
  const close = h('button', { type: 'button', class: 'plain' }, 'Close');
  const node = h('div', { class: `notice notice-${kind}`, role: kind === 'bad' ? 'alert' : 'status' }, h('p', null, text), act, close);
  close.addEventListener('click', () => node.remove());
  const root = byId('notices');
  fill(root, node);
  return node;
}

export function clearNotices() {
  fill(byId('notices'));
}

/** Tells a screen reader. @param {string} text */
export function say(text) {
  const node = byId('live');
  if (node.textContent !== text) fill(node, text);
}
