/**
 * Mock gateway for tests: serves recorded sessions or tapes to a real client on this machine.
 */
import { parseFault } from '../config/fault-spec.js';
import {
  anyKind,
  anyText,
  choiceKind,
  integer,
  makeKind,
  list,
  oneOrMore,
  paceKind,
  yesOrNo,
} from '../config/kinds.js';
import { parseListen } from '../config/values.js';
import { UsageError } from '../errors.js';
import { systemHost, systemNowUs, type Log } from '../host.js';
import type { MockGateway, ServedGateway, ServeOptions } from '../mock/gateway.js';
import { serveRecordings } from '../mock/server.js';
import type { MockSpeed } from '../replay/clock.js';
import type { Demands } from '../replay/gateway-side/strictness.js';
import type { ListenAddress } from '../serving/address.js';
import { checkedOptions, FUNCTION, LISTEN, SESSION_ID, type OptionRules } from './options.js';
import { checkRemote, MOCK_SERVER } from './remote.js';
import { loadRecordings, type RecordingSources } from './recording.js';
import { listChannels, obfuscate } from '../replay/obfuscation/obfuscate.js';
import { rebase } from '../replay/rebase/rebase.js';
import type { Recording } from '../replay/recording.js';

export type { Demands } from '../replay/gateway-side/strictness.js';

/** Options of a mock. */
export interface MockGatewayOptions extends RecordingSources, Demands {
  /** Factor on the recorded pace, above 0, `max` for no pauses, or `step` for a frame a call; default 1. */
  readonly speed?: MockSpeed;
  /** Whether every payload waits for the client's payloads before it in the recording; default false. */
  readonly isLockstep?: boolean;
  /** Heartbeat interval in HELLO, in ms; default the recorded interval, divided by the speed unless in lockstep. */
  readonly heartbeatIntervalMs?: number;
  /** Faults to inject, each as `NAME[:ARG][@WHEN]`; default none. */
  readonly faults?: readonly string[];
  /** Seed of the faults' random numbers, a whole number; default 1. */
  readonly seed?: number;
  /** How long a session can be resumed after its connection ended, in ms; default without limit. */
  readonly resumeWindowMs?: number;
  /** Start of the recordings, for ids and times in them; `now`, or by default the recorded time. */
  readonly rebase?: 'now' | Date;
  /**
   * Channels that the client may not view, which are obfuscated as gateways do since 16 November 2026: their ids, or those
   * that the recorded permissions hide; default none.
   */
  readonly obfuscate?: 'permissions' | readonly string[];
  /** Address as `HOST:PORT` or as a value; default a free port on loopback. */
  readonly listen?: string | ListenAddress;
  /** Whether all that is said is kept in `traffic`, which `toObeyTheProtocol` needs; default false. */
  readonly isTrafficKept?: boolean;
  /** Origins of web pages that may connect, in addition to Discord's own, such as `http://localhost:5173`. */
  readonly allowOrigins?: readonly string[];
  /** Whether other machines may use the mock; required if `listen` is not loopback; default false. */
  readonly allowRemote?: boolean;
  /** Receives diagnostics; without it the mock is silent. */
  readonly log?: Log;
}

/** Channels in the hint about a wrong one. */
const SHOWN_CHANNELS = 3;
const FREE_LOOPBACK_PORT = '127.0.0.1:0';
const MOMENT = makeKind('a Date', (given) => (given instanceof Date ? given : undefined));

/** Rules of the playback options. */
export const PLAY_RULES: OptionRules<Omit<MockGatewayOptions, keyof RecordingSources | 'listen'>> = {
  speed: paceKind('max', 'step'),
  isLockstep: yesOrNo,
  heartbeatIntervalMs: integer(1),
  faults: list(anyText),
  seed: integer(0),
  resumeWindowMs: integer(0),
  rebase: anyKind<unknown>(choiceKind('now'), MOMENT),
  obfuscate: anyKind<unknown>(choiceKind('permissions'), list(anyText)),
  isTrafficKept: yesOrNo,
  isStrict: yesOrNo,
  token: anyText,
  maxConcurrency: integer(1),
  isShardingRequired: yesOrNo,
  disallowedIntents: integer(0),
  allowOrigins: list(anyText),
  allowRemote: yesOrNo,
  log: FUNCTION,
};
const RULES: OptionRules<MockGatewayOptions> = {
  ...PLAY_RULES,
  session: oneOrMore(SESSION_ID),
  tape: oneOrMore(anyText),
  db: anyText,
  listen: LISTEN,
};

