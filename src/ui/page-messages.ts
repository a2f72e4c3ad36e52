/**
 * Messages between the caller's thread and the page's thread.
 */
import type { ViewTexts } from '../filter/views.js';
import type { Thresholds } from '../lint/thresholds.js';
import type { ListenAddress } from '../serving/address.js';
import type { ThreadFailure } from '../worker/boundary.js';

/** `workerData` of the page's thread. */
export interface PageOrder {
  readonly path: string;
  readonly listen: ListenAddress;
  /** Null if only this machine can reach the page. */
  readonly token: string | null;
  readonly views: ViewTexts;
  readonly thresholds: Partial<Thresholds>;
  /** Base URL of the recorder's REST API; null without a recorder. */
  readonly apiUrl: string | null;
  readonly version: string;
  /** Folder of the built page. */
  readonly folder: string;
}

/** Messages of the page's thread. */
export type PageNotice =
  | { readonly type: 'listening'; readonly authority: string }
  | { readonly type: 'report'; readonly line: string }
  | { readonly type: 'failed'; readonly failure: ThreadFailure };

/** The only message to it: an order to end. */
export const END = 'end';
