// The OAuth part: one sign-in, its tokens, and the calls that they allow. No DOM in here.
//
// Tokens live in this module's memory and nowhere else. What has to survive the way to the provider and back (state,
// nonce, code_verifier) is in sessionStorage, which belongs to one tab, under its state; it is taken out before use.

import * as oauth from '/assets/oauth4webapi.js';
import { AccessEnded, NotUnderWay } from '/assets/errors.js';

const PREFIX = 'sprig.';

export class Session {
  #config;
  #server;
  #client;
  #insecure;
  #tokens = null;
  #refreshing = null;
  #tell;

  /** Reads the settings and the provider's metadata (RFC 8414). `tell` hears what happens. */
  static async open(tell) {
    const response = await fetch('/config.json');
    const config = await response.json();
    const issuer = new URL(config.issuer);
    // The library insists on https; the demo's servers are on this very machine.
    const insecure = { [oauth.allowInsecureRequests]: issuer.protocol === 'http:' };
    const found = await oauth.discoveryRequest(issuer, { ...insecure });
    const server = await oauth.processDiscoveryResponse(issuer, found);
    return new Session(config, server, insecure, tell);
  }

  constructor(config, server, insecure, tell) {
    this.#config = config;
    this.#server = server;
    this.#client = { client_id: config.client_id };
    this.#insecure = insecure;
    this.#tell = tell;
  }

  get issuer() {
    return this.#config.issuer;
  }

  /** Every scope that is asked for, and whether it was granted. */
  get scopes() {
    const granted = new Set((this.#tokens?.scope ?? '').split(' '));
    return this.#config.scope.split(' ').map((scope) => ({ scope, granted: granted.has(scope) }));
  }

  /** When the access token ends, in milliseconds since 1970; null if the provider does not say. */
  get endsAt() {
    return this.#tokens?.endsAt ?? null;
  }

  get claims() {
    return this.#tokens?.claims ?? {};
  }

  get canRefresh() {
    return Boolean(this.#tokens?.refresh);
  }

  may(scope) {
    return this.scopes.some((one) => one.scope === scope && one.granted);
  }

  /** Leaves for the provider (OAuth 2.1 section 4.1.1). */
  async begin({ askAgain = false } = {}) {
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    const verifier = oauth.generateRandomCodeVerifier();
    forget();
    sessionStorage.setItem(PREFIX + state, JSON.stringify({ nonce, verifier }));
    const url = new URL(this.#server.authorization_endpoint);
    const parameters = {
      response_type: 'code',
      client_id: this.#config.client_id,
      redirect_uri: this.#config.redirect_uri,
      scope: this.#config.scope,
      resource: this.#config.api,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(askAgain ? { prompt: 'consent' } : {}),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    location.assign(url);
  }

  /** Comes back (OAuth 2.1 section 4.1.2, 4.1.3): checks state and iss, redeems the code, checks the ID token. */
  async finish(url) {
    const state = url.searchParams.get('state') ?? '';
    const kept = JSON.parse(sessionStorage.getItem(PREFIX + state) ?? 'null');
    forget();
    if (!kept) throw new NotUnderWay('no transaction in this tab for that state');
    const parameters = oauth.validateAuthResponse(this.#server, this.#client, url, state);
    this.#tell('A code came back. Sprig checked state and iss, and took the parameters out of the address bar.');
    const response = await oauth.authorizationCodeGrantRequest(
      this.#server, this.#client, oauth.None(), parameters, this.#config.redirect_uri, kept.verifier,
      { ...this.#insecure, additionalParameters: { resource: this.#config.api } },
    );
    const result = await oauth.processAuthorizationCodeResponse(this.#server, this.#client, response, {
      expectedNonce: kept.nonce, requireIdToken: true,
    });
    // Over https the connection already proves who sent the ID token; over plain http its signature must.
    await oauth.validateApplicationLevelSignature(this.#server, response, { ...this.#insecure });
    this.#keep(result, oauth.getValidatedIdTokenClaims(result));
    this.#tell('Swapped the code and the code_verifier for tokens, and checked the signature of the ID token.');
  }

  /** The user's name: from the ID token, else from userinfo. Not worth a failed sign-in. */
  async name() {
    const { sub, name } = this.claims;
    if (name || !this.may('profile')) return name ?? null;
    try {
      const response = await oauth.userInfoRequest(
        this.#server, this.#client, this.#tokens.access, { ...this.#insecure },
      );
      const info = await oauth.processUserInfoResponse(this.#server, this.#client, sub, response);
      return info.name ?? info.preferred_username ?? null;
    } catch (error) {
      this.#tell(`Userinfo gave no usable answer (${error.message}); your name stays unknown.`);
      return null;
    }
  }

  /** Calls the resource server; if the token is not liked, once more with a new one. */
  async api(path) {
    try {
      return await this.#call(path);
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      this.#tell(`The root cellar refused ${path}: 401. Trying a new token.`);
    }
    await this.refresh();
    return this.#call(path);
  }

  /** A new pair of tokens (OAuth 2.1 section 4.3); one request at a time, however many ask. */
  refresh() {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** Gives the tokens back (RFC 7009). They stay in memory, dead, until {@link forget}. */
  async revoke() {
    const token = this.#tokens.refresh ?? this.#tokens.access;
    const response = await oauth.revocationRequest(
      this.#server, this.#client, oauth.None(), token, { ...this.#insecure },
    );
    await oauth.processRevocationResponse(response);
    this.#tell('Gave the tokens back. The next call will be refused: open a note and see.');
  }

  forget() {
    this.#tokens = null;
  }

  async #call(path) {
    const url = new URL(path, this.#config.api);
    const headers = new Headers({ accept: 'application/json' });
    const response = await oauth.protectedResourceRequest(
      this.#tokens.access, 'GET', url, headers, null, { ...this.#insecure },
    );
    this.#tell(`Asked the root cellar for ${path}: ${response.status}.`);
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.json();
  }

  async #refresh() {
    if (!this.#tokens?.refresh) throw new AccessEnded('there is no refresh token');
    const response = await oauth.refreshTokenGrantRequest(
      this.#server, this.#client, oauth.None(), this.#tokens.refresh, { ...this.#insecure },
    );
    try {
      const result = await oauth.processRefreshTokenResponse(this.#server, this.#client, response);
      this.#keep(result, this.claims);
    } catch (error) {
      if (error?.error === 'invalid_grant') {
        throw new AccessEnded([error.error, error.error_description].filter(Boolean).join(': '));
      }
      throw error;
    }
    this.#tell('Swapped the refresh token for a new pair of tokens.');
  }

  #keep(result, claims) {
    this.#tokens = {
      access: result.access_token,
      refresh: result.refresh_token ?? this.#tokens?.refresh ?? null,
      scope: result.scope ?? this.#tokens?.scope ?? this.#config.scope,
      endsAt: result.expires_in === undefined ? null : Date.now() + result.expires_in * 1000,
      claims,
    };
  }
}

/** Removes what this tab kept of sign-ins that were begun: there is one at a time. */
function forget() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  }
}

function isUnauthorized(error) {
  return error instanceof oauth.WWWAuthenticateChallengeError && error.status === 401;
}
