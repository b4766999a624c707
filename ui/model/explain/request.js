// Parameters of the authorization request and of its answer: what each is, why it is there, where it is written.

/** @import { Entries } from './entry.d.ts' */

/** @type {Entries} */
export const REQUEST = {
  client_id: [
    'The name under which the client is registered.',
    'Public: it says who asks and proves nothing.',
    'OAuth 2.1 §2.2',
  ],
  redirect_uri: [
    'Where the browser is to be sent back to.',
    'It must equal a registered address byte for byte, or a stranger could have the code sent to themselves.',
    'OAuth 2.1 §2.3.1',
  ],
  response_type: [
    'What the client wants to get back through the browser: code.',
    'Other types put tokens into the address bar, where histories and logs keep them.',
    'OAuth 2.1 §4.1.1',
  ],
  response_mode: [
    'How the answer travels: query (in the address) or form_post (in a form that the browser posts).',
    'With form_post the code stays out of the address and of the Referer header.',
    'OAuth 2.0 Multiple Response Types §2.1',
  ],
  scope: [
    'What the client wants to do, as words separated by spaces.',
    'The user sees them and may narrow them; the token can do no more than was approved.',
    'OAuth 2.1 §1.4.1',
  ],
  state: [
    'A random value that the client makes for this one login and finds again in the callback.',
    'It ties the callback to the browser that began, so that nobody can slip the user into another login (CSRF).',
    'OAuth 2.1 §4.1.1',
  ],
  nonce: [
    'A random value that comes back inside the ID token.',
    'It ties the ID token to this login, so that one from elsewhere is noticed.',
    'OpenID Connect Core §3.1.2.1',
  ],
  code_challenge: [
    'The SHA-256 hash of the code_verifier, in base64url without padding: 43 characters.',
    'Everybody may see it, since the verifier can not be computed from it. The server keeps it with the code.',
    'RFC 7636 §4.2',
  ],
  code_challenge_method: [
    'How the challenge was made from the verifier: S256.',
    'The other method, plain, would send the verifier itself through the browser.',
    'RFC 7636 §4.3',
  ],
  prompt: [
    'Whether the user is to be asked: none, login, consent, select_account; or create, to make an account.',
    'With none no page is shown: it works only if the user is signed in and has approved before.',
    'OpenID Connect Core §3.1.2.1',
  ],
  login_hint: ['Who probably signs in.', 'It fills in the form and proves nothing.', 'OpenID Connect Core §3.1.2.1'],
  id_token_hint: [
    'An ID token from before, to say which user is meant, and at a logout which client and session.',
    'It is a hint: an expired one is accepted.',
    'OpenID Connect Core §3.1.2.1',
  ],
  max_age: [
    'How long ago, in seconds, the user may have signed in at most.',
    'Older sessions have to sign in again, and the ID token then carries auth_time.',
    'OpenID Connect Core §3.1.2.1',
  ],
  ui_locales: [
    'The languages that the user reads, the best first.',
    'For the pages of the server.',
    'OpenID Connect Core §3.1.2.1',
  ],
  acr_values: [
    'How strongly the user is to prove who they are.',
    'The ID token says in acr what was done.',
    'OpenID Connect Core §3.1.2.1',
  ],
  display: [
    'How the pages are to look: page, popup, touch or wap.',
    'A wish, no more.',
    'OpenID Connect Core §3.1.2.1',
  ],
  claims: ['Single claims that the client asks for.', 'In place of whole scopes.', 'OpenID Connect Core §5.5'],
  resource: [
    'The address of the API that the token is for.',
    'The token names it as its audience, so that no other API accepts it.',
    'RFC 8707 §2',
  ],
  request: [
    'The parameters in a JWT, which the client signs if it registered an algorithm for that.',
    'What it says goes before what stands beside it. What is signed nobody can change on the way.',
    'RFC 9101 §5',
  ],
  request_uri: [
    'Where the parameters lie, in a JWT of the client.',
    'The server fetches it from addresses that the client registered, and from no others.',
    'RFC 9101 §5',
  ],
  post_logout_redirect_uri: [
    'Where the browser goes after the sign-out.',
    'It must equal a registered address byte for byte, or the server would lead browsers anywhere.',
    'OpenID Connect RP-Initiated Logout §2',
  ],
  logout_hint: [
    'Who probably signs out.',
    'Where several accounts are signed in, the question is about this one.',
    'OpenID Connect RP-Initiated Logout §2',
  ],
  sid: [
    'The session that has ended, as the ID token called it.',
    'The client ends its own session of that name, and no other of the same user.',
    'OpenID Connect Front-Channel Logout §2',
  ],
  target_link_uri: [
    'Where in the app the user wants to be after a login that somebody else began.',
    'The app goes there only if it is an address of its own.',
    'OpenID Connect Core §4',
  ],
  dpop_jkt: [
    'The thumbprint of the key that the token is to be bound to.',
    'A stolen code is then of no use without that key.',
    'RFC 9449 §10',
  ],
  code: [
    'The authorization code: it can be swapped once, within a minute or so, for tokens.',
    'It travels through the browser, so others may see it. That is why it is worth nothing without the code_verifier.',
    'OAuth 2.1 §4.1.2',
  ],
  iss: [
    'Which authorization server sends this answer.',
    'A client that uses several compares it, so that one server can not pass for another (mix-up).',
    'RFC 9207 §2',
  ],
  session_state: [
    'A value by which a page can watch the session.',
    'This server does not use it.',
    'OpenID Connect Session Management §2',
  ],
  error: ['What went wrong, as one of a few words.', 'For the program: it decides by this word.', 'OAuth 2.1 §4.1.2.1'],
  error_description: [
    'What went wrong, in a sentence.',
    'For the developer, never for the user.',
    'OAuth 2.1 §4.1.2.1',
  ],
  countersign_trace_id: [
    'The name of this refusal in the log of the server.',
    'Tell it to the administrator. Clients ignore what they do not know.',
    'RFC 6749 §8.2',
  ],
  error_uri: ['A page about the error.', 'For the developer.', 'OAuth 2.1 §4.1.2.1'],
  csrf: [
    'A value that only a page of this server knows.',
    'Another site can make the browser post a form, but can not know this value.',
    'OAuth 2.1 §7.9',
  ],
  session: [
    'Which of the signed-in accounts the answer is for.',
    'Another tab may have signed in somebody else meanwhile.',
    'OpenID Connect Core §3.1.2.3',
  ],
  pkce: ['Whether this login uses PKCE.', 'Only the demo asks: to compare with the older way.', null],
  run: ['Which run of the explorer this is.', 'Only the demo asks.', null],
  ask: [
    'What the login is to be like: consent, account, silent, or again for the password once more.',
    'Only the demo asks.',
    null,
  ],
  everywhere: ['Whether to sign out at the authorization server too.', 'Only the demo asks.', null],
  form_token: [
    'A value that only a page of this session at Fernbook knows.',
    'Another site can make the browser post a form, but can not know this value.',
    'OAuth 2.1 §7.9',
  ],
  sessions: [
    'Which sessions the page asked about.',
    'Another tab may have signed in somebody else meanwhile: they stay.',
    'OpenID Connect RP-Initiated Logout §2',
  ],
  decision: ['What the user pressed on the consent page.', 'Nothing is granted without it.', 'OAuth 2.1 §4.1.1'],
  username: [
    'The name that the user typed.',
    'On a page of the authorization server: no client sees it.',
    'OpenID Connect Core §3.1.2.3',
  ],
  password: [
    'The password that the user typed. It is never recorded.',
    'It goes to the authorization server and to nobody else. That is what the whole flow is for.',
    'OpenID Connect Core §3.1.2.3',
  ],
};
