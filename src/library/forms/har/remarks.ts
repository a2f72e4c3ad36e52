/**
 * Remarks: data of a HAR file that an import does not use, and data that is missing, counted by kind.
 */

/** A sentence about one, and about several of a kind. */
const REMARKS = {
  voice: (count: string) => `left out ${count} of voice, which is not the gateway`,
  remoteAuth: (count: string) => `left out ${count} of remote auth, whose messages open accounts`,
  rpc: (count: string) => `left out ${count} to the client on the same machine, which is not the gateway`,
  oddEntry: (count: string) => `left out ${count} not as HAR has it`,
  oddMessage: (count: string) => `left out ${count} not as HAR has it, or without its data`,
  noMessages: (count: string) =>
    `${count} without messages in the file: record with the content embedded, or keep the attached files beside it`,
  midStream: (count: string) =>
    `${count} began before the recording: reload the page with the network panel open`,
} as const;

type RemarkKind = keyof typeof REMARKS;

const NOUNS: Readonly<Record<RemarkKind, readonly [one: string, several: string]>> = {
  voice: ['connection', 'connections'],
  remoteAuth: ['connection', 'connections'],
  rpc: ['connection', 'connections'],
  oddEntry: ['entry', 'entries'],
  oddMessage: ['message', 'messages'],
  noMessages: ['WebSocket', 'WebSockets'],
  midStream: ['connection', 'connections'],
};

/** Remarks on one file. */
export class Remarks {
  readonly #counts = new Map<RemarkKind, number>();

  /** Counts one of a kind. */
  add(kind: RemarkKind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  /** A sentence for each kind that occurred. */
  readonly lines = (): readonly string[] =>
    [...this.#counts].map(([kind, count]) => {
      const [one, several] = NOUNS[kind];
      return REMARKS[kind](count === 1 ? `1 ${one}` : `${count} ${several}`);
    });
}
