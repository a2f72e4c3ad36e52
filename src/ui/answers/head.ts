/**
 * Head of every answer: the recording and the selection; also figures, marks and errors, which several answers have.
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
 * Progress of a long computation. While `isComplete` is false, the rest of the answer is the result so far; the same
 * address gives a newer one a moment later.
 */
export interface Progress {
  readonly isComplete: boolean;
  /** Frames that were read, and frames to read in all. */
  readonly done: number;
  readonly total: number;
}

/** From `fromUs`, inclusive, to `untilUs`, exclusive. */
export interface PageSpan {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** The whole recording, whatever is selected; part of each answer of a view. */
export interface PageSource {
  /** Name of the file, without its folder. */
  readonly name: string;
  /** Path of the file, as it was given. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Whether a recorder is writing a capture now. */
  readonly isRecording: boolean;
  /** Greatest id of a frame; 0 without frames. */
  readonly lastId: number;
  /** Time of all frames, connections, gaps and REST calls; null for an empty recording. */
  readonly span: PageSpan | null;
  /** Base URL of the recorder's REST API, for an empty recording; null for `gatetape ui`. */
  readonly apiUrl: string | null;
  readonly version: string;
}

/** The selection as the server understands it. */
export interface PageSelection {
  /** The filters in one text, in the spelling of gatetape; empty for everything. */
  readonly filter: string;
  readonly fromUs: number | null;
  readonly untilUs: number | null;
  /** Whether roll-ups are enough; otherwise frames are read one by one, which takes time. */
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
  /** Frames a second between the first and the last one; null if both have the same time. */
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
  /** False for an opcode or an event without public documentation. */
  readonly isKnown: boolean;
  /** Part of the selection's frames, from 0 to 1. */
  readonly share: number;
}

/** An event for the time ruler. */
export interface PageMark {
  /**
   * `gap`: bytes that were not recorded, with an end. `open`, `close`, `resume`, `identify`: of a connection.
   * `reconnect`, `invalid`: RECONNECT and INVALID_SESSION. `failed`: an upgrade that was refused.
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
  /** A short text, such as `closed by gateway: 4009 Session timed out`. */
  readonly text: string;
}
