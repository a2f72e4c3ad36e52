/**
 * Faults as data: the faults that a mock can simulate, and the incident that each of them imitates.
 *
 * The table is also the documentation: tests compare `mock --help` and README.md with it. Threads are named as
 * `owner/repository#number` on GitHub; a fault without a thread names the documented behaviour. All were read 2026-11.
 */

/** Argument of a fault, as written after the colon. */
export interface FaultArgument {
  readonly word: string;
  readonly unit: 'boolean' | 'close code' | 'ms' | 's' | 'bytes' | 'suffix';
  /** Value where the argument is left out, in the unit of `Fault.arg`; null when it has to be given. */
  readonly whenLeftOut: number | boolean | null;
}

/** One row of the table. */
export interface FaultRow {
  readonly argument: FaultArgument | null;
  /** The fault acts on the first of these after its time has come. */
  readonly actsOn: 'connection' | 'dispatch' | 'payload' | 'ACK' | 'READY' | 'RESUME' | 'request';
  /** Once in a run, on one connection from then on, or on everything from then on. */
  readonly lasts: 'once' | 'connection' | 'always';
  /** Default of WHEN: the first dispatch behind READY, READY itself, or the first occasion. */
  readonly when: 'first' | 'READY' | 'start';
  readonly does: string;
  readonly imitates: string;
}

const code = { word: 'CODE', unit: 'close code', whenLeftOut: null } as const;
const milliseconds = { word: 'MS', unit: 'ms', whenLeftOut: 200_000 } as const;
const seconds = { word: 'S', unit: 's', whenLeftOut: 60_000_000 } as const;
const size = { word: 'SIZE', unit: 'bytes', whenLeftOut: 5 * 1024 * 1024 } as const;
const resumable = { word: 'true|false', unit: 'boolean', whenLeftOut: false } as const;
const suffix = { word: 'suffix', unit: 'suffix', whenLeftOut: false } as const;

