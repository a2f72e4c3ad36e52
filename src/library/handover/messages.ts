/**
 * Messages between a recorder and the process that takes over from it, over the IPC channel of a child process.
 *
 *   new process                                     running recorder
 *   hello            settings are read         ──►  begin         what it listens on
 *   prepared         threads wait              ──►  made way      the database has another name, its own is free
 *   take             its own database is open  ──►  listener      with a listening socket, which both have from then on
 *   accepting        it serves clients         ──►  released      the running one does not any more, and drains
 *   listening        what it has printed            both close the channel
 *
 * Until `accepting`, the running recorder goes on as before if the new process ends, and the new process starts without it if
 * the running one ends.
 */
import type { ListenAddress } from '../../serving/address.js';
import type { ThreadFailure } from '../../worker/boundary.js';

/** Sockets that are handed over. */
export type ListenerName = 'proxy' | 'metrics';

/** What the running recorder listens on; null for what it does not serve. */
export type ListenAddresses = Readonly<Record<ListenerName, ListenAddress | null>>;

/** Messages of the new process. */
export type FromSuccessor =
  | { readonly type: 'hello' }
  /** `drainMs`: how long the running recorder may serve the connections that it has; null for no limit. */
  | { readonly type: 'prepared'; readonly db: string; readonly drainMs: number | null }
  | { readonly type: 'take'; readonly name: ListenerName }
  | { readonly type: 'accepting' }
  | { readonly type: 'listening'; readonly line: string }
  | { readonly type: 'failed'; readonly failure: ThreadFailure };

/** Messages of the running recorder. */
export type FromPredecessor =
  | { readonly type: 'begin'; readonly addresses: ListenAddresses }
  /** `db`: the name that is free; `file`: the file in which the running recorder goes on, or null if it has another one. */
  | { readonly type: 'made way'; readonly db: string; readonly file: string | null }
  | { readonly type: 'listener'; readonly name: ListenerName }
  | { readonly type: 'released' };

/** Variable by which a process knows that the recorder with this process id has started it. */
export const PREDECESSOR_VARIABLE = 'GATETAPE_PREDECESSOR';
