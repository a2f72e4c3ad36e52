/**
 * Listening: binds a server to an address, and says in words why it cannot.
 */
import type { AddressInfo, Server } from 'node:net';
import { NetworkError } from '../errors.js';
import type { ListenAddress } from './address.js';

const ELSEWHERE = 'choose another with --listen';
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'this user may not bind that port',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'that host name is unknown',
};

/**
 * Binds `server`; resolves to the `host:port` by which clients on this machine reach it.
 * Rejects with a `NetworkError` when the address cannot be had.
 */
export function listenOn(server: Server, listen: ListenAddress): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code ?? ''] ?? error.message;
      const where = formatAuthority(listen.host, listen.port);
      reject(new NetworkError(`cannot listen on ${where}: ${reason}`, ELSEWHERE, { cause: error }));
    });
    server.listen(listen.port, listen.host, () => {
      const { address, port } = server.address() as AddressInfo;
      resolve(formatAuthority(REACHABLE[address] ?? listen.host, port));
    });
  });
}

/** Addresses that stand for all of a machine's, and how to reach them from it. */
const REACHABLE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': 'localhost' };

/** `host:port`, with an IPv6 address in brackets. */
export function formatAuthority(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
