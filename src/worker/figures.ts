/**
 * Figures: sums over the current capture, in memory that both threads share.
 *
 * The recorder thread writes them after each transaction, so what they count is in the database. Anyone
 * may read them at any time without a message; one figure may then be a transaction older than the next.
 */

/** Names of the figures, in the order in which they are printed. */
export const FIGURE_NAMES = [
  'connections',
  'frames',
  'payloads', // frames that held or completed a payload
  'undecodable', // frames that should have, and did not
  'gaps', // stretches of traffic that were relayed but not recorded
  'wireBytes', // WebSocket payload bytes as they crossed the wire
  'payloadBytes', // after decompression, before redaction
] as const;

/** Sums over one capture. */
export type Figures = Readonly<Record<(typeof FIGURE_NAMES)[number], number>>;

/** Memory for one set of figures, all zero. */
export function createFigures(): SharedArrayBuffer {
  return new SharedArrayBuffer(FIGURE_NAMES.length * BigInt64Array.BYTES_PER_ELEMENT);
}

/** Makes `figures` visible to every thread that has `buffer`. */
export function writeFigures(buffer: SharedArrayBuffer, figures: Figures): void {
  const cells = new BigInt64Array(buffer);
  FIGURE_NAMES.forEach((name, index) => Atomics.store(cells, index, BigInt(figures[name])));
}

/** Figures as they were last written. */
export function readFigures(buffer: SharedArrayBuffer): Figures {
  const cells = new BigInt64Array(buffer);
  const entries = FIGURE_NAMES.map((name, index) => [name, Number(Atomics.load(cells, index))] as const);
  return Object.fromEntries(entries) as Figures;
}
