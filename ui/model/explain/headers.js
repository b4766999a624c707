// Headers of HTTP that occur in these flows, and the attributes of a cookie.

/** @import { Entries } from './entry.d.ts' */

/** The standard changes without end, so its sections are named and not numbered. */
const FETCH = 'Fetch, CORS protocol';

/** @type {Entries} */
export const HEADERS = {
  authorization: [
    "Credentials: Basic with the client's name and secret, or Bearer with an access token.",
    'In a header, since addresses end up in logs and histories.',
    'RFC 9110 §11.6.2',
  ],
  'www-authenticate': [
    'What is missing, and which kind of credentials would do.',
    'A client reads from it whether to refresh or to ask for more scope.',
    'RFC 9110 §11.6.1',
  ],
  location: [
    'Where the browser is to go next.',
    'This is the front channel: whoever sees the address sees what is in it.',
    'RFC 9110 §10.2.2',
  ],
  'set-cookie': [
    'Gives the browser a value to send along from now on.',
    'It holds the place of the user, at this server only.',
    'RFC 6265 §4.1',
  ],
  cookie: [
    'Values that this server gave the browser before.',
    'They tell one browser from another, and say nothing to anybody else.',
    'RFC 6265 §4.2',
  ],
  'content-type': [
    'In which form the body is.',
    'A token request is a form: application/x-www-form-urlencoded.',
    'RFC 9110 §8.3',
  ],
  'cross-origin-opener-policy': [
    'Whether a window that opened this page, or that it opens, may reach into it.',
    'With same-origin a page that opened the sign-in page in a window has no handle on it.',
    'HTML, Cross-origin opener policies',
  ],
  'content-length': ['How long the body is.', 'In bytes.', 'RFC 9110 §8.6'],
  'cache-control': [
    'Whether the answer may be kept.',
    'no-store: tokens and codes must be in no cache.',
    'RFC 9111 §5.2.2.5',
  ],
  pragma: ['The same for very old caches.', 'It goes with Cache-Control.', 'RFC 9111 §5.4'],
  'retry-after': [
    'After how many seconds it is worth trying again.',
    'The server has too much to do, or there were too many tries.',
    'RFC 9110 §10.2.3',
  ],
  allow: ['Which methods this address takes.', 'The one that came is not among them.', 'RFC 9110 §10.2.1'],
  host: [
    'The host and port that the client thinks it talks to.',
    'No address is ever built from it: anybody can write anything here.',
    'RFC 9110 §7.2',
  ],
  accept: ['In which forms the client would like the answer.', 'JSON, for programs.', 'RFC 9110 §12.5.1'],
  'accept-language': ['The languages of the user.', 'For pages.', 'RFC 9110 §12.5.4'],
  'accept-encoding': ['How the answer may be compressed.', 'It does not matter to the flow.', 'RFC 9110 §12.5.3'],
  'user-agent': ['Which program asks.', 'By its own account.', 'RFC 9110 §10.1.5'],
  referer: [
    'From which page the browser comes.',
    'It would carry a code to other sites, hence Referrer-Policy.',
    'RFC 9110 §10.1.3',
  ],
  vary: ['What the answer depends on.', 'For caches.', 'RFC 9110 §12.5.5'],
  date: ['When the answer was made.', 'A client can tell from it how wrong its own clock is.', 'RFC 9110 §6.6.1'],
  'content-security-policy': [
    'What the page may load and where its forms may go.',
    'Nothing from elsewhere, and no other page may frame it.',
    'CSP Level 3 §3.1',
  ],
  'referrer-policy': [
    'Whether the address of this page is told to the next one.',
    'no-referrer: the address may hold a code.',
    'Referrer Policy §4.1',
  ],
  'x-frame-options': [
    'That no other page may frame this one.',
    'Against clickjacking, for old browsers.',
    'RFC 7034 §2',
  ],
  'x-content-type-options': [
    'That the browser must not guess the type.',
    'Text must never turn into a script.',
    'Fetch, X-Content-Type-Options header',
  ],
  'strict-transport-security': [
    'That this host is to be asked by https only.',
    'From now on, even if a link says http.',
    'RFC 6797 §6.1',
  ],
  origin: ['The site whose script asks.', 'The browser writes it; a script can not forge it.', 'Fetch, Origin header'],
  'access-control-allow-origin': [
    "Which sites' scripts may read the answer.",
    'Without it a single-page app can not even see an error.',
    FETCH,
  ],
  'access-control-allow-methods': [
    'Which methods scripts of other sites may use.',
    'The answer to a preflight.',
    FETCH,
  ],
  'access-control-allow-headers': [
    'Which headers scripts of other sites may send.',
    'The answer to a preflight.',
    FETCH,
  ],
  'access-control-expose-headers': [
    'Which headers scripts of other sites may read.',
    'WWW-Authenticate among them.',
    FETCH,
  ],
  'access-control-max-age': ['How long the browser may remember the preflight.', 'In seconds.', FETCH],
  'access-control-allow-credentials': [
    'Whether cookies may come along.',
    'Not here: nothing that scripts call looks at cookies.',
    FETCH,
  ],
  'access-control-request-method': [
    'The method that the script wants to use.',
    'The browser asks first: a preflight.',
    FETCH,
  ],
  'access-control-request-headers': [
    'The headers that the script wants to send.',
    'The browser asks first: a preflight.',
    FETCH,
  ],
  'sec-fetch-site': [
    'Whether the request comes from the same site or from another.',
    'The browser writes it.',
    'Fetch Metadata §2.3',
  ],
  'sec-fetch-mode': [
    "Whether it is a page, a script's request or an image.",
    'The browser writes it.',
    'Fetch Metadata §2.2',
  ],
  'sec-fetch-dest': ['What the answer is for.', 'The browser writes it.', 'Fetch Metadata §2.1'],
  'sec-fetch-user': ['Whether the user clicked.', 'The browser writes it.', 'Fetch Metadata §2.4'],
  traceparent: [
    'Joins what several programs tell of one thing.',
    'It says who caused whom, and carries no secret.',
    'Trace Context §3.2',
  ],
  dpop: [
    'A proof, signed for this very request, that the client has the key of its token.',
    'A stolen token is of no use without that key.',
    'RFC 9449 §4.1',
  ],
};

/** @type {Entries} */
export const ATTRIBUTES = {
  path: ['For which paths the cookie is sent.', 'It keeps nobody out; it only saves bytes.', 'RFC 6265 §4.1.2.4'],
  domain: ['For which hosts the cookie is sent.', 'Without it only the host that set it: better.', 'RFC 6265 §4.1.2.3'],
  'max-age': [
    'For how many seconds the browser keeps it.',
    'Without it until the browser is closed.',
    'RFC 6265 §4.1.2.2',
  ],
  expires: ['Until when the browser keeps it.', 'Without it until the browser is closed.', 'RFC 6265 §4.1.2.1'],
  secure: ['Only over https.', 'Nobody on the way reads or plants it.', 'RFC 6265 §4.1.2.5'],
  httponly: ['Out of reach of scripts.', 'A hole in a page does not give the session away.', 'RFC 6265 §4.1.2.6'],
  samesite: [
    'Whether it is sent when another site caused the request: Strict, Lax or None.',
    'Lax lets it come along when the user follows a link or a redirect, and not with a form that another site posts. None needs Secure.',
    'RFC 6265bis §4.1.2.7',
  ],
  __host: [
    'A cookie of exactly this host, over https.',
    'No other host can plant one of this name.',
    'RFC 6265bis §4.1.3.2',
  ],
};
