/**
 * Call lines: REST calls as rows of a list, and the calls near a time.
 */
import type { ExchangeRow } from '../capture/columns.js';
import type { CaptureReader } from '../store/reader.js';
import type { CallLine } from './answers.js';

/** Greatest distance of a near call in µs, and most near calls that are listed. */
export const NEAR_US = 2_000_000;
const MOST_NEAR = 20;
/** Most calls that are read to find the nearest ones. */
const MOST_LOOKED_AT = 500;

/** Converts a call to a row of a list. */
export function toCallLine(row: ExchangeRow): CallLine {
  const { id, startedAtUs, durationUs, method, path, route, status, fault, requestBytes, responseBytes } =
    row;
  return { id, startedAtUs, durationUs, method, path, route, status, fault, requestBytes, responseBytes };
}

/** The nearest calls to a time, in the order of time. */
export function readNearCalls(reader: CaptureReader, atUs: number): readonly CallLine[] {
  const near = { sinceUs: Math.max(0, atUs - NEAR_US), untilUs: atUs + NEAR_US, limit: MOST_LOOKED_AT };
  const distance = ({ startedAtUs }: CallLine): number => Math.abs(startedAtUs - atUs);
  return Array.from(reader.exchanges(near), toCallLine)
    .sort((one, other) => distance(one) - distance(other))
    .slice(0, MOST_NEAR)
    .sort((one, other) => one.startedAtUs - other.startedAtUs);
}
