// What authorization servers and APIs publish about themselves.

/** @import { Entries } from './entry.d.ts' */

const SECTION = 'OpenID Connect Discovery §3';

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
  userinfo_endpoint: ['Where claims about the user are.', 'With an access token.', SECTION],
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
    SECTION,
  ],
  id_token_signing_alg_values_supported: [
    'With which algorithms ID tokens are signed.',
    'The client picks one at registration.',
    SECTION,
  ],
  claims_supported: ['Which claims there may be.', 'Not each for each user.', SECTION],
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
  prompt_values_supported: [
    'Which values of prompt are known.',
    'create is among them where users may make accounts.',
    'OpenID Connect Prompt Create §4.2',
  ],
  acr_values_supported: ['How strongly users can prove who they are.', 'A client asks by acr_values.', SECTION],
  claim_types_supported: ['Who vouches for claims.', 'normal: this server itself.', SECTION],
  display_values_supported: ['How the pages can look.', 'A client asks by display.', SECTION],
  ui_locales_supported: ['Which languages the pages speak.', 'A client asks by ui_locales.', SECTION],
  id_token_encryption_alg_values_supported: [
    'For which kinds of keys ID tokens can be encrypted.',
    'A client registers one if it wants that.',
    SECTION,
  ],
  id_token_encryption_enc_values_supported: [
    'By which ciphers ID tokens can be encrypted.',
    'A client registers one.',
    SECTION,
  ],
  userinfo_signing_alg_values_supported: [
    'With which algorithms userinfo can be signed.',
    'A client registers one if it wants that.',
    SECTION,
  ],
  userinfo_encryption_alg_values_supported: [
    'For which kinds of keys userinfo can be encrypted.',
    'A client registers one if it wants that.',
    SECTION,
  ],
  userinfo_encryption_enc_values_supported: [
    'By which ciphers userinfo can be encrypted.',
    'A client registers one.',
    SECTION,
  ],
  backchannel_logout_supported: [
    'Whether clients are told of a sign-out from server to server.',
    'At their backchannel_logout_uri.',
    'OpenID Connect Back-Channel Logout §2.1',
  ],
  backchannel_logout_session_supported: [
    'Whether the logout token names the session.',
    'By sid.',
    'OpenID Connect Back-Channel Logout §2.1',
  ],
  frontchannel_logout_supported: [
    'Whether clients are told of a sign-out by a frame in the browser.',
    'At their frontchannel_logout_uri.',
    'OpenID Connect Front-Channel Logout §3',
  ],
  frontchannel_logout_session_supported: [
    'Whether the frame gets iss and sid.',
    'By them the client knows which session ended.',
    'OpenID Connect Front-Channel Logout §3',
  ],
  request_parameter_supported: [
    'Whether parameters may come in a JWT.',
    'By the parameter request.',
    SECTION,
  ],
  request_uri_parameter_supported: [
    'Whether parameters may lie in a JWT at an address of the client.',
    'By the parameter request_uri.',
    SECTION,
  ],
  require_request_uri_registration: [
    'Whether that address must be registered.',
    'Here it must: nothing is fetched from anywhere else.',
    SECTION,
  ],
  request_object_signing_alg_values_supported: [
    'With which algorithms such a JWT may be signed.',
    'A client may register the one that it uses.',
    SECTION,
  ],
  claims_parameter_supported: [
    'Whether single claims may be asked for.',
    'By the parameter claims.',
    SECTION,
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
