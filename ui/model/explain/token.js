// Parameters of the token, introspection and revocation endpoints, and the members of their answers.

/** @import { Entries } from './entry.d.ts' */

/** @type {Entries} */
export const TOKEN = {
  grant_type: [
    'What the client has to offer in exchange for tokens: a code, a refresh token, or only itself.',
    'Each kind has its own parameters and its own checks.',
    'OAuth 2.1 §3.2.2',
  ],
  code_verifier: [
    'The secret that the client made at the beginning: 43 to 128 random characters.',
    'The server hashes it and compares with the challenge. Only who began this login knows it.',
    'RFC 7636 §4.5',
  ],
  client_secret: [
    'The password of a client that can keep one.',
    'It proves the client, not the login: it is the same each time, and in every copy of the configuration.',
    'OAuth 2.1 §2.4.1',
  ],
  client_assertion: [
    'A JWT that the client signs with its own key, anew for each request.',
    'The key never leaves the client, so there is no secret that could leak from a log.',
    'RFC 7521 §4.2',
  ],
  client_assertion_type: ['Says that client_assertion is a JWT.', 'There is one value in use.', 'RFC 7521 §4.2'],
  access_token: [
    'What opens the API: whoever holds it may do what it allows.',
    'The client does not look inside and does not learn from it who the user is. It goes into the Authorization header, never into an address.',
    'OAuth 2.1 §1.4',
  ],
  token_type: [
    'How the access token is to be sent: Bearer.',
    'A client must not use a token of a type that it does not know.',
    'OAuth 2.1 §3.2.3',
  ],
  expires_in: [
    'For how many seconds the access token is good.',
    'A client refreshes a little earlier instead of waiting for a refusal.',
    'OAuth 2.1 §3.2.3',
  ],
  refresh_token: [
    'What gets the next access token without asking the user.',
    'Each use replaces it. If an old one comes again, somebody else has a copy, and all of them end.',
    'OAuth 2.1 §4.3.1',
  ],
  id_token: [
    'A signed statement of who signed in, when and how, made for this client.',
    'It is for the client only. It opens nothing: an API must refuse it.',
    'OpenID Connect Core §2',
  ],
  logout_token: [
    'A signed statement that a session has ended, made for this client.',
    'It has an event and never a nonce, so that it can not pass for an ID token.',
    'OpenID Connect Back-Channel Logout §2.4',
  ],
  trace_id: ['The name of this answer in the log of the server.', 'Tell it to the administrator.', null],
  token: ['The token that is asked about, or revoked.', 'In the body, so that no log keeps it.', 'RFC 7662 §2.1'],
  token_type_hint: ['Which kind of token it is.', 'It spares the server a look.', 'RFC 7009 §2.1'],
  active: [
    'Whether the token is good at this moment.',
    'false says nothing of the reason, so that nobody can try out tokens.',
    'RFC 7662 §2.2',
  ],
  username: ['The name of the user, for people.', 'Use sub to tell users apart.', 'RFC 7662 §2.2'],
  registration_access_token: ['Opens the registration of this client.', 'Only the client has it.', 'RFC 7592 §3'],
  registration_client_uri: [
    'Where the registration can be read and changed.',
    'With the registration_access_token.',
    'RFC 7592 §3',
  ],
};
