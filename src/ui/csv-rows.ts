/**
 * Rows of CSV: the data of a view for a spreadsheet. A text that a spreadsheet would run as a formula gets an apostrophe.
 */
import { csvLine } from '../library/forms/csv-cells.js';
import type { CallsAnswer, FindingsAnswer, FramesAnswer, OverviewAnswer, SessionsAnswer } from './answers.js';

/** Rows of an answer. The table of routes gives `list` answers of its type. */
function makeRows(list: (answer: never) => readonly object[]): (answer: object) => string {
  return (answer) => toCsv(list(answer as never));
}

/** The table of opcodes and events. */
export const eventsAsRows = makeRows(({ events }: OverviewAnswer) => events);

/** A window of frames. */
export const framesAsRows = makeRows(({ frames }: FramesAnswer) =>
  frames.map(({ findings, ...line }) => ({ ...line, findings: findings.map(({ rule }) => rule) })),
);

/** Connections, with columns of their sessions. */
export const sessionsAsRows = makeRows(({ connections }: SessionsAnswer) => connections);

/** A window of REST calls. */
export const callsAsRows = makeRows(({ calls }: CallsAnswer) => calls);

/** Findings of lint. */
export const findingsAsRows = makeRows(({ findings }: FindingsAnswer) => findings);

function toCsv(rows: readonly object[]): string {
  const keys = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) =>
    csvLine(
      keys.map((key) => (row as Readonly<Record<string, unknown>>)[key]),
      true,
    ),
  );
  return [csvLine(keys, true), ...lines].map((line) => `${line}\r\n`).join('');
}
