// Each diagnosis with a client that is wrong in just that way, and with one that is right.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import { diagnose } from '../model/diagnose/index.js';
import { difference } from '../model/diagnose/difference.js';
import { challengeOf } from '../model/pkce.js';
import { AS, exchange, flowFrom, form, FORM, JSON_TYPE, jwt, login, random, refusedLogin, resent, tables, T0 } from './world.js';

/** @import { Exchange, Finding, Pairs } from '../types.d.ts' */
/** @import { Context } from '../model/diagnose/case.js' */

/** @param {Exchange[]} exchanges @param {Context} [context] */
const found = (exchanges, context) => diagnose(flowFrom(exchanges), tables, context);

/** The only finding. @param {Exchange[]} exchanges @param {Context} [context] @returns {Finding} */
function only(exchanges, context) {
  const all = found(exchanges, context);
  assert.equal(all.length, 1, JSON.stringify(all.map(({ id }) => id)));
  return /** @type {Finding} */ (all[0]);
}

const REDIRECT = 'http://localhost:4001/callback';

test('a good login has nothing to mend', () => {
  for (const seen of [true, false]) assert.deepEqual(found(login({ seen })), []);
  assert.deepEqual(found(login(), { now: T0 + 600_000 }), []);
});

/** The error page of the server. @param {string} sent @param {string} nearest */
const errorPage = (sent, nearest) => `<dl class="bytes">\n<div>\n<dt>Sent</dt>\n<dd class="mono"><bdi>${sent}</bdi></dd>\n</div>\n<div>\n<dt>Registered</dt>\n<dd class="mono"><bdi>${nearest}</bdi></dd></div></dl>`;

test('a redirect_uri is compared with the nearest registered one, from the page of the server', () => {
  /** @type {[string, string, string, number][]} */
  const cases = [
    [`${REDIRECT}/`, 'http://localhost:4001/callback<mark class="differs differs-expected"></mark>', 'redirect_uri.slash', 30],
    ['https://localhost:4001/callback', 'http<mark class="differs differs-expected"></mark>://localhost:4001/callback', 'redirect_uri.scheme', 4],
    ['http://localhost:4002/callback', 'http://localhost:400<mark class="x">1</mark>/callback', 'redirect_uri.port', 20],
    ['http://localhost:4001/Callback', 'http://localhost:4001/<mark>c</mark>allback', 'redirect_uri.case', 22],
    ['http://localhost:4001/call%62ack', 'http://localhost:4001/callback', 'redirect_uri.encoding', 26],
    ['http://127.0.0.1:4001/callback', 'http://<mark>localhost</mark>:4001/callback', 'redirect_uri.loopback', 7],
    ['http://localhost:4001/callback?a=1', 'http://localhost:4001/callback', 'redirect_uri.query', 30],
    [` ${REDIRECT}`, 'http://localhost:4001/callback', 'redirect_uri.space', 0],
    ['http://localhost:4001/callback\u200b', 'http://localhost:4001/callback', 'redirect_uri.path', 30],
    ['http://localhost:4001/a&b', 'http://localhost:4001/a&amp;b&#39;', 'redirect_uri.path', 25],
  ];
  for (const [sent, shown, id, at] of cases) {
    const finding = only(refusedLogin('authorize', 'authorize.redirect_uri_registered', {
      seen: false,
      ask: { redirect_uri: sent },
      edit: (one) => ({ ...one, response: { status: 400, headers: [['content-type', 'text/html']], body: errorPage(sent, shown), bytes: 0 } }),
    }));
    assert.equal(finding.id, id, sent);
    assert.equal(finding.at, at, sent);
    assert.equal(finding.got, sent);
    assert.equal(finding.step, 3);
    assert.equal(finding.section, 'RFC 9700 §4.1.3');
  }
});

test('the nearest redirect_uri is read from the detail too', () => {
  const finding = only(refusedLogin('authorize', 'authorize.redirect_uri_registered', { ask: { redirect_uri: `${REDIRECT}/` }, detail: `registered is ${REDIRECT}` }));
  assert.deepEqual([finding.id, finding.expected], ['redirect_uri.slash', REDIRECT]);
});

test('every difference has a kind, a place and words', () => {
  assert.equal(difference('a', 'a'), null);
  const words = difference('http://[::1]:80/', 'http://127.0.0.1:80/');
  assert.deepEqual([words?.kind, words?.at], ['loopback', 7]);
  assert.equal(difference('https://a.example/x', 'http://b.example/x')?.kind, 'other');
  assert.equal(difference('nonsense', 'http://b.example/x')?.kind, 'other');
  assert.equal(difference('https://a.example/x#y', 'https://a.example/x')?.kind, 'fragment');
});

