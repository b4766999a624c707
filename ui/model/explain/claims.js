// Claims in tokens and userinfo, members of a JWT's header, members of a key.

/** @import { Entries } from './entry.d.ts' */

/** @type {Entries} */
export const CLAIMS = {
  iss: ['Who issued the token.', 'It must be the issuer that one trusts, byte for byte.', 'RFC 7519 §4.1.1'],
  sub: [
    'The user, by a name that never changes and is never given to another.',
    'With iss it is the only safe key for an account: mail addresses change hands.',
    'RFC 7519 §4.1.2',
  ],
  aud: [
    'Whom the token is for: the client in an ID token, the API in an access token.',
    'Who is not named refuses it. Otherwise any API that is sent a token could use it at the others.',
    'RFC 7519 §4.1.3',
  ],
  exp: [
    'When the token ends, in seconds since 1970.',
    'Short, since a signed token can not be taken back.',
    'RFC 7519 §4.1.4',
  ],
  nbf: ['From when on the token is good.', 'Two clocks that differ by a second make trouble here.', 'RFC 7519 §4.1.5'],
  iat: ['When the token was issued.', 'A token from the future means that a clock is wrong.', 'RFC 7519 §4.1.6'],
  jti: ['The name of this one token.', 'By it a second use is noticed.', 'RFC 7519 §4.1.7'],
  auth_time: [
    'When the user really signed in.',
    'With max_age a client makes sure that it was not too long ago.',
    'OpenID Connect Core §2',
  ],
  nonce: [
    'The value of the authorization request.',
    'It proves that this token answers this login.',
    'OpenID Connect Core §2',
  ],
  acr: [
    'How strongly the user proved who they are.',
    'As a level that both sides agreed on.',
    'OpenID Connect Core §2',
  ],
  amr: [
    'How the user proved who they are: pwd, otp, hwk and the like.',
    'For clients that need more than a password.',
    'OpenID Connect Core §2',
  ],
  azp: ['The client that the ID token was issued to.', 'It matters when aud names several.', 'OpenID Connect Core §2'],
  at_hash: [
    'Half of the hash of the access token.',
    'It ties the two tokens together, so that neither can be swapped.',
    'OpenID Connect Core §3.1.3.6',
  ],
  c_hash: ['Half of the hash of the code.', 'For flows where both come at once.', 'OpenID Connect Core §3.3.2.11'],
  sid: [
    'The session at the server.',
    'By it a client learns which session ended.',
    'OpenID Connect Front-Channel Logout §3',
  ],
  events: [
    'What happened, by the names of events.',
    'In a logout token: the sign-out.',
    'OpenID Connect Back-Channel Logout §2.4',
  ],
  client_id: ['The client that the token was issued to.', 'An API may treat clients differently.', 'RFC 8693 §4.3'],
  scope: ['What the token allows.', 'The API compares it with what the request needs.', 'RFC 8693 §4.2'],
  cnf: [
    'The key that the token is bound to.',
    'Who can not prove to have that key must not get in with the token.',
    'RFC 7800 §3.1',
  ],
  token_type: ['What kind of token it is.', 'Bearer, or DPoP where it is bound to a key.', 'RFC 7662 §2.2'],
  active: ['Whether the token is good at this moment.', 'The word of the server that issued it.', 'RFC 7662 §2.2'],
  username: ['The name of the user, for people.', 'Use sub to tell users apart.', 'RFC 7662 §2.2'],
  name: ['The full name of the user.', 'For display.', 'OpenID Connect Core §5.1'],
  given_name: ['First name.', 'For display.', 'OpenID Connect Core §5.1'],
  family_name: ['Last name.', 'For display.', 'OpenID Connect Core §5.1'],
  preferred_username: [
    'The name that the user likes to be called by.',
    'It may change: never use it as a key.',
    'OpenID Connect Core §5.1',
  ],
  picture: ['The address of a picture.', 'For display.', 'OpenID Connect Core §5.1'],
  locale: ['The language of the user.', 'For display.', 'OpenID Connect Core §5.1'],
  zoneinfo: ['The time zone of the user.', 'For display.', 'OpenID Connect Core §5.1'],
  updated_at: ['When these facts last changed.', 'In seconds since 1970.', 'OpenID Connect Core §5.1'],
  email: ['The mail address.', 'It may pass to another person: never use it as a key.', 'OpenID Connect Core §5.1'],
  email_verified: [
    "Whether the server made sure that the address is the user's.",
    'If not, anybody may have typed it.',
    'OpenID Connect Core §5.1',
  ],
  phone_number: ['The telephone number.', 'It may pass to another person.', 'OpenID Connect Core §5.1'],
  htm: [
    'The method of the request that this proof is for.',
    'A proof for one request is good for no other.',
    'RFC 9449 §4.2',
  ],
  htu: [
    'The address of the request that this proof is for.',
    'A proof for one request is good for no other.',
    'RFC 9449 §4.2',
  ],
  ath: ['The hash of the access token that this proof goes with.', 'It ties the two together.', 'RFC 9449 §4.2'],
};

/** @type {Entries} */
export const JOSE = {
  alg: [
    'With which algorithm it is signed.',
    'Who checks decides by the key, never by this word: a forger can write anything here.',
    'RFC 7515 §4.1.1',
  ],
  kid: [
    'Which of the published keys signed it.',
    'Keys change; by this name the right one is found.',
    'RFC 7515 §4.1.4',
  ],
  typ: [
    'What kind of JWT it is: at+jwt for an access token.',
    'So that an ID token is never taken for an access token.',
    'RFC 7515 §4.1.9',
  ],
  jku: ['Where the key is said to be.', 'Never followed: a forger would name their own key.', 'RFC 7515 §4.1.2'],
  jwk: ['A key that comes along.', 'Never used to check tokens: a forger would bring their own.', 'RFC 7515 §4.1.3'],
  x5u: ['Where the certificate is said to be.', 'Never followed.', 'RFC 7515 §4.1.5'],
  crit: ['Members that must be understood.', 'Who does not refuses the token.', 'RFC 7515 §4.1.11'],
  kty: ['The family of the key: EC, RSA or OKP.', 'It goes with the algorithm.', 'RFC 7517 §4.1'],
  use: ['What the key is for: sig.', 'A key for signing is used for nothing else.', 'RFC 7517 §4.2'],
  crv: ['The curve.', 'It goes with the algorithm.', 'RFC 7518 §6.2.1.1'],
  x: ['Half of the public key: a coordinate.', 'Public.', 'RFC 7518 §6.2.1.2'],
  y: ['The other half.', 'Public.', 'RFC 7518 §6.2.1.3'],
  n: ['The modulus of an RSA key.', 'Public.', 'RFC 7518 §6.3.1.1'],
  e: ['The exponent of an RSA key.', 'Public.', 'RFC 7518 §6.3.1.2'],
};
