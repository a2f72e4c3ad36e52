/**
 * Call lines: REST calls as lists show them, and those near a moment.
 */
import type { ExchangeRow } from '../capture/columns.js';
import type { CaptureReader } from '../store/reader.js';
import type { CallLine } from './answers.js';

/** How near calls have to be, in µs, and how many are listed. */
export const NEAR_US = 2_000_000;
const MOST_NEAR = 20;
/** Calls that are looked at for the nearest ones. */
const MOST_LOOKED_AT = 500;

/** A call as a line. */
export function toCallLine(row: ExchangeRow): CallLine {
  const { id, startedAtUs, durationUs, method, path, route, status, fault, requestBytes, responseBytes } =
    row;
  return { id, startedAtUs, durationUs, method, path, route, status, fault, requestBytes, responseBytes };
}

/** Calls that began near a moment, the nearest ones, in the order of time. */
export function readNearCalls(reader: CaptureReader, atUs: number): readonly CallLine[] {
  const near = { sinceUs: Math.max(0, atUs - NEAR_US), untilUs: atUs + NEAR_US, limit: MOST_LOOKED_AT };
  const distance = ({ startedAtUs }: CallLine): number => Math.abs(startedAtUs - atUs);
  return Array.from(reader.exchanges(near), toCallLine)
    .sort((one, other) => distance(one) - distance(other))
    .slice(0, MOST_NEAR)
    .sort((one, other) => one.startedAtUs - other.startedAtUs);
}