test('a redirect_uri that changed between the two requests is shown against the first', () => {
  const finding = only(refusedLogin('token', 'code.redirect_uri', { redeem: { redirect_uri: 'http://localhost:4001/other' } }));
  assert.deepEqual([finding.id, finding.expected, finding.got, finding.at, finding.step], ['redirect_uri.changed', REDIRECT, 'http://localhost:4001/other', 22, 9]);
});

const digest = (/** @type {string | Buffer} */ value) => createHash('sha256').update(value).digest();

test('why a verifier does not fit is computed, for each usual mistake', () => {
  const verifier = random('verifier a');
  const standard = verifier.replaceAll('-', '+').replaceAll('_', '/');
  /** @type {[string, string, string?][]} */
  const cases = [
    ['verifier.sent_as_challenge', verifier],
    ['verifier.swapped', random('x'), challengeOf(random('x'))],
    ['verifier.hex', digest(verifier).toString('hex')],
    ['verifier.hex', Buffer.from(digest(verifier).toString('hex')).toString('base64url')],
    ['verifier.padding', `${challengeOf(verifier)}=`],
    ['verifier.twice', digest(digest(verifier).toString('base64url')).toString('base64url')],
    ['verifier.twice', digest(digest(verifier)).toString('base64url')],
    ['verifier.twice', digest(digest(verifier).toString('hex')).toString('base64url')],
    ['verifier.padding', digest(`${verifier}=`).toString('base64url')],
    ['verifier.space', digest(`${verifier}\n`).toString('base64url')],
    ['verifier.quotes', digest(`"${verifier}"`).toString('base64url')],
    ['verifier.bytes', digest(Buffer.from(verifier, 'base64url')).toString('base64url')],
    ['verifier.utf16', digest(Buffer.from(verifier, 'utf16le')).toString('base64url')],
    ['verifier.cut', challengeOf(verifier).slice(0, 40)],
    ['verifier.cut', digest(`${verifier}${verifier}`.slice(0, 64)).toString('base64url'), `${verifier}${verifier}`],
    ['verifier.empty', challengeOf('undefined')],
    ['verifier.empty', challengeOf('')],
    ['verifier.case', challengeOf(verifier.toLowerCase())],
    ['verifier.encoded', challengeOf(`${verifier}%7E`), `${verifier}~`],
    ['verifier.other', challengeOf(random('something else'))],
  ];
  if (standard !== verifier) {
    cases.push(['verifier.alphabet', digest(standard).toString('base64url')]);
  }
  for (const [id, challenge, sent = verifier] of cases) {
    const finding = only(refusedLogin('token', 'pkce.verifier_matches', { ask: { code_challenge: challenge }, redeem: { code_verifier: sent } }));
    assert.equal(finding.id, id, challenge);
    assert.deepEqual([finding.expected, finding.got, finding.step, finding.section, finding.trace_id], [challenge, challengeOf(sent), 9, 'RFC 7636 §4.6', 'trace-1']);
  }
});

test('a standard alphabet in the challenge is named', () => {
  const verifier = [...Array(50).keys()].map((n) => random(`v${n}`)).find((one) => /[+/]/.test(digest(one).toString('base64'))) ?? '';
  const finding = only(refusedLogin('token', 'pkce.verifier_matches', { ask: { code_challenge: digest(verifier).toString('base64') }, redeem: { code_verifier: verifier } }));
  assert.match(finding.id, /^verifier\.(padding|alphabet)$/);
});

test('a verifier of another login in the book is recognized', () => {
  const other = flowFrom(login({ seed: 'b', flow: 'f2' }));
  const wrong = refusedLogin('token', 'pkce.verifier_matches', { redeem: { code_verifier: random('verifier b') } });
  assert.equal(only(wrong, { flows: [other] }).id, 'verifier.other_login');
  assert.match(only(wrong, { flows: [other] }).what, /f2/);
  assert.equal(only(wrong).id, 'verifier.other');
});

test('at another server, which names no rule, the same is computed', () => {
  const wrong = refusedLogin('token', '', { redeem: { code_verifier: random('verifier b') }, edit: (one) => ({ ...one, refused: null, checks: [] }) });
  assert.equal(only(wrong).id, 'verifier.other');
  const right = refusedLogin('token', '', { edit: (one) => ({ ...one, refused: null, checks: [] }) });
  assert.equal(only(right).id, 'refused.invalid_grant');
});