/** Every fault, in the order of the documentation. */
// prettier-ignore
const FAULTS = {
  reconnect: {
    argument: null, actsOn: 'connection', lasts: 'once', when: 'first',
    does: 'sends RECONNECT (op 7) and nothing new until the client has gone; RESUME brings the rest',
    imitates: 'discord/discord-api-docs#1619: RECONNECT at any moment, and resumes that got stuck after it',
  },
  'invalid-session': {
    argument: resumable, actsOn: 'connection', lasts: 'once', when: 'first',
    does: 'sends INVALID_SESSION (op 9); after `true` RESUME works on the same connection, after `false` (default) only IDENTIFY',
    imitates: 'discordjs/discord.js#7113: shards that never came back after op 9 `false` in mid-session',
  },
  close: {
    argument: code, actsOn: 'connection', lasts: 'once', when: 'first',
    does: 'closes with CODE; RESUME works unless the code ends the session',
    imitates: 'auguwu/Wumpcord#127: a library that ended its process on 4000, though it is recoverable',
  },
  reset: {
    argument: null, actsOn: 'connection', lasts: 'once', when: 'first',
    does: 'resets the TCP connection, with no close frame; RESUME works',
    imitates: 'discord/discord-api-docs#929: ECONNRESET out of nowhere, close code 1006',
  },
  'drop-ack': {
    argument: null, actsOn: 'ACK', lasts: 'connection', when: 'READY',
    does: 'acknowledges no heartbeat of that connection any more',
    imitates: 'PsycherosAI/Psycheros#42: one missed ACK, and an endless loop of reconnects',
  },
  'heartbeat-request': {
    argument: null, actsOn: 'connection', lasts: 'once', when: 'first',
    does: 'asks for a heartbeat at once (op 1)',
    imitates: 'discordjs/discord.js#3993: a request between two beats, taken for a zombie connection',
  },
  delay: {
    argument: milliseconds, actsOn: 'payload', lasts: 'connection', when: 'first',
    does: 'lets every payload of that connection leave MS (200) late, in order; with p= the ones that are drawn',
    imitates: 'andersfylling/disgord#415: ACKs that came late behind a long row of GUILD_CREATE',
  },
  stall: {
    argument: seconds, actsOn: 'payload', lasts: 'once', when: 'first',
    does: 'sends nothing at all for S (60) seconds, then everything that waited',
    imitates: 'DawnbrandBots/bastion-bot#204: ten hours of silence on a connection that stayed open',
  },
  duplicate: {
    argument: null, actsOn: 'dispatch', lasts: 'once', when: 'first',
    does: 'sends a dispatch twice, with the same s',
    imitates: 'discord/discord-api-docs#3377: GUILD_MEMBER_ADD two and three times',
  },
  'skip-seq': {
    argument: null, actsOn: 'dispatch', lasts: 'once', when: 'first',
    does: 'leaves a dispatch out permanently, so that s has a gap',
    imitates: 'abalabahaha/eris lib/gateway/Shard.js: "Non-consecutive sequence", a warning for a gap that no RESUME will fill',
  },
  reorder: {
    argument: null, actsOn: 'dispatch', lasts: 'once', when: 'first',
    does: 'swaps a dispatch with the next one',
    imitates: 'discord-jda/JDA#58: events out of order, such as a message ahead of its channel',
  },
  'corrupt-stream': {
    argument: null, actsOn: 'payload', lasts: 'once', when: 'first',
    does: 'damages the first block of a message, which no inflater, JSON or ETF parser takes',
    imitates: 'DSharpPlus/DSharpPlus#2015: a payload that could not be decompressed, and a shard that did not recover',
  },
  'no-flush-suffix': {
    argument: null, actsOn: 'payload', lasts: 'once', when: 'first',
    does: 'cuts 00 00 FF FF off the end of a zlib-stream message; no effect on other transports',
    imitates: 'discord/discord-api-docs#4430: a READY without the suffix, and a client that waited for it',
  },
  'split-message': {
    argument: suffix, actsOn: 'payload', lasts: 'once', when: 'first',
    does: 'sends one payload in two messages, divided ahead of the suffix, or within it with `suffix`',
    imitates: 'discord-jda/JDA#523: a fragment of zlib-stream inflated as if it were whole',
  },
  'big-ready': {
    argument: size, actsOn: 'READY', lasts: 'always', when: 'start',
    does: 'pads every READY to SIZE (5MiB) with an unused field',
    imitates: 'mk-fg/reliable-discord-client-irc-daemon#7: READY of 5.6 MB over a limit of 4 MiB',
  },
  'resume-refused': {
    argument: null, actsOn: 'RESUME', lasts: 'always', when: 'start',
    does: 'answers every RESUME with INVALID_SESSION `false`',
    imitates: 'discord/discord-api-docs#1209: not one RESUME accepted within a day',
  },
  'api-503': {
    argument: null, actsOn: 'request', lasts: 'once', when: 'start',
    does: 'answers an API request with 503',
    imitates: 'CSSS/wall_e#2306: "503 Service Unavailable … upstream connect error"',
  },
} satisfies Readonly<Record<string, FaultRow>>;

/** Name of a fault. */
export type FaultName = keyof typeof FAULTS;

/** Names of all faults, in the order of the documentation. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

/** Row of a fault. */
export function faultRow(name: FaultName): FaultRow {
  return FAULTS[name];
}

/** When a fault is due; it then acts on the first target that fits. */
export type When =
  /** The default of its row in the catalogue. */
  | { readonly type: 'default' }
  /** The dispatch with this sequence number goes out. */
  | { readonly type: 'seq'; readonly seq: number }
  /** A payload with this opcode goes out or comes in. */
  | { readonly type: 'op'; readonly op: number }
  /** A dispatch whose name matches goes out. */
  | { readonly type: 'event'; readonly pattern: RegExp }
  /** A connection is this old. */
  | { readonly type: 'age'; readonly us: number }
  /** A new draw for every possible target, from READY on. */
  | { readonly type: 'chance'; readonly probability: number };

/**
 * A fault that was asked for: something that a mock does wrong on purpose, and when. Written by people as
 * `NAME[:ARG][@WHEN]`, read by config/fault-spec.ts.
 */
export interface Fault {
  readonly name: FaultName;
  /** Times in µs, sizes in bytes, a close code, whether it is resumable; null if the fault has no argument. */
  readonly arg: number | boolean | null;
  readonly when: When;
}
