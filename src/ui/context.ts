/**
 * Context of every answer: the file, the desk for what takes long, the settings, and the latest findings.
 */
import type { ViewTexts } from '../filter/views.js';
import type { Thresholds } from '../lint/thresholds.js';
import type { Desk } from './desk.js';
import type { LatestFindings } from './latest-findings.js';
import type { PageFile } from './page-file.js';

/** What answers are made from. */
export interface PageContext {
  readonly file: PageFile;
  readonly desk: Desk;
  readonly findings: LatestFindings;
  /** Filters with names, of the settings. */
  readonly views: ViewTexts;
  /** Thresholds of lint, of the settings. */
  readonly thresholds: Partial<Thresholds>;
}
