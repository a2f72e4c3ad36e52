/**
 * Frames: the list, and one of them.
 */
import type { PageFamily, PageSender, PageSeverity, Progress, PageHead } from './head.js';
import type { CallLine } from './calls.js';

/** A finding of lint, as a frame or a list shows it. */
export interface FindingMark {
  readonly rule: string;
  readonly severity: PageSeverity;
  readonly message: string;
}

/** A line of the list of frames. */
export interface FrameLine {
  readonly id: number;
  readonly connectionId: number;
  readonly sessionId: number | null;
  readonly frameNo: number;
  readonly atUs: number;
  readonly sender: PageSender;
  readonly kind: 'text' | 'binary' | 'ping' | 'pong' | 'close';
  /** `ok`, `partial`, `control`, or the reason why it could not be decoded. */
  readonly status: string;
  readonly op: number | null;
  readonly opName: string | null;
  readonly event: string | null;
  readonly family: PageFamily;
  readonly seq: number | null;
  readonly wireBytes: number;
  readonly payloadBytes: number | null;
  readonly closeCode: number | null;
  /** The first meaningful words, such as `#general wren: !ping`: at most 200 characters of plain text. */
  readonly words: string;
  /** Findings of lint so far (`/findings`). */
  readonly findings: readonly FindingMark[];
}

/** `/frames`: a window of the list, always in ascending order. */
export interface FramesAnswer extends PageHead {
  readonly frames: readonly FrameLine[];
  /**
   * Whether the search has ended: at the limit, or at the end of the recording. If not, it ran out of time, and
   * `previous` or `next` says where it goes on.
   */
  readonly isComplete: boolean;
  /** Frame ids that this request looked at. */
  readonly searched: number;
  /** Query parameters of the window before and after; null at the ends. */
  readonly previous: { readonly before: number } | null;
  readonly next: { readonly after: number } | null;
  /** Number of frames that pass: exact from roll-ups, else an upper bound; `/frames/count` counts them. */
  readonly count: { readonly frames: number; readonly isExact: boolean };
  /**
   * Position of the window for the scroll bar: the part of the recording's ids before its first frame, from 0 to 1.
   * Null if the window is empty.
   */
  readonly position: number | null;
}

/** `/frames/count`: counts the frames that pass, one by one. */
export interface FrameCountAnswer extends PageHead {
  readonly progress: Progress;
  readonly frames: number;
}

/** A frame that is related to another one. */
export interface PairedFrame {
  /** `acknowledges`, `acknowledged by`, `answers`, `answered by`, `resumes`, `identified by`. */
  readonly relation: string;
  readonly id: number;
  readonly atUs: number;
  /** Time from the shown frame to this one; negative if this one was earlier. */
  readonly afterUs: number;
  readonly opName: string | null;
  readonly event: string | null;
}

/** An id in a payload that other frames can have too. */
export interface LinkedId {
  readonly type: 'guild' | 'channel' | 'user';
  readonly id: string;
  /** Filter for the frames with this id, such as `guild:123`. */
  readonly filter: string;
}

/** `/frames/ID`: one frame. */
export interface FrameAnswer extends PageHead {
  readonly frame: FrameLine;
  /**
   * Payload as JSON text, exactly as recorded; null without one. It can have megabytes; lone surrogates are escaped.
   */
  readonly payloadText: string | null;
  /** Whether the text is cut, because it has more than 16 Mi characters. */
  readonly isPayloadCut: boolean;
  /** Raw bytes, which are kept of control frames, undecodable frames and payloads in ETF. */
  readonly bytes: {
    readonly sizeBytes: number;
    /** The first 64 KiB. */
    readonly base64: string;
  } | null;
  /** Of a close frame. */
  readonly close: {
    readonly code: number | null;
    readonly name: string | null;
    readonly reason: string;
    /** Meaning of the code, and whether the client may resume; null for an unknown code. */
    readonly inWords: string | null;
  } | null;
  /** Sentence on the opcode; null if it is unknown. */
  readonly opAbout: string | null;
  /** Names of the bits of IDENTIFY. */
  readonly intents: readonly string[] | null;
  readonly capabilities: readonly string[] | null;
  /** Neighbours in the list of the selection; null at its ends, and if the search took too long. */
  readonly previousId: number | null;
  readonly nextId: number | null;
  /** Previous frame of either side on the same connection, and the time since then; null for the first one. */
  readonly before: { readonly id: number; readonly atUs: number; readonly sinceUs: number } | null;
  readonly paired: readonly PairedFrame[];
  /** REST calls that began within 2 s before or after, the nearest 20. */
  readonly calls: readonly CallLine[];
  readonly ids: readonly LinkedId[];
  /** Service of the connection, such as `gateway` or `voice`; null if it is not known. */
  readonly service: string | null;
  readonly transport: string;
  /** The message to draw; null if the payload is not one. */
  readonly message: MessageCard | null;
}

/** A chat message as the page draws it. All texts are plain text from the recording. */
export interface MessageCard {
  readonly author: string;
  readonly authorId: string | null;
  readonly isBot: boolean;
  readonly content: string;
  readonly channelId: string | null;
  readonly guildId: string | null;
  readonly embeds: readonly { readonly title: string | null; readonly description: string | null }[];
  readonly attachments: readonly { readonly name: string; readonly sizeBytes: number | null }[];
}
