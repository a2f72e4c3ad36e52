/**
 * Messages between the caller's thread and the page's: what it is to serve, and what became of it.
 */
import type { ViewTexts } from '../filter/views.js';
import type { Thresholds } from '../lint/thresholds.js';
import type { ListenAddress } from '../serving/address.js';
import type { ThreadFailure } from '../worker/boundary.js';

/** What the page's thread is given when it starts. */
export interface PageOrder {
  readonly path: string;
  readonly listen: ListenAddress;
  /** Null where only this machine can ask. */
  readonly token: string | null;
  readonly views: ViewTexts;
  readonly thresholds: Partial<Thresholds>;
  /** Base URL of the recorder's REST API; null without a recorder. */
  readonly apiUrl: string | null;
  readonly version: string;
  /** Folder of the built page. */
  readonly folder: string;
}

/** What it says. */
export type PageNotice =
  | { readonly type: 'listening'; readonly authority: string }
  | { readonly type: 'report'; readonly line: string }
  | { readonly type: 'failed'; readonly failure: ThreadFailure };

/** The one message that it gets: to end. */
export const END = 'end';
