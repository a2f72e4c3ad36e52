/**
 * Sessions and their connections.
 */
import type { Flow } from '../../flow/diagram.js';
import type { PageSender, PageHead, PageEvent, PageMark, Progress } from './head.js';
import type { TakeAnswer } from './tools.js';

/** A session, drawn as a lane. */
export interface SessionLane {
  readonly id: number;
  readonly alias: string | null;
  readonly userId: string | null;
  readonly shard: readonly [number, number] | null;
  readonly library: string | null;
  readonly frames: number;
  readonly resumes: number;
  readonly firstAtUs: number | null;
  readonly lastAtUs: number | null;
  readonly lastSeq: number | null;
}

/** A connection, drawn as a bar in the lane of its session. */
export interface ConnectionBar {
  readonly id: number;
  /** Null if no session began or resumed on it. */
  readonly sessionId: number | null;
  readonly captureId: number;
  readonly openedAtUs: number;
  /** Null while it is open, and if the recorder was killed; `lastAtUs` is its last record then. */
  readonly closedAtUs: number | null;
  readonly lastAtUs: number | null;
  /** Begin of the connection: IDENTIFY, RESUME, or neither. */
  readonly began: 'identify' | 'resume' | 'none';
  /** `open`, `clean` (1000, 1001), `resumable`, `fatal` (the session cannot go on), `lost` (without a close), `refused`. */
  readonly end: 'open' | 'clean' | 'resumable' | 'fatal' | 'lost' | 'refused';
  readonly closeCode: number | null;
  readonly closedBy: PageSender | 'proxy' | null;
  /** Its end in words. */
  readonly inWords: string;
  readonly transport: string;
  readonly service: string | null;
  readonly frames: number;
  readonly wireBytes: number;
  readonly payloadBytes: number;
  readonly upgradeStatus: number;
  /** Number of further upgrades that failed in the same way. */
  readonly repeats: number;
}

/** `/sessions`: lanes with something in the span of time. */
export interface SessionsAnswer extends PageHead {
  /** The newest 500, by shard and then by time. */
  readonly sessions: readonly SessionLane[];
  /** Whether older sessions were left out. */
  readonly areSessionsCut: boolean;
  /** The newest 2,000, in the order of opening. */
  readonly connections: readonly ConnectionBar[];
  readonly areConnectionsCut: boolean;
  readonly marks: readonly PageMark[];
  readonly areMarksCut: boolean;
  /** Round trips by connection, at most 10,000 in all: a regular sample, which keeps missed ones first. */
  readonly heartbeats: readonly {
    readonly connectionId: number;
    /** `[sentAtUs, rttUs]`; null for a missed one. */
    readonly points: readonly (readonly [number, number | null])[];
  }[];
}

/** `/sessions/ID`: one session, its connections, and the command that plays it. */
export interface SessionAnswer extends SessionsAnswer {
  readonly session: SessionLane;
  /** Opcodes and events of the session, the most frequent first. */
  readonly events: readonly PageEvent[];
  readonly commands: TakeAnswer['commands'];
}

/** `/flow`: a session or the selection as a sequence diagram of at most 300 steps. */
export interface FlowAnswer extends PageHead {
  readonly progress: Progress;
  /** Null until it is complete. */
  readonly flow: Flow | null;
}
