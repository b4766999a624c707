// Parameters of the token, introspection, revocation and registration endpoints, and the members of their answers.

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

/** @type {Entries} */
export const REGISTRATION = {
  redirect_uris: ['Every address that the browser may be sent back to.', 'Compared byte for byte.', 'RFC 7591 §2'],
  token_endpoint_auth_method: [
    'How the client proves itself: none, a secret in the header or the form, or a signed JWT.',
    'No other way is accepted.',
    'RFC 7591 §2',
  ],
  grant_types: ['Which grants the client may use.', 'What is not needed is not allowed.', 'RFC 7591 §2'],
  response_types: ['What the client may ask for: code.', 'It goes with the grants.', 'RFC 7591 §2.1'],
  client_name: [
    'The name that users see.',
    'Anybody can choose any name, so a server shows where the client comes from too.',
    'RFC 7591 §2',
  ],
  client_uri: ['The home page of the client.', 'For users.', 'RFC 7591 §2'],
  logo_uri: ['A picture of the client.', 'For users.', 'RFC 7591 §2'],
  tos_uri: ['Its terms.', 'For users.', 'RFC 7591 §2'],
  policy_uri: ['What it does with data.', 'For users.', 'RFC 7591 §2'],
  contacts: ['Who answers for it.', 'For the administrator.', 'RFC 7591 §2'],
  jwks: ['The public keys of the client.', 'With them the server checks what it signs.', 'RFC 7591 §2'],
  application_type: ['web or native.', 'A native app may use loopback addresses.', 'OpenID Connect Registration §2'],
  id_token_signed_response_alg: [
    'With which algorithm ID tokens are signed.',
    'The client accepts this one and no other.',
    'OpenID Connect Registration §2',
  ],
  client_secret_expires_at: [
    'When the secret ends, in seconds since 1970; 0: never.',
    'The client has to know.',
    'RFC 7591 §3.2.1',
  ],
  client_id_issued_at: ['When the client was registered.', 'In seconds since 1970.', 'RFC 7591 §3.2.1'],
  post_logout_redirect_uris: [
    'Where the browser may be sent after signing out.',
    'Compared byte for byte.',
    'OpenID Connect RP-Initiated Logout §3.1',
  ],
};

/** @type {Entries} */
export const METADATA = {
  issuer: [
    'The name of the authorization server: an https address.',
    'Everything is compared with it byte for byte: iss in tokens and in callbacks.',
    'RFC 8414 §2',
  ],
  authorization_endpoint: [
    'Where the browser is sent.',
    'Clients read addresses from here instead of guessing them.',
    'RFC 8414 §2',
  ],
  token_endpoint: [
    'Where codes and refresh tokens are swapped.',
    'Only over a connection that nobody else reads.',
    'RFC 8414 §2',
  ],
  userinfo_endpoint: ['Where claims about the user are.', 'With an access token.', 'OpenID Connect Discovery §3'],
  jwks_uri: [
    'Where the public keys are.',
    'Keys change: a client fetches again when a token names an unknown one.',
    'RFC 8414 §2',
  ],
  registration_endpoint: ['Where clients register themselves.', 'If the server lets them.', 'RFC 8414 §2'],
  revocation_endpoint: ['Where tokens are given back.', 'A client that signs a user out should.', 'RFC 8414 §2'],
  introspection_endpoint: ['Where an API asks whether a token is good.', 'Only APIs may.', 'RFC 8414 §2'],
  end_session_endpoint: [
    'Where the browser is sent to sign out.',
    'So that the next login asks again.',
    'OpenID Connect RP-Initiated Logout §2.1',
  ],
  scopes_supported: ['Words that may stand in scope.', 'Not every client may ask for each.', 'RFC 8414 §2'],
  response_types_supported: ['What may be asked for.', 'code.', 'RFC 8414 §2'],
  response_modes_supported: ['How the answer may travel.', 'query and form_post.', 'RFC 8414 §2'],
  grant_types_supported: ['Which grants there are.', 'implicit and password are missing on purpose.', 'RFC 8414 §2'],
  code_challenge_methods_supported: [
    'How a challenge may be made.',
    'S256. If it is missing, the server does not do PKCE.',
    'RFC 8414 §2',
  ],
  token_endpoint_auth_methods_supported: [
    'How clients may prove themselves.',
    'Each client has one registered.',
    'RFC 8414 §2',
  ],
  authorization_response_iss_parameter_supported: [
    'Whether callbacks carry iss.',
    'If so, a client refuses one without.',
    'RFC 9207 §3',
  ],
  subject_types_supported: [
    'Whether sub is the same for all clients.',
    'public or pairwise.',
    'OpenID Connect Discovery §3',
  ],
  id_token_signing_alg_values_supported: [
    'With which algorithms ID tokens are signed.',
    'The client picks one at registration.',
    'OpenID Connect Discovery §3',
  ],
  claims_supported: ['Which claims there may be.', 'Not each for each user.', 'OpenID Connect Discovery §3'],
  token_endpoint_auth_signing_alg_values_supported: [
    'With which algorithms a client assertion may be signed.',
    'For private_key_jwt.',
    'RFC 8414 §2',
  ],
  revocation_endpoint_auth_methods_supported: [
    'How clients prove themselves there.',
    'As at the token endpoint.',
    'RFC 8414 §2',
  ],
  revocation_endpoint_auth_signing_alg_values_supported: [
    'With which algorithms a client assertion may be signed.',
    'For private_key_jwt.',
    'RFC 8414 §2',
  ],
  introspection_endpoint_auth_methods_supported: [
    'How APIs prove themselves there.',
    'As clients do at the token endpoint.',
    'RFC 8414 §2',
  ],
  introspection_endpoint_auth_signing_alg_values_supported: [
    'With which algorithms a client assertion may be signed.',
    'For private_key_jwt.',
    'RFC 8414 §2',
  ],
  prompt_values_supported: ['Which values of prompt are known.', 'none, login, consent, select_account.', null],
  request_parameter_supported: [
    'Whether parameters may come in a JWT.',
    'By the parameter request.',
    'OpenID Connect Discovery §3',
  ],
  request_uri_parameter_supported: [
    'Whether parameters may lie in a JWT at an address of the client.',
    'By the parameter request_uri.',
    'OpenID Connect Discovery §3',
  ],
  require_request_uri_registration: [
    'Whether that address must be registered.',
    'Here it must: nothing is fetched from anywhere else.',
    'OpenID Connect Discovery §3',
  ],
  request_object_signing_alg_values_supported: [
    'With which algorithms such a JWT may be signed.',
    'A client may register the one that it uses.',
    'OpenID Connect Discovery §3',
  ],
  claims_parameter_supported: [
    'Whether single claims may be asked for.',
    'By the parameter claims.',
    'OpenID Connect Discovery §3',
  ],
  resource: [
    'What the API calls itself.',
    'A client sends exactly this as resource, its path included.',
    'RFC 9728 §2',
  ],
  resource_documentation: ['Where the API is described.', 'For developers.', 'RFC 9728 §2'],
  authorization_servers: ['Which servers issue tokens for this API.', 'A client begins there.', 'RFC 9728 §2'],
  bearer_methods_supported: ['How the API takes tokens.', 'In the header.', 'RFC 9728 §2'],
  resource_name: ['The name of the API, for people.', 'For the consent page.', 'RFC 9728 §2'],
  keys: ['The public keys, as a JWK Set.', 'Anybody may read them.', 'RFC 7517 §5'],
};
