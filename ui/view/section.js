// A section of a specification, as a link to its text where that has an address.

import { h } from './dom.js';

/** @type {Record<string, string>} */
const DOCUMENTS = {
  'OAuth 2.1': 'https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1',
  'OpenID Connect Core': 'https://openid.net/specs/openid-connect-core-1_0.html',
  'OpenID Connect Discovery': 'https://openid.net/specs/openid-connect-discovery-1_0.html',
  'OpenID Connect Registration': 'https://openid.net/specs/openid-connect-registration-1_0.html',
  'OpenID Connect RP-Initiated Logout': 'https://openid.net/specs/openid-connect-rpinitiated-1_0.html',
  'OpenID Connect Back-Channel Logout': 'https://openid.net/specs/openid-connect-backchannel-1_0.html',
  'OpenID Connect Front-Channel Logout': 'https://openid.net/specs/openid-connect-frontchannel-1_0.html',
  'OpenID Connect Prompt Create': 'https://openid.net/specs/openid-connect-prompt-create-1_0.html',
  'OAuth 2.0 Multiple Response Types': 'https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html',
};

/**
 * Where a section can be read; `null` where nobody knows.
 * @param {string} section as rules have it: “RFC 9700 §4.1.3”
 */
export function addressOf(section) {
  const [name = '', number = ''] = section.split('§').map((part) => part.trim());
  const rfc = /^RFC (\d+)$/.exec(name);
  const anchor = /^\d+(\.\d+)*$/.test(number) ? `#section-${number}` : '';
  if (rfc) return `https://www.rfc-editor.org/rfc/rfc${rfc[1]}${/^[A-Z](\.\d+)*$/.test(number) ? `#appendix-${number}` : anchor}`;
  const document = DOCUMENTS[name];
  if (!document) return null;
  return name === 'OAuth 2.1' ? document + anchor : document;
}

/**
 * @param {string | null} section
 * @returns {HTMLElement | null}
 */
export function sectionLink(section) {
  if (!section) return null;
  const address = addressOf(section);
  if (!address) return h('span', { class: 'section' }, section);
  return h('a', { class: 'section', href: address, target: '_blank', rel: 'noopener noreferrer' }, section);
}
