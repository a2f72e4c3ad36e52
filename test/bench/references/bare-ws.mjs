/**
 * Reference: `node references/bare-ws.mjs MOCK_URL PATH MESSAGES` takes so many messages from a gateway as a client, then
 * serves these very bytes to every client, in a loop over `ws.send` and nothing else.
 */
import console from 'node:console';
import { once } from 'node:events';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';

/** Bytes that may wait in the socket; the mock keeps to the same. */
const HIGH_WATER_BYTES = 65_536;
const [url, path, count] = process.argv.slice(2);
const messages = [];

const source = new WebSocket(url + path, { perMessageDeflate: false });
source.on('message', (data, isBinary) => {
  messages.push({ data: isBinary ? data : data.toString(), isBinary });
  if (messages.length === Number(count)) source.close();
});
source.on('open', () => source.send('{"op":2,"d":{"token":"x","intents":1,"properties":{}}}'));
await once(source, 'close');

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', async (client, request) => {
  client.send(messages[0].data, { binary: messages[0].isBinary });
  await once(client, 'message');
  for (const { data, isBinary } of messages.slice(1)) {
    client.send(data, { binary: isBinary });
    if (client.bufferedAmount < HIGH_WATER_BYTES) continue;
    if (request.socket.writableNeedDrain) await once(request.socket, 'drain');
    else await setImmediate();
  }
});
server.on('listening', () => {
  console.log(JSON.stringify({ event: 'listening', gatewayUrl: `ws://127.0.0.1:${server.address().port}` }));
});
