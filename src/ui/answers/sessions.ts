/**
 * Sessions and their connections.
 */
import type { Flow } from '../../flow/diagram.js';
import type { PageSender, PageHead, PageEvent, PageMark, Progress } from './head.js';
import type { TakeAnswer } from './tools.js';

/** A session: a lane. */
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

/** A connection: a bar in the lane of its session. */
export interface ConnectionBar {
  readonly id: number;
  /** Null if no session began or resumed on it. */
  readonly sessionId: number | null;
  readonly captureId: number;
  readonly openedAtUs: number;
  /** Null while it is open, or when the recorder was killed; `lastAtUs` then is the last sign of it. */
  readonly closedAtUs: number | null;
  readonly lastAtUs: number | null;
  /** How it began: with IDENTIFY, RESUME, or neither. */
  readonly began: 'identify' | 'resume' | 'none';
  /** `open`, `clean` (1000, 1001), `resumable`, `fatal` (the session cannot go on), `lost` (without a close), `refused`. */
  readonly end: 'open' | 'clean' | 'resumable' | 'fatal' | 'lost' | 'refused';
  readonly closeCode: number | null;
  readonly closedBy: PageSender | 'proxy' | null;
  /** How it ended, in words. */
  readonly inWords: string;
  readonly transport: string;
  readonly service: string | null;
  readonly frames: number;
  readonly wireBytes: number;
  readonly payloadBytes: number;
  readonly upgradeStatus: number;
  /** How many more upgrades failed alike. */
  readonly repeats: number;
}

/** `/sessions`: lanes, without those that have nothing in the span of time. */
export interface SessionsAnswer extends PageHead {
  /** The newest 500, by shard and then by time. */
  readonly sessions: readonly SessionLane[];
  /** Whether there are more. */
  readonly areSessionsCut: boolean;
  /** The newest 2,000, in the order of opening. */
  readonly connections: readonly ConnectionBar[];
  readonly areConnectionsCut: boolean;
  readonly marks: readonly PageMark[];
  readonly areMarksCut: boolean;
  /** Round trips by connection, at most 10,000 in all: evenly chosen, each missed one kept as long as there is room. */
  readonly heartbeats: readonly {
    readonly connectionId: number;
    /** `[sentAtUs, rttUs]`; null for a missed one. */
    readonly points: readonly (readonly [number, number | null])[];
  }[];
}

/** `/sessions/ID`: one session, with its connections, and how to play it. */
export interface SessionAnswer extends SessionsAnswer {
  readonly session: SessionLane;
  /** Opcodes and events of the session, the most frequent first. */
  readonly events: readonly PageEvent[];
  readonly commands: TakeAnswer['commands'];
}

/** `/flow`: a stretch as a sequence diagram, of a session or of the selection; at most 300 steps. */
export interface FlowAnswer extends PageHead {
  readonly progress: Progress;
  /** Null until it is complete. */
  readonly flow: Flow | null;
}
