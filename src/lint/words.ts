/**
 * Words of findings: times and names for people.
 */
import { opcodeName } from '../gateway/opcodes.js';

/** Names of the sources of most rules. */
export const SOURCES = {
  gateway: 'Discord Docs/Gateway',
  events: 'Discord Docs/Gateway Events',
  codes: 'Discord Docs/Opcodes and Status Codes',
  limits: 'Discord Docs/Rate Limits',
  food: 'docs.discord.food/gateway/using-gateway',
  foodCodes: 'docs.discord.food/gateway/opcodes-and-close-codes',
  websocket: 'RFC 6455',
} as const;

/** A span of µs in seconds: `41.3 s`. */
export function inSeconds(us: number): string {
  const seconds = us / 1_000_000;
  return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
}

/** An opcode with its name: `2 (IDENTIFY)`. */
export function nameOp(op: number | null): string {
  if (op === null) return 'no opcode';
  const name = opcodeName(op);
  return name === null ? `op ${op}` : `op ${op} (${name})`;
}

/** Median of at least one number. */
export function findMedian(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
