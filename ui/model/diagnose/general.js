// Every refusal that no diagnosis explains better: its rule in words, its section, what the server said.

/** @import { Finding } from '../../types.d.ts' */
/** @import { Case } from './case.js' */

/** What to do, by error code, where nothing better is known. @type {Record<string, string>} */
const ADVICE = {
  invalid_request: 'Compare the request with the rule: a parameter is missing, malformed or too long.',
  invalid_client: 'Compare client_id and credentials with the registration.',
  invalid_grant: 'Begin the login anew; what was sent can not be used any more.',
  unauthorized_client: 'Change the registration of the client: this is not allowed for it.',
  unsupported_grant_type: 'Use a grant that the metadata of the server names.',
  unsupported_response_type: 'Ask for code.',
  invalid_scope: 'Ask for less, or add the scope to the registration of the client.',
  invalid_target: 'Name a registered API as resource.',
  invalid_token: 'Get a new access token.',
  insufficient_scope: 'Ask for the scope in a new authorization request.',
  access_denied: 'The user said no. Do not ask again by yourself.',
  server_error: 'Tell the administrator the trace id.',
  temporarily_unavailable: 'Try again after a moment.',
  login_required: 'Begin again without prompt=none.',
  consent_required: 'Begin again without prompt=none.',
  interaction_required: 'Begin again without prompt=none.',
  account_selection_required: 'Begin again without prompt=none.',
};

/** Where the rule says more than its error code. @type {Record<string, string>} */
const BY_RULE = {
  'client.initiation_iss': 'Send the issuer as the metadata of the provider has it.',
  'client.initiation_target': 'Send a page of the app itself, or none.',
};

/** Pages for people have their own words. */
const PAGES = ['interaction', 'sign-in', 'choose', 'page', 'home', 'login', 'account', 'sign-out', 'logout'];

/**
 * @param {Case} it
 * @param {Finding[]} found  what is explained already
 * @returns {Finding[]}
 */
export function general(it, found) {
  const explained = new Set(found.map(({ exchange }) => exchange));
  return it
    .refused()
    .filter(
      ({ exchange, outcome }) =>
        !explained.has(exchange.id) && (outcome.rule !== null || !PAGES.includes(exchange.endpoint)),
    )
    .map(({ exchange, outcome }) => {
      const rule = it.rule(outcome.rule);
      const error = outcome.error ?? rule?.error ?? `${exchange.response?.status ?? 'no answer'}`;
      const denied = error === 'access_denied';
      return it.finding(exchange, {
        id: outcome.rule ?? `refused.${error}`,
        severity: denied || error.endsWith('_required') ? 'hint' : 'error',
        title: denied ? 'The user said no' : `Refused: ${error}`,
        what:
          [rule?.explain, outcome.detail ?? (rule ? null : outcome.description)].filter(Boolean).join(' ') ||
          `${exchange.request.method} ${exchange.endpoint} was answered with ${exchange.response?.status}.`,
        fix: BY_RULE[outcome.rule ?? ''] ?? ADVICE[error] ?? 'Compare the request with the rule.',
      });
    });
}