/**
 * Serves recordings. Rejects with UsageError for wrong options or a missing recording, StoreError if the
 * database cannot be read, NetworkError if the address is not available.
 */
export async function startMockGateway(options: MockGatewayOptions): Promise<MockGateway> {
  const {
    session,
    tape,
    db,
    listen = FREE_LOOPBACK_PORT,
    speed = 1,
    resumeWindowMs,
    rebase,
    obfuscate: hidden,
    faults = [],
    seed = 1,
    allowRemote = false,
    log,
    ...play
  } = checkedOptions('startMockGateway', options, RULES);
  const address = typeof listen === 'string' ? parseListen(listen) : listen;
  if (address === null) throw new UsageError('"listen" is not an address', 'give it as HOST:PORT');
  const toUs =
    rebase instanceof Date ? rebase.getTime() * 1_000 : rebase === 'now' ? systemNowUs() : undefined;
  const { gateway } = await serveSources(
    { session, tape, db },
    {
      ...play,
      faults: faults.map(parseFault),
      seed,
      listen: address,
      allowRemote,
      toUs,
      hidden,
      speed,
      resumeWindowUs: resumeWindowMs === undefined ? undefined : resumeWindowMs * 1_000,
      log,
    },
  );
  return Object.assign(gateway, { fault: (spec: string) => gateway.arm(parseFault(spec)) });
}

/** How to serve, in the units and values of the mock. */
export interface SourceServing extends Omit<ServeOptions, 'host'> {
  /** Whether other machines may use the mock. */
  readonly allowRemote: boolean;
  /** Start of the recordings, in µs since the Unix epoch; default the recorded time. */
  readonly toUs?: number | undefined;
  /** Channels to obfuscate: their ids, or those that the recorded permissions hide; default none. */
  readonly hidden?: 'permissions' | readonly string[] | undefined;
  readonly log?: Log | undefined;
}

/** A mock that serves, and the ids of the sessions it serves, none for tapes. */
export interface ServedSources {
  readonly gateway: ServedGateway;
  readonly sessions: readonly number[];
}

/** Loads recordings, obfuscates their channels, moves them in time and serves them. Rejects as `startMockGateway` does. */
export async function serveSources(
  sources: RecordingSources,
  { allowRemote, toUs, hidden, log, ...options }: SourceServing,
): Promise<ServedSources> {
  checkRemote({ listen: options.listen, allowRemote }, MOCK_SERVER, log);
  const host = systemHost(log);
  const loaded = loadRecordings(sources);
  const old = loaded.map(({ recording }) => recording);
  const today = hidden === undefined ? old : obfuscated(old, hidden);
  const recordings = toUs === undefined ? today : rebased(today, toUs, host.log);
  const gateway = await serveRecordings(recordings, { ...options, host });
  return { gateway, sessions: loaded.flatMap(({ session }) => session ?? []) };
}

/** Recordings that begin at `toUs` (µs since the Unix epoch), or unchanged if they hold no time. */
export function rebased(recordings: readonly Recording[], toUs: number, log: Log): readonly Recording[] {
  const moved = rebase(recordings, toUs);
  if (moved === null)
    log('warn', 'no recorded message says when it was made: no time is moved', 'rebase_nothing');
  return moved ?? recordings;
}

/** Recordings as a gateway of today would have sent them. Throws a UsageError for a channel that none of them has. */
function obfuscated(
  recordings: readonly Recording[],
  hidden: 'permissions' | readonly string[],
): readonly Recording[] {
  if (hidden === 'permissions') return recordings.map((recording) => obfuscate(recording, hidden));
  const known = new Set(recordings.flatMap((recording) => [...listChannels(recording)]));
  const stray = hidden.find((id) => !known.has(id));
  if (stray !== undefined) {
    const some = [...known].slice(0, SHOWN_CHANNELS).join(', ');
    throw new UsageError(
      `channel ${stray} is not in the recording`,
      known.size === 0 ? 'no guild in it has channels' : `name one that is, such as ${some}`,
    );
  }
  return recordings.map((recording) => obfuscate(recording, new Set(hidden)));
}
