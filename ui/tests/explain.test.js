import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { explain } from '../model/explain/index.js';
import { fieldsOf } from '../model/fresh.js';
import { exchange, flowFrom, login, tables } from './world.js';
import { responseParams } from '../model/outcome.js';
import { place } from '../model/place.js';

test('whatever occurs in a login is explained, with a section', () => {
  for (const one of login()) {
    const fields = [...fieldsOf(one, 'request'), ...fieldsOf(one, 'response')].filter(({ name }) => name !== 'files');
    for (const { where, name } of fields) {
      const said = explain(name, { where });
      assert.ok(said && said.what !== '' && said.section, `${where} ${name}`);
    }
  }
});

test('explanations are plain sentences', () => {
  const places = /** @type {const} */ (['query', 'form', 'json', 'claim', 'jose', 'header', 'attribute', 'cookie']);
  const names = [
    'client_id',
    'code_verifier',
    'access_token',
    'aud',
    'alg',
    'authorization',
    'samesite',
    'countersign',
    'jwks_uri',
    'redirect_uris',
  ];
  const all = places.flatMap((where) => names.map((name) => explain(name, { where }))).filter((said) => said !== null);
  assert.ok(all.length >= names.length);
  for (const said of all) {
    for (const text of [said.what, said.why]) assert.match(text, /^[A-Z#\w].*[.:]?.*\.$/s, text);
  }
});

test('the same name means something else in another place', () => {
  assert.match(explain('iss', { where: 'location' })?.section ?? '', /9207/);
  assert.match(explain('iss', { where: 'claim' })?.section ?? '', /7519/);
  assert.match(explain('scope', { where: 'claim' })?.section ?? '', /8693/);
  assert.equal(explain('Cache-Control', { where: 'header' })?.section, 'RFC 9111 §5.2.2.5');
  assert.equal(explain('SameSite', { where: 'attribute' })?.section, 'RFC 6265bis §4.1.2.7');
  assert.match(explain('scope:read:files', { where: 'form' })?.what ?? '', /read:files/);
  assert.match(explain('claim:email', { where: 'form' })?.section ?? '', /§5.5/);
});

test('what is unknown is not explained, whatever it is called', () => {
  for (const name of ['xq', '', 'constructor', '__proto__', 'toString']) assert.equal(explain(name), null, name);
});

test('whatever this server publishes about itself, and clients about themselves, is explained', () => {
  const members = (/** @type {string} */ file) => {
    const source = readFileSync(new URL(`../../crates/protocol/src/${file}.rs`, import.meta.url), 'utf8');
    return [...source.matchAll(/^ {4}pub (\w+): (?!ClientMetadata|BTreeMap)/gm)].map(([, name = '']) => name);
  };
  const names = [...members('metadata'), ...members('registration')];
  assert.ok(names.length > 60 && names.includes('jwks_uri') && names.includes('software_id'));
  for (const name of names) assert.ok(explain(name, { where: 'json' })?.section, name);
});

test('every rule in the tables has words and a section', () => {
  assert.ok(tables.rules.length > 100);
  assert.ok(tables.rules.every(({ id, explain: words, section }) => id !== '' && words !== '' && section !== ''));
});

test('an authorization response in a form is read like one in an address', () => {
  const page = (/** @type {string} */ html) =>
    exchange({ endpoint: 'consent', method: 'POST', answer: html, back: [['content-type', 'text/html']] });
  const ours = page(
    '<form id="response" method="post" action="https://app.example/cb?a=1&amp;b=2">\n<input type="hidden" name="code" value="c&#34;1"/><input type="hidden" name="state" value="s"/>',
  );
  assert.deepEqual(responseParams(ours), {
    to: 'https://app.example/cb?a=1&b=2',
    pairs: [
      ['code', 'c"1'],
      ['state', 's'],
    ],
  });
  const other = page(
    "<HTML><FORM METHOD='POST' ACTION='https://app.example/cb'><INPUT TYPE='HIDDEN' NAME='code' VALUE='x' />",
  );
  assert.deepEqual(responseParams(other)?.pairs, [['code', 'x']]);
  assert.equal(
    responseParams(page('<form method="post" action="/sign-in"><input type="hidden" name="csrf" value="x">')),
    null,
  );
  const all = login().map((one) => (one.endpoint === 'consent' ? { ...one, response: ours.response } : one));
  assert.equal(place(flowFrom(all), tables)[5]?.state, 'seen');
});
