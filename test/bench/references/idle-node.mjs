/** Reference: the least that a Node program with a server can do, `node references/idle-node.mjs`: to listen. */
import console from 'node:console';
import { createServer } from 'node:http';

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ event: 'listening', gatewayUrl: `ws://127.0.0.1:${server.address().port}` }));
});
