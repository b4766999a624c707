// What clients say about themselves when they register.

/** @import { Entries } from './entry.d.ts' */

const SECTION = 'OpenID Connect Registration §2';

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
  application_type: ['web or native.', 'A native app may use loopback addresses.', SECTION],
  id_token_signed_response_alg: [
    'With which algorithm ID tokens are signed.',
    'The client accepts this one and no other.',
    SECTION,
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
  backchannel_logout_uri: [
    'Where the server posts a logout token when a session ends.',
    'It arrives even when the browser is closed.',
    'OpenID Connect Back-Channel Logout §2.2',
  ],
  backchannel_logout_session_required: [
    'Whether that token must name the session.',
    'By sid.',
    'OpenID Connect Back-Channel Logout §2.2',
  ],
  frontchannel_logout_uri: [
    'What is loaded in an unseen frame when a session ends.',
    'It works only where the browser is there.',
    'OpenID Connect Front-Channel Logout §2',
  ],
  frontchannel_logout_session_required: [
    'Whether that address must get iss and sid.',
    'By them the client knows which session ended.',
    'OpenID Connect Front-Channel Logout §2',
  ],
  initiate_login_uri: [
    'Where others send a user to have the client begin a login.',
    'A link in a portal, for example.',
    'OpenID Connect Core §4',
  ],
  subject_type: [
    'Whether sub is public, the same for every client, or pairwise.',
    'By pairwise ones clients can not find out that they have the same user.',
    'OpenID Connect Core §8',
  ],
  sector_identifier_uri: [
    'Where the redirect_uris of all clients of one owner are listed.',
    'These clients get the same pairwise sub.',
    'OpenID Connect Core §8.1',
  ],
  default_max_age: ['max_age, where a request names none.', 'In seconds.', SECTION],
  default_acr_values: ['acr_values, where a request names none.', 'The best first.', SECTION],
  require_auth_time: ['Whether ID tokens must carry auth_time.', 'When the user signed in.', SECTION],
  request_uris: ['Where request objects may be fetched from.', 'From nowhere else.', SECTION],
  request_object_signing_alg: ['With which algorithm request objects are signed.', 'With no other.', SECTION],
  require_signed_request_object: [
    'Whether every request of this client must be a signed JWT.',
    'Then nothing in the address bar can be changed.',
    'RFC 9101 §10.5',
  ],
  token_endpoint_auth_signing_alg: [
    'With which algorithm client assertions are signed.',
    'For private_key_jwt.',
    SECTION,
  ],
  id_token_encrypted_response_alg: [
    'For which kind of key ID tokens are encrypted.',
    'Then only the client reads them.',
    SECTION,
  ],
  id_token_encrypted_response_enc: ['By which cipher ID tokens are encrypted.', 'It goes with alg.', SECTION],
  userinfo_signed_response_alg: [
    'With which algorithm userinfo is signed.',
    'Without it userinfo is plain JSON.',
    SECTION,
  ],
  userinfo_encrypted_response_alg: [
    'For which kind of key userinfo is encrypted.',
    'Then only the client reads it.',
    SECTION,
  ],
  userinfo_encrypted_response_enc: ['By which cipher userinfo is encrypted.', 'It goes with alg.', SECTION],
  software_id: ['The name of the software.', 'The same for each installation of it.', 'RFC 7591 §2'],
  software_version: ['Its version.', 'For the administrator.', 'RFC 7591 §2'],
  software_statement: [
    'What somebody else says about this software, in a signed JWT.',
    'It counts only if the server trusts who signed it.',
    'RFC 7591 §2.3',
  ],
};
