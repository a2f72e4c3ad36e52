/** Reference: http-proxy's own WebSocket passthrough, `node references/http-proxy.mjs UPSTREAM_URL`. It records nothing. */
import console from 'node:console';
import { createServer } from 'node:http';
import process from 'node:process';
import httpProxy from 'http-proxy';

const proxy = httpProxy.createProxyServer({ target: process.argv[2], ws: true });
proxy.on('error', () => undefined);
const server = createServer();
server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ event: 'listening', gatewayUrl: `ws://127.0.0.1:${server.address().port}` }));
});
