/**
 * Completions, SQL, downloads and commands, and the stream of news.
 */

/** `/words`: completions for the filter box. Only events and ops change while the page is open. */
export interface WordsAnswer {
  readonly keys: readonly {
    readonly name: string;
    readonly about: string;
    readonly expected: string;
    /** Its possible values; empty if they are too many. */
    readonly values: readonly string[];
  }[];
  /** The recorded ones first, the most frequent first. */
  readonly events: readonly { readonly name: string; readonly frames: number }[];
  readonly ops: readonly { readonly op: number; readonly name: string; readonly frames: number }[];
  readonly views: readonly {
    readonly name: string;
    readonly filter: string;
    readonly source: 'built-in' | 'settings';
  }[];
  /** Terms that hide frequent frames with one click, such as `heartbeats`: `-op:HEARTBEAT,HEARTBEAT_ACK`. */
  readonly hidden: readonly { readonly name: string; readonly filter: string }[];
}

/** `/sql`: the statement of the shown list, for `gatetape sql` or another tool. */
export interface SqlAnswer {
  readonly sql: string;
  /** Why another tool cannot run it, because some conditions are functions of gatetape; else null. */
  readonly remark: string | null;
}

/** `/take`: files and commands for the selection. */
export interface TakeAnswer {
  /** Files to download. */
  readonly files: readonly {
    readonly form: 'tape' | 'har' | 'jsonl' | 'csv';
    readonly href: string;
    readonly name: string;
    /** Why this selection has no such file, or null. */
    readonly refusal: string | null;
  }[];
  /** Lines for a shell, such as `gatetape mock --session 1 --db FILE`. */
  readonly commands: readonly { readonly about: string; readonly command: string }[];
}

/** `/live`: an event of the stream; at most five a second, at least one every 15 s. */
export interface LiveEvent {
  /** Greatest id of a frame. */
  readonly lastId: number;
  /** Greatest id of a REST call; 0 if there are none. */
  readonly lastCallId: number;
  /** Time of the newest frame, or null. */
  readonly lastAtUs: number | null;
  /** Frames since the last event, whether they pass the filter or not. */
  readonly frames: number;
  readonly wireBytes: number;
  /** Frames since the stream began that pass the filter; a lower bound with `isAtLeast`, if the tests took too long. */
  readonly passed: number;
  readonly isAtLeast: boolean;
  /** Average of the last seconds. */
  readonly perSecond: number;
  readonly openConnections: number;
  readonly isRecording: boolean;
  /** Number of findings of the last run of lint; null before the first one. */
  readonly findings: number | null;
  /** Whether another file is at the path now. Its ids are other ones, so the page loads everything again. */
  readonly isReplaced: boolean;
}
