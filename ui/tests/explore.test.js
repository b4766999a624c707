// What the pages decide without drawing: addresses, rows, links to sections, the figure, whose requests are listed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readPlace, writePlace } from '../explore/address.js';
import { hashedAt, lanesOf, reached, rowsOf, secretsOf } from '../explore/rows.js';
import { ofClients } from '../inspect/loose.js';
import { figure } from '../view/figure.js';
import { partsOf, rawOf } from '../view/parts.js';
import { addressOf } from '../view/section.js';
import { trailOf } from '../view/trail.js';
import { duration, lasting, relative } from '../view/words.js';
import { exchange, flowFrom, FORM, form, login, random, tables } from './world.js';

const plain = { table: 'code', pkce: true, attack: null };

test('an address says where the reader is, and leaves out what is as at the beginning', () => {
  assert.equal(writePlace(readPlace('')), '');
  const address = '?table=refresh&flow=f3&attack=stolen-code&pkce=off&step=6a&view=compare&read=auditor';
  assert.equal(writePlace(readPlace(address)), address);
  assert.equal(readPlace('?read=nonsense&view=nonsense').read, 'learner');
});

test('before a run the rows are the steps of the table, and nothing has happened in them', () => {
  const rows = rowsOf(null, tables, plain);
  assert.deepEqual(rows.map(({ chip }) => chip), ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']);
  assert.ok(rows.every(({ view, mark }) => view.state === 'missing' && view.messages.length === 0 && mark === ''));
  assert.equal(reached(rows, null), -1);
  assert.equal(secretsOf(rows), null);
});

test('the moves of an attack stand after their step, with its number and a letter, and need a lane of their own', () => {
  const attack = tables.attacks.find(({ name }) => name === 'stolen-code');
  assert.ok(attack);
  const rows = rowsOf(null, tables, { ...plain, attack: attack.name });
  const after = attack.with_pkce.after;
  const moves = attack.with_pkce.moves.map((_, index) => `${after}${String.fromCharCode(97 + index)}`);
  assert.deepEqual(rows.slice(after, after + moves.length).map(({ chip }) => chip), moves);
  assert.deepEqual(lanesOf(rows, tables), [...tables.actors, 'Attacker']);
  assert.deepEqual(lanesOf(rowsOf(null, tables, plain), tables), tables.actors);
});

test('of a login every row is seen, its secrets are known, and the code is found at each step that carries it', () => {
  const rows = rowsOf(flowFrom(login()), tables, plain);
  assert.equal(reached(rows, null), rows.length - 1);
  assert.ok(secretsOf(rows));
  const code = partsOf({ exchange: rows[5]?.view.messages[0]?.exchange ?? null, side: 'response', told: null })?.location?.query.find(([name]) => name === 'code')?.[1] ?? '';
  assert.deepEqual(trailOf(rows, 5)(code).map(({ chip }) => chip), ['7', '8']);
});

test('every table can be shown before it was run, with PKCE and without', () => {
  for (const { id, steps } of tables.flows) {
    for (const pkce of [true, false]) {
      const rows = rowsOf(null, tables, { table: id, pkce, attack: null });
      assert.equal(rows.length, steps.length, id);
      assert.ok(rows.every(({ view }) => view.what !== '' && view.what !== 'The same.'), id);
    }
  }
});

test('a section leads to the paragraph where that has an address, and every rule to its text', () => {
  assert.equal(addressOf('RFC 9700 §4.1.3'), 'https://www.rfc-editor.org/rfc/rfc9700#section-4.1.3');
  assert.equal(addressOf('RFC 6749 §A.1'), 'https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1');
  assert.equal(addressOf('OAuth 2.1 §4.1.1'), 'https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1#section-4.1.1');
  assert.equal(addressOf('Our policy'), null);
  for (const rule of tables.rules) {
    assert.match(addressOf(rule.section) ?? '', /^https:\/\/(www\.rfc-editor\.org|datatracker\.ietf\.org|openid\.net)\//, rule.section);
  }
});

test('what a page of ours asked for is no request of a client', () => {
  const asked = (/** @type {string} */ from, /** @type {string} */ dest) =>
    exchange({ endpoint: 'jwks', headers: [['sec-fetch-site', from], ['sec-fetch-dest', dest]] });
  const theirs = [asked('same-site', 'empty'), asked('same-origin', 'document'), exchange({ endpoint: 'jwks' })];
  assert.deepEqual(ofClients([asked('same-origin', 'empty'), ...theirs]), theirs);
});

test('the figure has an arrow for each row, and escapes what stands in it', () => {
  const rows = rowsOf(null, tables, plain);
  const drawn = figure(rows, tables.actors, 'A & B <script>');
  assert.equal(drawn.match(/class="l"/g)?.length, rows.length);
  assert.ok(drawn.includes('A &amp; B &lt;script&gt;'));
  assert.ok(!drawn.includes('<script'));
});

const one = exchange({
  method: 'POST', target: '/token?x=1', headers: [...FORM, ['cookie', 'a=1; b=2'], ['cookie', 'c=3']], body: 'code=a%2Bb',
  status: 400, back: [['content-type', 'application/json'], ['set-cookie', 'a=; Max-Age=0']], answer: '{"error":"invalid_grant"}',
});

test('a message is taken apart without losing anything of it', () => {
  const request = partsOf({ exchange: one, side: 'request', told: null });
  assert.equal(request?.start, 'POST /token');
  assert.deepEqual(request?.query, [['x', '1']]);
  assert.deepEqual(request?.body.fields, [['code', 'a+b']]);
  assert.deepEqual(request?.cookies, [['a', '1'], ['b', '2'], ['c', '3']]);
  const response = partsOf({ exchange: one, side: 'response', told: null });
  assert.equal(response?.start, '400 Bad Request');
  assert.deepEqual(response?.setCookies, [{ name: 'a', value: '', attributes: [['max-age', '0']] }]);
  assert.ok(response && rawOf(response).startsWith('HTTP/1.1 400 Bad Request\ncontent-type: application/json\n'));
});

test('what is only told of has no raw bytes, and a body that is no JSON is text', () => {
  const told = partsOf({ exchange: null, side: 'response', told: { response: { location: { code: 'c', state: 's' } } } });
  assert.deepEqual(told?.location, { path: '', query: [['code', 'c'], ['state', 's']] });
  assert.equal(told && rawOf(told), '');
  assert.equal(partsOf({ exchange: null, side: 'request', told: { response: {} } }), null);
  const broken = exchange({ back: [['content-type', 'application/json']], answer: '{' });
  assert.equal(partsOf({ exchange: broken, side: 'response', told: null })?.body.kind, 'text');
});

test('times are told in the unit that reads best', () => {
  assert.deepEqual([1, 89, 90, 5400, 200_000].map(lasting), ['1 second', '89 seconds', '2 minutes', '2 hours', '2 days']);
  assert.deepEqual([relative(10, 10), relative(310, 10), relative(9, 10)], ['at that moment', '5 minutes later', '1 second before']);
  assert.deepEqual([999, 1500, 2_500_000].map(duration), ['999 µs', '1.5 ms', '2.50 s']);
});

test('where a thief sends a verifier of their own, that one is hashed and not the client’s', () => {
  const rows = rowsOf(flowFrom(login()), tables, plain);
  const secrets = secretsOf(rows);
  const [begun, asked, redeems] = [rows[0], rows[2], rows[7]];
  assert.ok(secrets && begun && asked && redeems);
  assert.deepEqual(hashedAt(begun, secrets), secrets);
  assert.deepEqual(hashedAt(redeems, secrets), secrets);
  assert.equal(hashedAt(asked, secrets), null);
  const theirs = exchange({ endpoint: 'token', method: 'POST', headers: FORM, body: form({ code_verifier: random('thief') }) });
  const move = { ...redeems, view: { ...redeems.view, messages: [{ exchange: theirs, side: /** @type {const} */ ('request'), told: null }] } };
  assert.deepEqual(hashedAt(move, secrets), { verifier: random('thief'), challenge: secrets.challenge });
});
