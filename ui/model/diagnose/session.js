// A browser that came back without the cookie it was given: another name of the same host, http, SameSite, or another
// browser (RFC 6265 §5, RFC 6265bis §4.1.2.7). Which of them, as far as the bytes show it.

import { outcomeOf } from '../outcome.js';
import { header, headers, parseCookies, parseSetCookie } from '../wire.js';

/** @import { Exchange, Finding } from '../../types.d.ts' */
/** @import { Case } from './case.js' */

/** Where a browser has to come with the cookie that it was given before. */
const NEEDS = ['interaction', 'sign-in', 'choose', 'consent', 'callback'];

/** @param {Case} it @returns {Finding[]} */
export function session(it) {
  /** @type {Finding[]} */
  const found = [];
  for (const exchange of it.exchanges) {
    const given = givenBefore(it, exchange);
    const failed = (exchange.response?.status ?? 0) >= 400 || outcomeOf(exchange).kind === 'refused';
    if (!NEEDS.includes(exchange.endpoint) || !given || !failed) continue;
    const sent = headers(exchange.request, 'cookie')
      .flatMap(parseCookies)
      .map(([name]) => name);
    if (sent.includes(given.cookie.name)) continue;
    found.push(lost(it, exchange, given));
  }
  return found.slice(0, 3);
}

/**
 * The last cookie that this site gave the browser in this flow.
 * @param {Case} it @param {Exchange} exchange
 */
function givenBefore(it, exchange) {
  const earlier = it.exchanges.filter((other) => other.site === exchange.site && other.id < exchange.id).reverse();
  for (const by of earlier) {
    const cookie = headers(by.response, 'set-cookie')
      .map(parseSetCookie)
      .find(({ value, maxAge }) => value !== '' && maxAge !== 0);
    if (cookie) return { by, cookie };
  }
  return null;
}

/**
 * @param {Case} it @param {Exchange} exchange
 * @param {NonNullable<ReturnType<typeof givenBefore>>} given
 */
function lost(it, exchange, { by, cookie }) {
  const [began, back] = [hostOf(by), hostOf(exchange)];
  const foreign = header(exchange.request, 'sec-fetch-site') === 'cross-site';
  const posted = exchange.request.method === 'POST';
  const parts = {
    title: `The cookie ${cookie.name} did not come back`,
    expected: cookie.name,
    got: header(exchange.request, 'cookie') ?? '(no Cookie header)',
  };
  if (began !== null && back !== null && began !== back) {
    return it.finding(exchange, {
      ...parts,
      id: 'cookie.host',
      what: `The browser began on ${began} and came back on ${back}. To a browser these are two places.`,
      expected: began,
      got: back,
      fix: `Use one name all the way: begin on ${back}, or let the redirect_uri and the links name ${began}.`,
      section: 'RFC 6265 §5.1.3',
    });
  }
  if (foreign && (cookie.sameSite === 'strict' || (posted && cookie.sameSite !== 'none'))) {
    return it.finding(exchange, {
      ...parts,
      id: 'cookie.samesite',
      what: `It is SameSite=${cookie.sameSite ?? 'Lax (the default)'}, and the request was caused by another site${posted ? ' with a form' : ''}. Such a request carries no such cookie.`,
      fix: posted
        ? 'Use response_mode=query, or set the cookie that is needed at the callback with SameSite=None; Secure.'
        : 'Set the cookie that is needed at the callback with SameSite=Lax.',
      section: 'RFC 6265bis §4.1.2.7',
    });
  }
  if (cookie.secure && began !== null && !/^(localhost|127\.|\[::1\])/.test(began)) {
    return it.finding(exchange, {
      ...parts,
      id: 'cookie.secure',
      what: 'It is Secure. A browser that uses plain http, or a proxy that ends https and hands on http, neither keeps nor sends it.',
      fix: 'Use https all the way, or, on this computer, a name under localhost.',
      section: 'RFC 6265 §4.1.2.5',
    });
  }
  return it.finding(exchange, {
    ...parts,
    id: 'cookie.lost',
    what: 'The browser was given it, and came back without. Another browser, a private window, a setting that blocks cookies, or a link that was opened elsewhere can do that.',
    fix: 'Begin again in one window, with cookies allowed for this site.',
    section: 'RFC 6265 §5.4',
  });
}

/** The host that a browser named, without its port: ports share cookies. @param {Exchange} exchange */
function hostOf(exchange) {
  return header(exchange.request, 'host')?.replace(/:\d+$/, '').toLowerCase() ?? null;
}
