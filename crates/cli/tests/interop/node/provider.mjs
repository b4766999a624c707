// npm `oidc-provider` on a free port: somebody else's provider, for Countersign's client library.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { after } from 'node:test';
import * as jose from 'jose';
import { Provider } from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { ALGORITHMS } from './support.mjs';

/** What the provider knows about its users. */
export const PEOPLE = { alice: { name: 'Alice Liddell', email: 'alice@example.com' } };
/** Every way to encrypt that both sides know. */
export const KEY_MANAGEMENT = ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'];
export const CONTENT_ENCRYPTION = ['A128CBC-HS256', 'A128GCM', 'A256GCM'];

/**
 * A provider with tokens of its own making and the library's sign-in pages. Its address, and `rotate`, by which other keys
 * sign from now on while the earlier ones stay published.
 */
export async function provider() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${server.address().port}`;
  // Clients and sessions outlive a rotation.
  const adapter = createMemoryAdapter();
  let keys = [];
  let answer;
  server.on('request', (request, response) => answer(request, response));
  const rotate = async () => {
    keys = [...(await generation()), ...keys];
    answer = new Provider(issuer, { adapter, ...configuration(keys) }).callback();
  };
  await rotate();
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { issuer, rotate };
}

/** A private key for each algorithm. */
function generation() {
  return Promise.all(ALGORITHMS.map(async (alg) => {
    const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
    const key = await jose.exportJWK(privateKey);
    return { ...key, alg, use: 'sig', kid: `${alg} ${await jose.calculateJwkThumbprint(key)}` };
  }));
}

function configuration(keys) {
  return {
    jwks: { keys },
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (_, id, { sectorIdentifier }) => `${id} to ${sectorIdentifier}`,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
    features: {
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      encryption: { enabled: true },
      jwtUserinfo: { enabled: true },
      registration: { enabled: true },
      revocation: { enabled: true },
    },
    enabledJWA: {
      idTokenSigningAlgValues: ALGORITHMS,
      idTokenEncryptionAlgValues: KEY_MANAGEMENT,
      idTokenEncryptionEncValues: CONTENT_ENCRYPTION,
      userinfoSigningAlgValues: ALGORITHMS,
      userinfoEncryptionAlgValues: KEY_MANAGEMENT,
      userinfoEncryptionEncValues: CONTENT_ENCRYPTION,
    },
    // Clients on this machine are told of a logout too: without the library's ban on such addresses.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  };
}
