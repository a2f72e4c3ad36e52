/**
 * Listening: an HTTP server on an address, and the address as clients dial it.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NetworkError } from '../errors.js';

/** Server that listens. Rejects with a NetworkError when the address cannot be had. */
export async function listen({
  host,
  port,
}: {
  readonly host: string;
  readonly port: number;
}): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const what = `cannot listen on ${host}:${port} (${error.code ?? error.message})`;
      reject(new NetworkError(what, 'choose another address with --listen', { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  return server;
}

/** Host and port of a listening server. An unspecified address listens everywhere, but nobody can dial it. */
export function authorityOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  if (address === '0.0.0.0') return `127.0.0.1:${port}`;
  if (address === '::') return `[::1]:${port}`;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