test('a verifier or challenge of the wrong form says what is wrong with it', () => {
  const long = 'a'.repeat(50);
  for (const [sent, words] of [['short', /too short: 5/], [`${random('x')}=`, /padding/], [`${long}+/`, /standard base64/], [`${long} `, /white space/], [`${long}é`, /“é”/], ['a'.repeat(129), /too long/]]) {
    const finding = only(refusedLogin('token', 'pkce.verifier_form', { redeem: { code_verifier: String(sent) } }));
    assert.deepEqual([finding.id, words instanceof RegExp && words.test(finding.what)], ['pkce.verifier_form', true], finding.what);
  }
  for (const [sent, words] of [['a1'.repeat(32), /hexadecimal/], [`${random('x')}=`, /padding/], [`${'a'.repeat(42)}+`, /standard/], ['a b', /space/], [`${'a'.repeat(50)}`, /not hashed/], ['abc', /too short/]]) {
    const finding = only(refusedLogin('authorize', 'pkce.challenge_form', { ask: { code_challenge: String(sent) }, error: 'invalid_request' }));
    assert.ok(words instanceof RegExp && words.test(finding.what), finding.what);
  }
});

test('PKCE that is missing, plain or half there', () => {
  assert.equal(only(refusedLogin('authorize', 'pkce.challenge_present', { ask: { code_challenge: undefined, code_challenge_method: undefined } })).id, 'pkce.missing');
  const plain = only(refusedLogin('authorize', 'pkce.method_s256', { ask: { code_challenge_method: 'plain' } }));
  assert.deepEqual([plain.id, plain.got, plain.expected], ['pkce.plain', 'plain', 'S256']);
  assert.equal(only(refusedLogin('token', 'pkce.verifier_present', { redeem: { code_verifier: undefined } })).id, 'pkce.verifier_missing');
});

test('a code that came twice: how far apart, and whether the callback did', () => {
  const all = login();
  const [callback, token] = ['callback', 'token'].map((name) => all.find(({ endpoint }) => endpoint === name));
  assert.ok(callback && token);
  const again = { ...token, id: 21, at: token.at + 28, refused: { rule: 'code.single_use', detail: null }, response: { status: 400, headers: JSON_TYPE, body: '{"error":"invalid_grant"}', bytes: 25 } };
  const alone = only([...all, again]);
  assert.equal(alone.title, 'The code was used twice within 28 ms');
  assert.match(alone.what, /double-submitted callback/);
  const doubled = only([...all, { ...callback, id: 20, at: callback.at + 28 }, again]);
  assert.match(doubled.what, /callback itself came twice within 28 ms/);
  const late = only([...all, { ...again, at: token.at + 60_000 }]);
  assert.equal(late.title, 'The code was used twice within 60 s');
  assert.ok(!late.what.includes('double-submitted'));
  const elsewhere = only([...all, { ...again, refused: null }]);
  assert.equal(elsewhere.id, 'code.twice');
});

test('a code that came too late says by how much', () => {
  const late = refusedLogin('token', 'code.not_expired', { detail: 'it expired 12 seconds ago', edit: (one) => ({ ...one, at: one.at + 72_000 }) });
  const finding = only(late);
  assert.equal(finding.title, 'The code expired 12 s ago');
  assert.match(finding.what, /issued 72 s before/);
});

test('a code that was cut, or is another client\'s, or nobody\'s', () => {
  const code = `csac_${random('code a')}abcd`;
  const cut = only(refusedLogin('token', 'code.known', { redeem: { code: code.slice(0, -4) } }));
  assert.deepEqual([cut.id, cut.expected, cut.at], ['code.cut', code, 48]);
  assert.equal(only(refusedLogin('token', 'code.known', { redeem: { code: `${code} ` } })).id, 'code.cut');
  assert.equal(only(refusedLogin('token', 'code.known', { redeem: { code: 'nobody-knows-this-one' } })).id, 'code.unknown');
  const foreign = only(refusedLogin('token', 'code.client', { edit: (one) => ({ ...one, client_id: 'demo-spa' }) }));
  assert.deepEqual([foreign.id, foreign.expected, foreign.got], ['code.other_client', 'demo-web', 'demo-spa']);
});

/** A refresh at some time after the login. @param {{ id: number, after: number, token: string, next?: string, refused?: string }} parts */
function refresh({ id, after, token, next = 'csrt_next', refused }) {
  const answer = refused ? '{"error":"invalid_grant"}' : JSON.stringify({ access_token: `csat_${id}${random('r')}`, token_type: 'Bearer', expires_in: 300, refresh_token: next });
  return exchange({ id, at: T0 + after, endpoint: 'token', method: 'POST', target: '/token', headers: FORM, body: form({ grant_type: 'refresh_token', refresh_token: token, client_id: 'demo-web' }), answer, status: refused ? 400 : 200, back: JSON_TYPE, refused: refused ? { rule: refused, detail: null } : null });
}

