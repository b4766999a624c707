import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import test from 'node:test';

import { base64, base64url, fromBase64, fromBase64url, hex } from '../model/bytes.js';
import { parseAuthorization, parseChallenge } from '../model/credentials.js';
import { decode, verify } from '../model/jwt.js';
import { challengeOf, isChallenge, isVerifier } from '../model/pkce.js';
import { sha256 } from '../model/sha256.js';
import {
  formEncode,
  jsonMembers,
  parseCookies,
  parseForm,
  parseSetCookie,
  parseTarget,
  parseUrl,
  repeated,
} from '../model/wire.js';
import { jwt } from './world.js';

/** The same odd texts in each run. @param {number} count */
function* odd(count) {
  let seed = 1;
  const next = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed;
  };
  const alphabet = [
    '%',
    '&',
    '=',
    '+',
    ';',
    ',',
    '"',
    '\\',
    ' ',
    '/',
    '?',
    '#',
    ':',
    '@',
    'a',
    '7',
    'é',
    '\u{1f511}',
    '\ud800',
    '\u0000',
    '\n',
    '{',
    '}',
    '[',
    ']',
    '.',
    '-',
    '_',
    '~',
    '%41',
    '%ZZ',
    '%F0%9F',
  ];
  for (let n = 0; n < count; n += 1)
    yield Array.from({ length: next() % 24 }, () => alphabet[next() % alphabet.length]).join('');
}

test('no parser throws on nonsense, and all give the shape that they promise', () => {
  for (const text of odd(5000)) {
    for (const pairs of [parseForm(text), parseCookies(text), parseTarget(text).query, jsonMembers(text)]) {
      assert.ok(pairs.every((pair) => pair.length === 2 && pair.every((part) => typeof part === 'string')));
    }
    assert.equal(typeof parseSetCookie(text).name, 'string');
    parseAuthorization(text);
    parseAuthorization(`Basic ${text}`);
    parseAuthorization(`Bearer ${text}`);
    assert.ok(Array.isArray(parseChallenge(text)));
    parseUrl(text);
    decode(text);
    decode(`${text}.${text}.${text}`);
  }
});

test('a form comes back as it was sent, names repeated and all', () => {
  for (const text of odd(2000)) {
    const whole = !/[\ud800-\udfff]/u.test(text);
    const pairs = /** @type {[string, string][]} */ ([
      ['a', text],
      ['a', 'b'],
      [`n${text}`, ''],
    ]);
    const written = pairs.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join('&');
    if (whole) assert.deepEqual(parseForm(written), pairs);
  }
});

test('form encoding is that of a browser', () => {
  for (const text of odd(2000)) assert.equal(`a=${formEncode(text)}`, new URLSearchParams({ a: text }).toString());
});

test('what is no escape stays as it came', () => {
  assert.deepEqual(parseForm('a=100%&b=%zz&c=%C3%A9&d=%ff&e'), [
    ['a', '100%'],
    ['b', '%zz'],
    ['c', 'é'],
    ['d', '%ff'],
    ['e', ''],
  ]);
  assert.deepEqual(repeated(parseForm('a=1&b=2&a=3')), ['a']);
});

test('a target is cut at its first question mark and hash', () => {
  assert.deepEqual(parseTarget('/cb?code=x?y&state=#frag?z'), {
    path: '/cb',
    query: [
      ['code', 'x?y'],
      ['state', ''],
    ],
    fragment: 'frag?z',
    raw: 'code=x?y&state=',
  });
});

test('an address is taken apart and not normalized', () => {
  assert.deepEqual(parseUrl('HTTPS://u:p@App.Example:0443/a/../b?x#y'), {
    scheme: 'HTTPS',
    userinfo: 'u:p',
    host: 'App.Example',
    port: '0443',
    path: '/a/../b',
    query: 'x',
    fragment: 'y',
    origin: 'HTTPS://App.Example:0443',
  });
  assert.equal(parseUrl('http://[::1]:80/')?.host, '[::1]');
  assert.equal(parseUrl('com.example:/cb')?.path, '/cb');
  assert.equal(parseUrl('/cb'), null);
});

test('cookies and their attributes are read', () => {
  assert.deepEqual(parseCookies('a=1; b="2"; c; =d'), [
    ['a', '1'],
    ['b', '"2"'],
    ['', 'c'],
    ['', 'd'],
  ]);
  const cookie = parseSetCookie('sid=x=y; Path=/; Max-Age=60; HttpOnly; SECURE; SameSite=Lax');
  assert.deepEqual(
    [cookie.name, cookie.value, cookie.path, cookie.maxAge, cookie.httpOnly, cookie.secure, cookie.sameSite],
    ['sid', 'x=y', '/', 60, true, true, 'lax'],
  );
  assert.equal(parseSetCookie('a=b; constructor=1').attributes['constructor'], '1');
});

