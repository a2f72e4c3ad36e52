/**
 * Head of every answer: the recording, the selection, figures, marks and what failed.
 */

/** Families of payloads, each with a colour of its own, in the order of the colours. */
export type PageFamily =
  'message' | 'presence' | 'guild' | 'member' | 'session' | 'trouble' | 'voice' | 'other';

/** Side that sent something. */
export type PageSender = 'client' | 'gateway';

/** How bad a finding is. */
export type PageSeverity = 'error' | 'warning' | 'info';

/** Answer to a request that failed; the status is 4xx or 5xx. */
export interface FailureAnswer {
  readonly error: {
    /** What happened. */
    readonly message: string;
    /** What to do. */
    readonly hint: string;
    /** Position in the text of the filter, from 1; null if the filter is not to blame. */
    readonly column: number | null;
  };
}

/**
 * How far a long computation has come. While `isComplete` is false the rest of the answer is what is known so far, and
 * the same address answers more a moment later.
 */
export interface Progress {
  readonly isComplete: boolean;
  /** Frames looked at, and how many there are to look at. */
  readonly done: number;
  readonly total: number;
}

/** From `fromUs` on, and before `untilUs`. */
export interface PageSpan {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** The recording as a whole, whatever is selected: in each answer of a view. */
export interface PageSource {
  /** Name of the file, without its folder. */
  readonly name: string;
  /** Path of the file, as it was given. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Whether a recorder has begun a capture that has not ended. */
  readonly isRecording: boolean;
  /** Greatest id of a frame; 0 if there are none. */
  readonly lastId: number;
  /** Time of everything: frames, connections, gaps, REST calls; null if there is nothing. */
  readonly span: PageSpan | null;
  /** Base URL of the recorder's REST API, for an empty recording; null for `gatetape ui`. */
  readonly apiUrl: string | null;
  readonly version: string;
}

/** What is selected, as the server has read it. */
export interface PageSelection {
  /** The filters in one text, in the spelling of gatetape; empty for everything. */
  readonly filter: string;
  readonly fromUs: number | null;
  readonly untilUs: number | null;
  /** Whether roll-ups answer it; otherwise frames are looked at one by one, which takes time. */
  readonly isQuick: boolean;
}

/** Head of every answer of a view. */
export interface PageHead {
  readonly source: PageSource;
  readonly selection: PageSelection;
}

/** Sums over frames. */
export interface PageFigures {
  readonly frames: number;
  /** Per second of the time from first to last; null when that is one instant. */
  readonly perSecond: number | null;
  readonly wireBytes: number;
  readonly payloadBytes: number;
  /** Payload bytes per wire byte; null without payloads. */
  readonly ratio: number | null;
  readonly firstAtUs: number | null;
  readonly lastAtUs: number | null;
}

/** A line of the table of opcodes and events. */
export interface PageEvent extends PageFigures {
  readonly op: number | null;
  /** Null for an unknown opcode, and for a frame without a payload. */
  readonly opName: string | null;
  readonly event: string | null;
  readonly sender: PageSender;
  readonly family: PageFamily;
  /** False for an opcode or an event that no public documentation has. */
  readonly isKnown: boolean;
  /** Part of the selection's frames, from 0 to 1. */
  readonly share: number;
}

/** Something to mark on the time ruler. */
export interface PageMark {
  /**
   * `gap`: bytes that were not recorded, with an end. `open`, `close`, `resume`, `identify`: of a connection.
   * `reconnect`, `invalid`: orders of the gateway. `failed`: an upgrade that was refused.
   */
  readonly type: 'gap' | 'open' | 'close' | 'resume' | 'identify' | 'reconnect' | 'invalid' | 'failed';
  readonly atUs: number;
  /** End of a gap; else null. */
  readonly untilUs: number | null;
  readonly connectionId: number;
  readonly sessionId: number | null;
  /** Frame that shows it, or null. */
  readonly frameId: number | null;
  readonly isTrouble: boolean;
  /** In a few words, such as `closed by gateway: 4009 Session timed out`. */
  readonly text: string;
}
