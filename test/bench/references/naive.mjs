/**
 * Reference: the relay that everybody writes first, `node references/naive.mjs UPSTREAM_URL`. `ws` on both sides, message by
 * message. It records nothing.
 */
import console from 'node:console';
import process from 'node:process';
import { WebSocket, WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (client, request) => {
  const upstream = new WebSocket(process.argv[2] + request.url, { perMessageDeflate: false });
  client.pause();
  upstream.on('open', () => client.resume());
  forward(client, upstream);
  forward(upstream, client);
});
server.on('listening', () => {
  console.log(JSON.stringify({ event: 'listening', gatewayUrl: `ws://127.0.0.1:${server.address().port}` }));
});

function forward(from, to) {
  from.on('message', (data, isBinary) => to.send(data, { binary: isBinary }));
  from.on('close', () => to.close());
  from.on('error', () => to.terminate());
}
