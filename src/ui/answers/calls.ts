/**
 * REST calls: the list, and one of them.
 */
import type { FrameLine } from './frame-lines.js';
import type { PageHead } from './head.js';
import type { CallsOverTime } from './overview.js';

/** A line of the list of REST calls. */
export interface CallLine {
  readonly id: number;
  readonly startedAtUs: number;
  readonly durationUs: number;
  readonly method: string;
  readonly path: string;
  readonly route: string;
  /** Null without an answer. */
  readonly status: number | null;
  readonly fault: string | null;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** `/rest`: a window of the calls, in the order in which they began. */
export interface CallsAnswer extends PageHead {
  readonly calls: readonly CallLine[];
  /** Query parameters of the window before and after; null at the ends. */
  readonly previous: { readonly before: string } | null;
  readonly next: { readonly after: string } | null;
  readonly overTime: CallsOverTime;
  /** By method and route, the most frequent first, at most 200. */
  readonly routes: readonly {
    readonly method: string;
    readonly route: string;
    readonly calls: number;
    readonly errors: number;
    readonly durationP50Us: number | null;
    readonly durationP99Us: number | null;
    readonly requestBytes: number;
    readonly responseBytes: number;
  }[];
}

/** `/rest/ID`: one call. */
export interface CallAnswer extends PageHead {
  readonly call: CallLine;
  readonly userAgent: string | null;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly request: CallBody;
  readonly response: CallBody;
  /** The nearest 50 frames of the same capture within 2 s of the call. */
  readonly around: readonly FrameLine[];
  readonly previousId: number | null;
  readonly nextId: number | null;
  /** Shell command that repeats the call; it reads the token from a variable. */
  readonly curl: string;
}

/** Body of a request or an answer. */
export interface CallBody {
  readonly contentType: string | null;
  readonly wireBytes: number;
  /** Whether the text is only a part of the body. */
  readonly isCut: boolean;
  /** Decoded and redacted; null if no text was kept. */
  readonly text: string | null;
}
