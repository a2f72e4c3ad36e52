/** Reference: a plain TCP relay, `node references/pipe.mjs UPSTREAM_URL`. It knows nothing of WebSocket and records nothing. */
import console from 'node:console';
import { connect, createServer } from 'node:net';
import process from 'node:process';

const { hostname, port } = new URL(process.argv[2]);
const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ host: hostname, port: Number(port), noDelay: true });
  client.pipe(upstream).pipe(client);
  for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ event: 'listening', gatewayUrl: `ws://127.0.0.1:${server.address().port}` }));
});
