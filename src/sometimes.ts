/**
 * Sometimes: names of places in the recording that are reached rarely, when something is full, lost or broken.
 *
 * A simulation listens, and fails if it never reached one of them: it would prove nothing about it. Otherwise nothing
 * listens. No place is on the way of every chunk or frame.
 */

/** Places that are reached sometimes. */
export const RARE_POINTS = [
  'an entry went around the end of the ring',
  'the ring was full',
  'a gap was sent to the recorder',
  'bytes of half a frame were counted after a death',
  'threads were revived',
  'recording waited for the database',
  'connections were left out',
  'SQLITE_BUSY',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'a file was lost',
  'a reader kept the log beside the file',
  'a message waited beside the ring',
  'a REST body was cut',
  'the database was rotated',
  'a file that had been put aside was deleted',
  'old frames made room',
] as const;

/** One of `RARE_POINTS`. */
export type RarePoint = (typeof RARE_POINTS)[number];

let listener: ((point: RarePoint) => void) | null = null;

/** The calling place was reached. */
export function sometimes(point: RarePoint): void {
  listener?.(point);
}

/** From now on calls `listen` for each place that is reached; null ends that. */
export function watchSometimes(listen: ((point: RarePoint) => void) | null): void {
  listener = listen;
}