test('a refresh token that came again: raced, or replayed', () => {
  const all = login();
  const token = `csrt_${random('refresh a')}abcd`;
  const used = [...all, refresh({ id: 30, after: 10_000, token })];
  assert.deepEqual(found(used), []);
  const raced = only([...used, refresh({ id: 31, after: 10_040, token, refused: 'refresh.not_replayed' })]);
  assert.deepEqual([raced.id, raced.title], ['refresh.raced', 'A refresh token came again, 40 ms after it was replaced']);
  assert.equal(only([...used, refresh({ id: 31, after: 90_000, token, refused: 'refresh.not_replayed' })]).id, 'refresh.replayed');
  assert.equal(only([...all, refresh({ id: 31, after: 90_000, token, refused: 'refresh.family_alive' })]).id, 'refresh.revoked');
  assert.equal(only([...all, refresh({ id: 31, after: 90_000, token: 'csrt_nonsense', refused: 'refresh.known' })]).id, 'refresh.known');
});

test('a client whose clock is behind or ahead is told by how much', () => {
  const now = (T0 + 600) / 1000;
  /** @param {Record<string, unknown>} claims */
  const wrong = (claims) => refusedLogin('token', 'client_auth.assertion_valid', {
    error: 'invalid_client',
    redeem: { client_assertion: jwt({ iss: 'c', sub: 'c', aud: `http://${AS}`, jti: 'j', ...claims }), client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' },
  });
  assert.equal(only(wrong({ iat: now - 71, exp: now - 11 })).title, "The client's clock is 71 s behind");
  assert.match(only(wrong({ iat: now - 71, exp: now - 11 })).what, /ended 11 s ago/);
  assert.equal(only(wrong({ iat: now + 11, exp: now + 71 })).title, "The client's clock is 11 s ahead");
  assert.equal(only(wrong({ exp: now - 11 })).title, 'The client assertion has expired');
  assert.equal(only(wrong({ exp: now + 60, aud: 'https://other.example' })).id, 'assertion.audience');
  assert.equal(only(wrong({ exp: now + 60, sub: 'd' })).id, 'assertion.claims');
  assert.match(only(wrong({ exp: now + 60, jti: undefined })).title, /has no jti/);
  assert.equal(only(wrong({ exp: now + 60 })).id, 'client_auth.assertion_valid');
});

/** A page request that came without its cookie. @param {{ target?: string, headers: Pairs, cookie?: string, method?: string }} parts */
function cookieLost({ target = '/interaction/csia_x', headers, cookie = 'countersign=csbr_abcdefgh; Path=/; HttpOnly; SameSite=Lax', method = 'GET' }) {
  const [authorize] = login({ seen: false });
  assert.ok(authorize);
  const given = { ...authorize, response: { status: 303, headers: /** @type {Pairs} */ ([['location', target], ['set-cookie', cookie]]), body: '', bytes: 0 } };
  const back = exchange({ id: 5, at: T0 + 300, endpoint: method === 'POST' ? 'sign-in' : 'interaction', method, target, status: 400, answer: '<h1>lost</h1>' });
  return [given, { ...back, request: { ...back.request, headers } }];
}

test('a cookie that did not come back: another host, SameSite, Secure, or just lost', () => {
  const host = only(cookieLost({ headers: [['host', '127.0.0.1:4000']] }));
  assert.deepEqual([host.id, host.expected, host.got], ['cookie.host', 'localhost', '127.0.0.1']);
  assert.equal(only(cookieLost({ headers: [['host', AS], ['sec-fetch-site', 'cross-site']], method: 'POST' })).id, 'cookie.samesite');
  assert.equal(only(cookieLost({ headers: [['host', AS], ['sec-fetch-site', 'cross-site']], cookie: 'a=bcdefghi; SameSite=Strict' })).id, 'cookie.samesite');
  assert.equal(only(cookieLost({ headers: [['host', AS]] })).id, 'cookie.lost');
  assert.deepEqual(found(cookieLost({ headers: [['host', AS], ['cookie', 'countersign=csbr_abcdefgh']] })).map(({ id }) => id), []);
});

test('the callback of a client that lost its cookie is told too', () => {
  const all = login().slice(0, 6).map((one) => (one.endpoint === 'callback' ? { ...resent(one, { headers: /** @type {Pairs} */ ([['host', '127.0.0.1:4001']]) }), response: { status: 400, headers: [], body: 'not under way', bytes: 13 } } : one));
  assert.equal(found(all)[0]?.id, 'cookie.host');
  assert.equal(found(all)[0]?.step, 7);
});
