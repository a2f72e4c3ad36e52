/**
 * Context of every answer: the file, the desk for long computations, the settings, and the latest findings.
 */
import type { ViewTexts } from '../filter/views.js';
import type { Thresholds } from '../lint/thresholds.js';
import type { Desk } from './desk.js';
import type { LatestFindings } from './latest-findings.js';
import type { PageFile } from './page-file.js';

/** Sources of answers. */
export interface PageContext {
  readonly file: PageFile;
  readonly desk: Desk;
  readonly findings: LatestFindings;
  /** Saved filters by name, from the settings. */
  readonly views: ViewTexts;
  /** Thresholds of lint, from the settings. */
  readonly thresholds: Partial<Thresholds>;
}
