// npm `jose` and our encrypted tokens, both ways: what one side encrypts, the other decrypts.
//
// Our side is driven by its own example program, `crates/client/examples/jwe.rs`.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import * as jose from 'jose';

const EXAMPLE = join(dirname(process.env.COUNTERSIGN_BIN ?? '.'), 'examples', 'jwe');
const ALGS = ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'];
const ENCS = ['A128CBC-HS256', 'A128GCM', 'A256GCM'];
const CURVES = ['P-256', 'P-384', 'X25519'];
const CONTENT = 'You can trust us to stick with you through thick and thin–to the bitter end.';

let child;
let answers;

before(() => {
  assert.ok(existsSync(EXAMPLE), `${EXAMPLE} is missing: cargo build -p countersign-client --example jwe`);
  child = spawn(EXAMPLE, { stdio: ['pipe', 'pipe', 'inherit'] });
  answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
});

after(() => child?.kill());

/** One request, one answer; a failure is thrown. */
async function ask(request) {
  child.stdin.write(`${JSON.stringify(request)}\n`);
  const answer = JSON.parse((await answers.next()).value);
  if (answer.error) throw new Error(answer.error);
  return answer;
}

/** Every key type that goes with an algorithm. */
const curvesOf = (alg) => (alg.startsWith('RSA') ? [undefined] : CURVES);

for (const alg of ALGS) {
  for (const crv of curvesOf(alg)) {
    test(`${alg}${crv ? ` on ${crv}` : ''}: what we encrypt, jose decrypts`, async () => {
      const { publicKey, privateKey } = await jose.generateKeyPair(alg, { crv, extractable: true });
      const jwk = { ...(await jose.exportJWK(publicKey)), kid: 'theirs', use: 'enc', alg };
      for (const enc of ENCS) {
        const { token } = await ask({ alg, enc, jwks: { keys: [jwk] }, content: CONTENT });
        const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] };
        const { plaintext, protectedHeader } = await jose.compactDecrypt(token, privateKey, options);
        assert.equal(new TextDecoder().decode(plaintext), CONTENT);
        assert.equal(protectedHeader.kid, 'theirs');
      }
    });
  }

  test(`${alg}: what jose encrypts, we decrypt, and nothing that was changed`, async () => {
    const { jwk } = await ask({ alg });
    assert.deepEqual([jwk.use, jwk.alg, jwk.d], ['enc', alg, undefined]);
    const key = await jose.importJWK(jwk, alg);
    for (const enc of ENCS) {
      const builder = new jose.CompactEncrypt(new TextEncoder().encode(CONTENT));
      const token = await builder.setProtectedHeader({ alg, enc, kid: jwk.kid, cty: 'text' }).encrypt(key);
      assert.deepEqual(await ask({ token }), { content: CONTENT, cty: 'text' });
      const parts = token.split('.');
      parts[3] = `${parts[3][0] === 'A' ? 'B' : 'A'}${parts[3].slice(1)}`;
      await assert.rejects(ask({ token: parts.join('.') }), /does not decrypt/);
    }
  });
}

test('an agreement in which jose names the parties decrypts too', async () => {
  const { jwk } = await ask({ alg: 'ECDH-ES' });
  const key = await jose.importJWK(jwk, 'ECDH-ES');
  const token = await new jose.CompactEncrypt(new TextEncoder().encode(CONTENT))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128GCM', kid: jwk.kid })
    .setKeyManagementParameters({ apu: new TextEncoder().encode('Alice'), apv: new TextEncoder().encode('Bob') })
    .encrypt(key);
  assert.equal((await ask({ token })).content, CONTENT);
});
