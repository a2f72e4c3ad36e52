/**
 * Listening for other machines: every client that reaches a proxy or a mock can use it, so the user must permit it.
 */
import { UsageError } from '../errors.js';
import type { Log } from '../host.js';
import { isLoopback } from '../serving/addresses.js';
import type { ListenAddress } from '../serving/address.js';
import { formatAuthority } from '../serving/http.js';

/** The server, and its address. */
export interface RemoteSettings {
  readonly listen: ListenAddress;
  readonly allowRemote: boolean;
}

/** Data of a mock that other machines can read. */
export const MOCK_SERVER = { server: 'the mock', beyond: ': what was recorded is served to them' };

/** Throws a UsageError for an address that other machines can reach, unless permitted; then it is logged. */
export function checkRemote(
  { listen, allowRemote }: RemoteSettings,
  { server, beyond }: { readonly server: string; readonly beyond: string },
  log: Log = () => undefined,
): void {
  if (isLoopback(listen.host)) return;
  const where = formatAuthority(listen.host, listen.port);
  if (!allowRemote) {
    const hint = `--allow-remote permits it; everyone who reaches that address can then use ${server}`;
    throw new UsageError(`${where} can be reached by other machines`, hint);
  }
  log('warn', `other machines can use ${server} at ${where}${beyond}`, 'remote_allowed');
}
