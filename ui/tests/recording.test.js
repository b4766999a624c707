import assert from 'node:assert/strict';
import test from 'node:test';

import { diagnose } from '../model/diagnose/index.js';
import { fromHar } from '../model/har.js';
import { maskFlow } from '../model/mask.js';
import { readRecording, readTrace, RecordingError, writeRecording } from '../model/recording.js';
import { flowFrom, jwt, login, plain, refusedLogin, T0, tables } from './world.js';

test('a recording comes back as it was written', () => {
  const flow = flowFrom(login());
  const text = writeRecording(flow, { masked: false, now: T0, by: 'countersign 0.1.0' });
  const read = readRecording(text);
  assert.deepEqual(plain(read.flow), plain(flow));
  assert.deepEqual([read.made, read.by], ['2026-11-21T12:00:00.000Z', 'countersign 0.1.0']);
  const masked = readRecording(writeRecording(flow));
  assert.deepEqual(plain(masked.flow), plain(maskFlow(flow)));
});

test('what the server does not say of a login is read from its messages', () => {
  const asked = { code_challenge: undefined, request: jwt({ code_challenge: 'c', prompt: 'none' }) };
  const flow = flowFrom(login({ ask: asked }));
  const { table, pkce, ...about } = JSON.parse(writeRecording(flow, { masked: false })).flow;
  assert.deepEqual([table, pkce], ['silent', true]);
  const read = readRecording(JSON.stringify({ ...JSON.parse(writeRecording(flow, { masked: false })), flow: about })).flow;
  assert.deepEqual([read.table, read.pkce], ['silent', true]);
});

/** @param {string} text @param {RegExp} words */
function refused(text, words) {
  assert.throws(
    () => readRecording(text),
    (error) =>
      error instanceof RecordingError && words.test(error.message) && !/undefined|\[object/.test(error.message),
    text.slice(0, 60),
  );
}

test('a file that can not be read says where and why', () => {
  const good = JSON.parse(writeRecording(flowFrom(login())));
  /** @param {(copy: any) => void} edit */
  const bad = (edit) => {
    const copy = structuredClone(good);
    edit(copy);
    return JSON.stringify(copy);
  };
  refused('', /is empty/);
  refused('<html>', /not JSON/);
  refused('{\n"a": 1,\n}', /not JSON \(line 3\)/);
  refused('[]', /must be an object; it is a list/);
  refused('{}', /no recording/);
  refused('{"log":{}}', /countersign_recording is missing/);
  refused(
    bad((copy) => {
      copy.countersign_recording = 2;
    }),
    /version 2; this page reads version 1/,
  );
  refused(
    bad((copy) => {
      delete copy.exchanges;
    }),
    /exchanges must be a list; it is missing/,
  );
  refused(
    bad((copy) => {
      copy.exchanges = [];
    }),
    /no exchanges/,
  );
  refused(
    bad((copy) => {
      copy.exchanges[3].request.headers[0] = ['host'];
    }),
    /exchanges\[3\]\.request\.headers\[0\] must be a pair of texts; it is a list/,
  );
  refused(
    bad((copy) => {
      copy.exchanges[2].site = 'moon';
    }),
    /exchanges\[2\]\.site must be one of authorization_server, .*; it is a text/,
  );
  refused(
    bad((copy) => {
      copy.exchanges[1].at = '12';
    }),
    /exchanges\[1\]\.at must be a number; it is a text/,
  );
  refused(
    bad((copy) => {
      copy.exchanges[1].response.status = null;
    }),
    /exchanges\[1\]\.response\.status must be a number; it is null/,
  );
  refused(
    bad((copy) => {
      copy.exchanges[1].id = copy.exchanges[0].id;
    }),
    /Two exchanges have the id 1/,
  );
  refused(
    bad((copy) => {
      copy.flow.run = { id: 'r', table: 'code', records: [{ step: 'x' }] };
    }),
    /flow\.run\.records\[0\]\.step must be a number/,
  );
  refused(
    bad((copy) => {
      copy.made = 5;
    }),
    /made must be a text; it is a number/,
  );
  refused(' '.repeat(21 * 1024 * 1024), /21 MB; at most 20 MB/);
});

test('no cut or garbled file throws anything else', () => {
  const text = writeRecording(flowFrom(login()));
  for (let at = 0; at < text.length; at += 97) {
    for (const wrong of [
      text.slice(0, at),
      `${text.slice(0, at)}null${text.slice(at + 4)}`,
      `${text.slice(0, at)}"${text.slice(at + 1)}`,
    ]) {
      try {
        readRecording(wrong);
      } catch (error) {
        assert.ok(error instanceof RecordingError, String(error));
      }
      try {
        fromHar(wrong);
      } catch (error) {
        assert.ok(error instanceof RecordingError, String(error));
      }
    }
  }
});

test('trace lines are read, other lines passed over', () => {
  const lines = login().map((one) => `2026-11-21T12:00:00Z INFO exchange ${JSON.stringify(one)}`);
  const flows = readTrace(['starting up {not json', ...lines, '{"message":"else"}'].join('\n'));
  assert.equal(flows.length, 1);
  assert.equal(flows[0]?.exchanges.length, 8);
  const asJson = login().map((one) => JSON.stringify({ level: 'INFO', message: `traced ${JSON.stringify(one)}` }));
  assert.equal(readTrace(asJson.join('\n'))[0]?.exchanges.length, 8);
  assert.throws(() => readTrace('nothing\nhere'), /No line of this file is an exchange/);
});

test('a diagnosis reads the same after saving and opening', () => {
  const flow = flowFrom(refusedLogin('token', 'code.not_expired', { detail: 'it expired 12 seconds ago' }));
  const [before, after] = [flow, readRecording(writeRecording(flow)).flow].map((one) =>
    diagnose(one, tables).map(({ id, title }) => [id, title]),
  );
  assert.deepEqual(after, before);
});
