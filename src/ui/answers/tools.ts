/**
 * Words to complete, SQL, what can be taken away, and what is new.
 */

/** `/words`: what the filter box can complete. It does not change while the page is open, but for events and ops. */
export interface WordsAnswer {
  readonly keys: readonly {
    readonly name: string;
    readonly about: string;
    readonly expected: string;
    /** Values that it can have; empty where there are too many. */
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
  /** What a click hides, as terms to add, such as `heartbeats`: `-op:HEARTBEAT,HEARTBEAT_ACK`. */
  readonly hidden: readonly { readonly name: string; readonly filter: string }[];
}

/** `/sql`: the statement that lists what one sees, for `gatetape sql` or any other tool. */
export interface SqlAnswer {
  readonly sql: string;
  /** Why another tool cannot run it, or null: some conditions are functions of gatetape. */
  readonly remark: string | null;
}

/** `/take`: what can be taken away of the selection. */
export interface TakeAnswer {
  /** Addresses of files to save. */
  readonly files: readonly {
    readonly form: 'tape' | 'har' | 'jsonl' | 'csv';
    readonly href: string;
    readonly name: string;
    /** Why it cannot be had for this selection, or null. */
    readonly refusal: string | null;
  }[];
  /** Lines for a shell, such as `gatetape mock --session 1 --db FILE`. */
  readonly commands: readonly { readonly about: string; readonly command: string }[];
}

/** `/live`: an event of the stream, at most five a second, and one every 15 s while nothing happens. */
export interface LiveEvent {
  /** Greatest id of a frame. */
  readonly lastId: number;
  /** Greatest id of a REST call; 0 if there are none. */
  readonly lastCallId: number;
  /** Time of the newest frame, or null. */
  readonly lastAtUs: number | null;
  /** Since the event before, of all frames. */
  readonly frames: number;
  readonly wireBytes: number;
  /** Frames since the stream began that pass the filter; `isAtLeast` if not all could be tested in time. */
  readonly passed: number;
  readonly isAtLeast: boolean;
  /** Over the last seconds. */
  readonly perSecond: number;
  readonly openConnections: number;
  readonly isRecording: boolean;
  /** Findings of the last run of lint, or null before the first. */
  readonly findings: number | null;
  /** Whether the file was replaced by another one, so that ids mean something else: load everything again. */
  readonly isReplaced: boolean;
}