test('Basic is decoded as a form, as RFC 6749 has it', () => {
  const parsed = parseAuthorization(`basic ${btoa('a%3Ab:s%2Bt+u')}`);
  assert.deepEqual(parsed, {
    kind: 'basic',
    user: 'a:b',
    password: 's+t u',
    rawUser: 'a%3Ab',
    rawPassword: 's%2Bt+u',
    problem: null,
  });
  assert.match(
    parseAuthorization('Basic %%%')?.kind === 'basic'
      ? String(/** @type {any} */ (parseAuthorization('Basic %%%')).problem)
      : '',
    /not base64/,
  );
  assert.deepEqual(parseAuthorization('Bearer  abc '), { kind: 'bearer', token: 'abc', problem: null });
});

test('a challenge is read with quoted and bare values, and several of them', () => {
  assert.deepEqual(
    parseChallenge('Bearer realm="a, \\"b\\"", error=invalid_token, Basic realm="c"').map(({ scheme, params }) => [
      scheme,
      { ...params },
    ]),
    [
      ['Bearer', { realm: 'a, "b"', error: 'invalid_token' }],
      ['Basic', { realm: 'c' }],
    ],
  );
});

test('base64 comes back as it was, and other texts are refused', () => {
  for (let length = 0; length < 100; length += 1) {
    const bytes = randomBytes(length);
    assert.equal(base64(bytes), bytes.toString('base64'));
    assert.equal(base64url(bytes), bytes.toString('base64url'));
    assert.equal(hex(bytes), bytes.toString('hex'));
    assert.deepEqual(Buffer.from(fromBase64(bytes.toString('base64')) ?? []), bytes);
    assert.deepEqual(Buffer.from(fromBase64url(bytes.toString('base64url')) ?? []), bytes);
  }
  for (const wrong of ['a', '=', 'a===', 'ab+c', 'äö', 'ab c']) assert.equal(fromBase64url(wrong), null, wrong);
});

test('SHA-256 is that of Node for every length around a block', () => {
  for (let length = 0; length < 200; length += 1) {
    const bytes = randomBytes(length);
    assert.equal(hex(sha256(bytes)), createHash('sha256').update(bytes).digest('hex'));
  }
});

test('the example of RFC 7636 appendix B', () => {
  assert.equal(
    challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'),
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
  assert.ok(isVerifier('a'.repeat(43)) && !isVerifier('a'.repeat(42)) && !isVerifier(`${'a'.repeat(43)}=`));
  assert.ok(isChallenge('a'.repeat(43)) && !isChallenge('a'.repeat(44)) && !isChallenge('~'.repeat(43)));
});

test('a JWT is decoded, and its signature checked with the published key', async () => {
  const kinds = /** @type {const} */ ([
    ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', hash: 'SHA-256' }],
    [
      'RS256',
      { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
      'RSASSA-PKCS1-v1_5',
    ],
    ['EdDSA', { name: 'Ed25519' }, 'Ed25519'],
  ]);
  for (const [alg, make, how] of kinds) {
    const pair = /** @type {CryptoKeyPair} */ (
      await crypto.subtle.generateKey(/** @type {any} */ (make), true, ['sign', 'verify'])
    );
    const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'k1', use: 'sig' };
    const content = `${base64url(new TextEncoder().encode(JSON.stringify({ alg, kid: 'k1' })))}.${base64url(new TextEncoder().encode('{"sub":"a"}'))}`;
    const signature = new Uint8Array(
      await crypto.subtle.sign(/** @type {any} */ (how), pair.privateKey, new TextEncoder().encode(content)),
    );
    const token = `${content}.${base64url(signature)}`;
    assert.deepEqual(decode(token)?.claims, { sub: 'a' });
    assert.equal((await verify(token, { keys: [jwk] })).ok, true, alg);
    const forged = `${content.replace(/\..*/, '')}.${base64url(new TextEncoder().encode('{"sub":"b"}'))}.${base64url(signature)}`;
    assert.equal((await verify(forged, { keys: [jwk] })).ok, false, alg);
    assert.equal((await verify(token, { keys: [] })).ok, null, alg);
    assert.equal((await verify(token, { keys: [{ ...jwk, kid: 'k2' }] })).ok, null, alg);
  }
});

test('a token without a signature that a public key could have made is refused', async () => {
  const none = `${base64url(new TextEncoder().encode('{"alg":"none"}'))}.e30.`;
  assert.equal((await verify(none, { keys: [] })).ok, false);
  assert.equal((await verify('nonsense', { keys: [] })).ok, null);
  assert.equal(decode(jwt({ a: 1 }))?.claims['a'], 1);
});
