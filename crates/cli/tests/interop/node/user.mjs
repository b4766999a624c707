// The user with a browser: keeps cookies, follows redirects one by one, fills in the forms of sign-in pages. Runs no
// scripts: a page that needs one to be finished is a fault of that page.

import { parse } from 'node-html-parser';
import { CookieJar } from 'tough-cookie';

/** More pages than this are a loop. */
const MOST_PAGES = 12;
/** What a user presses to go on, and to say no: at this server, and at the others. */
const GOING_ON = 'button#sign-in, #allow, #sign-out, #continue, button[type=submit]';
const REFUSAL = '#deny, a[href$="/abort"]';

export const ALICE = { username: 'alice', password: 'wonderland' };
export const BOB = { username: 'bob', password: 'builder' };

/** What a user sees instead of being sent to the client. */
export class Stuck extends Error {
  constructor(url, status, page) {
    super(`${url} answered ${status}: ${text(page, 'h1')} ${text(page, '[role=alert]')}`);
    Object.assign(this, { status, page });
  }
}

/** A browser with a profile of its own. */
export class Browser {
  #jar = new CookieJar();

  /** `refuses`: says no where it can; `unticks`: scopes that it does not allow. */
  constructor(person = ALICE, { refuses = false, unticks = [] } = {}) {
    this.refuses = refuses;
    this.unticks = unticks;
    // Under the names that the fields have at this server, and at the others.
    this.typed = { ...person, login: person.username };
  }

  /**
   * Opens an address, signs in and approves where that is asked for, and returns the request by which the client is
   * called back: a GET with a query, or a POST with a form.
   */
  async logIn(url, redirectUri) {
    let request = new Request(url);
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      if (request.url.split(/[?#]/, 1)[0] === redirectUri) return request;
      request = await this.#next(request);
    }
    throw new Error(`after ${MOST_PAGES} pages there is still another: ${request.url}`);
  }

  /** Sends a request with the cookies of its site, and keeps those that come back. */
  async send(request) {
    const cookies = await this.#jar.getCookieString(request.url);
    if (cookies) request.headers.set('cookie', cookies);
    const response = await fetch(request, { redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) await this.#jar.setCookie(cookie, request.url);
    return response;
  }

  async #next(request) {
    const response = await this.send(request);
    const location = response.headers.get('location');
    // A redirect is followed with GET: 307 and 308, which repeat a form with its password, must not come.
    if ([302, 303].includes(response.status)) return new Request(new URL(location, request.url));
    const page = parse(await response.text());
    const refusal = this.refuses && page.querySelector(REFUSAL);
    const link = refusal && refusal.getAttribute('href');
    if (link) return new Request(new URL(link, request.url));
    const button = refusal || page.querySelector(GOING_ON);
    if (response.status !== 200 || !button || page.querySelector('[role=alert]')) {
      throw new Stuck(request.url, response.status, page);
    }
    return this.#submit(page, button, request.url);
  }

  /** The request that pressing a button sends: what is asked for filled in, and only wanted boxes ticked. */
  #submit(page, button, base) {
    const owner = button.getAttribute('form');
    const form = owner ? page.querySelector(`[id="${owner}"]`) : button.closest('form');
    const body = new URLSearchParams();
    for (const input of form.querySelectorAll('input[name]')) {
      const name = input.getAttribute('name');
      const value = this.typed[name] ?? input.getAttribute('value') ?? '';
      const box = input.getAttribute('type') === 'checkbox';
      if (!box || (input.hasAttribute('checked') && !this.unticks.includes(value))) body.append(name, value);
    }
    if (button.hasAttribute('name')) body.append(button.getAttribute('name'), button.getAttribute('value') ?? '');
    return new Request(new URL(form.getAttribute('action') ?? '', base), { method: 'POST', body });
  }
}

function text(page, selector) {
  return page.querySelector(selector)?.structuredText ?? '';
}
