// Each diagnosis with a client that is wrong in just that way, and with one that is right: redirect URIs, verifiers.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import { difference } from '../model/diagnose/difference.js';
import { challengeOf } from '../model/pkce.js';
import { flowFrom, found, login, only, random, refusedLogin, T0 } from './world.js';

const REDIRECT = 'http://localhost:4001/callback';

test('a good login has nothing to mend', () => {
  for (const seen of [true, false]) assert.deepEqual(found(login({ seen })), []);
  assert.deepEqual(found(login(), { now: T0 + 600_000 }), []);
});
/** The error page of the server. @param {string} sent @param {string} nearest */
const errorPage = (sent, nearest) =>
  `<dl class="bytes">\n<div>\n<dt>Sent</dt>\n<dd class="mono"><bdi>${sent}</bdi></dd>\n</div>\n<div>\n<dt>Registered</dt>\n<dd class="mono"><bdi>${nearest}</bdi></dd></div></dl>`;

test('a redirect_uri is compared with the nearest registered one, from the page of the server', () => {
  /** @type {[string, string, string, number][]} */
  const cases = [
    [
      `${REDIRECT}/`,
      'http://localhost:4001/callback<mark class="differs differs-expected"></mark>',
      'redirect_uri.slash',
      30,
    ],
    [
      'https://localhost:4001/callback',
      'http<mark class="differs differs-expected"></mark>://localhost:4001/callback',
      'redirect_uri.scheme',
      4,
    ],
    [
      'http://localhost:4002/callback',
      'http://localhost:400<mark class="x">1</mark>/callback',
      'redirect_uri.port',
      20,
    ],
    ['http://localhost:4001/Callback', 'http://localhost:4001/<mark>c</mark>allback', 'redirect_uri.case', 22],
    ['http://localhost:4001/call%62ack', 'http://localhost:4001/callback', 'redirect_uri.encoding', 26],
    ['http://127.0.0.1:4001/callback', 'http://<mark>localhost</mark>:4001/callback', 'redirect_uri.loopback', 7],
    ['http://localhost:4001/callback?a=1', 'http://localhost:4001/callback', 'redirect_uri.query', 30],
    [` ${REDIRECT}`, 'http://localhost:4001/callback', 'redirect_uri.space', 0],
    ['http://localhost:4001/callback\u200b', 'http://localhost:4001/callback', 'redirect_uri.path', 30],
    ['http://localhost:4001/a&b', 'http://localhost:4001/a&amp;b&#39;', 'redirect_uri.path', 25],
  ];
  for (const [sent, shown, id, at] of cases) {
    const finding = only(
      refusedLogin('authorize', 'authorize.redirect_uri_registered', {
        seen: false,
        ask: { redirect_uri: sent },
        edit: (one) => ({
          ...one,
          response: { status: 400, headers: [['content-type', 'text/html']], body: errorPage(sent, shown), bytes: 0 },
        }),
      }),
    );
    assert.equal(finding.id, id, sent);
    assert.equal(finding.at, at, sent);
    assert.equal(finding.got, sent);
    assert.equal(finding.step, 3);
    assert.equal(finding.section, 'RFC 9700 §4.1.3');
  }
});

test('without the page, the place is read from the detail, and the address from an earlier login', () => {
  const wrong = refusedLogin('authorize', 'authorize.redirect_uri_registered', {
    ask: { redirect_uri: `${REDIRECT}/` },
    detail: 'First difference: character 31. The address that was sent ends with a slash; the registered one does not.',
  });
  const alone = only(wrong);
  assert.deepEqual([alone.id, alone.at, alone.expected], ['redirect_uri.unregistered', 30, null]);
  assert.match(alone.what, /ends with a slash/);
  const known = only(wrong, { flows: [flowFrom(login({ flow: 'f7' }))] });
  assert.deepEqual([known.id, known.at, known.expected], ['redirect_uri.slash', 30, REDIRECT]);
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
  const finding = only(
    refusedLogin('token', 'code.redirect_uri', { redeem: { redirect_uri: 'http://localhost:4001/other' } }),
  );
  assert.deepEqual(
    [finding.id, finding.expected, finding.got, finding.at, finding.step],
    ['redirect_uri.changed', REDIRECT, 'http://localhost:4001/other', 22, 9],
  );
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
    const finding = only(
      refusedLogin('token', 'pkce.verifier_matches', {
        ask: { code_challenge: challenge },
        redeem: { code_verifier: sent },
      }),
    );
    assert.equal(finding.id, id, challenge);
    assert.deepEqual(
      [finding.expected, finding.got, finding.step, finding.section, finding.trace_id],
      [challenge, challengeOf(sent), 9, 'RFC 7636 §4.6', 'trace-1'],
    );
  }
});

test('a standard alphabet in the challenge is named', () => {
  const verifier =
    [...Array(50).keys()].map((n) => random(`v${n}`)).find((one) => /[+/]/.test(digest(one).toString('base64'))) ?? '';
  const finding = only(
    refusedLogin('token', 'pkce.verifier_matches', {
      ask: { code_challenge: digest(verifier).toString('base64') },
      redeem: { code_verifier: verifier },
    }),
  );
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
  const wrong = refusedLogin('token', '', {
    redeem: { code_verifier: random('verifier b') },
    edit: (one) => ({ ...one, refused: null, checks: [] }),
  });
  assert.equal(only(wrong).id, 'verifier.other');
  const right = refusedLogin('token', '', { edit: (one) => ({ ...one, refused: null, checks: [] }) });
  assert.equal(only(right).id, 'refused.invalid_grant');
});

test('a verifier or challenge of the wrong form says what is wrong with it', () => {
  const long = 'a'.repeat(50);
  for (const [sent, words] of [
    ['short', /too short: 5/],
    [`${random('x')}=`, /padding/],
    [`${long}+/`, /standard base64/],
    [`${long} `, /white space/],
    [`${long}é`, /“é”/],
    ['a'.repeat(129), /too long/],
  ]) {
    const finding = only(refusedLogin('token', 'pkce.verifier_form', { redeem: { code_verifier: String(sent) } }));
    assert.deepEqual(
      [finding.id, words instanceof RegExp && words.test(finding.what)],
      ['pkce.verifier_form', true],
      finding.what,
    );
  }
  for (const [sent, words] of [
    ['a1'.repeat(32), /hexadecimal/],
    [`${random('x')}=`, /padding/],
    [`${'a'.repeat(42)}+`, /standard/],
    ['a b', /space/],
    [`${'a'.repeat(50)}`, /not hashed/],
    ['abc', /too short/],
  ]) {
    const finding = only(
      refusedLogin('authorize', 'pkce.challenge_form', {
        ask: { code_challenge: String(sent) },
        error: 'invalid_request',
      }),
    );
    assert.ok(words instanceof RegExp && words.test(finding.what), finding.what);
  }
});

test('PKCE that is missing, plain or half there', () => {
  assert.equal(
    only(
      refusedLogin('authorize', 'pkce.challenge_present', {
        ask: { code_challenge: undefined, code_challenge_method: undefined },
      }),
    ).id,
    'pkce.missing',
  );
  const plain = only(refusedLogin('authorize', 'pkce.method_s256', { ask: { code_challenge_method: 'plain' } }));
  assert.deepEqual([plain.id, plain.got, plain.expected], ['pkce.plain', 'plain', 'S256']);
  assert.equal(
    only(refusedLogin('token', 'pkce.verifier_present', { redeem: { code_verifier: undefined } })).id,
    'pkce.verifier_missing',
  );
});
