// A proxy between browser and servers that keeps what went through it: a second witness beside the server's own recorder.

import { once } from 'node:events';
import { createServer, request as send } from 'node:http';

/** Headers that belong to one connection, so that a proxy has its own. */
const OF_THE_CONNECTION = ['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding'];

/** Starts it; `seen` has every exchange that is over: method, URL, headers by name, bodies as text. */
export async function recordingProxy() {
  const seen = [];
  const server = createServer((asked, answer) => {
    const sent = [];
    const { host, pathname, search, port, hostname } = new URL(asked.url);
    const headers = { ...own(asked.headers), host };
    const onward = send({ host: hostname, port, method: asked.method, path: pathname + search, headers }, (came) => {
      const body = [];
      answer.writeHead(came.statusCode, own(came.headers));
      came.on('data', (chunk) => { body.push(chunk); answer.write(chunk); });
      came.on('end', () => {
        answer.end();
        seen.push({ method: asked.method, url: asked.url, headers, body: text(sent), status: came.statusCode, came: own(came.headers), answer: text(body) });
      });
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    asked.on('data', (chunk) => { sent.push(chunk); onward.write(chunk); });
    asked.on('end', () => onward.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => { server.closeAllConnections(); server.close(); };
  return { seen, options: { server: `http://127.0.0.1:${server.address().port}`, bypass: '<-loopback>' }, stop };
}

const own = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name)));
const text = (chunks) => Buffer.concat(chunks).toString('utf8');
