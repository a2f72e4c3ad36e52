/** Faults of a run, drawn from the whole catalogue, with every kind of WHEN. */
import { findCloseCode } from '../../../src/gateway/close-codes.js';
import {
  type Fault,
  FAULT_NAMES,
  type FaultArgument,
  type FaultName,
  faultRow,
  type When,
} from '../../../src/replay/faults/catalogue.js';
import type { Random } from '../random.js';

/** Faults that act on a gateway; the other one acts on API requests. */
export const GATEWAY_FAULTS: readonly FaultName[] = FAULT_NAMES.filter((name) => name !== 'api-503');

/** Draws some. */
export function drawFaults(random: Random): readonly Fault[] {
  return Array.from({ length: random.below(4) }, () => {
    const name = random.pick(GATEWAY_FAULTS);
    const { argument } = faultRow(name);
    return { name, arg: argument === null ? null : drawArgument(random, argument), when: drawWhen(random) };
  });
}

function drawArgument(random: Random, { unit }: FaultArgument): Fault['arg'] {
  switch (unit) {
    case 'boolean':
    case 'suffix':
      return random.chance(0.5);
    case 'close code':
      return random.pick([1000, 1001, 4000, 4001, 4004, 4007, 4009, 4014]);
    case 'bytes':
      return random.skewed(100, 20_000);
    case 'ms':
    case 's':
      return random.skewed(1, 60_000_000);
  }
}

/** Draws when a fault is due. */
export function drawWhen(random: Random): When {
  switch (random.below(6)) {
    case 0:
      return { type: 'seq', seq: random.skewed(1, 30) };
    case 1:
      return { type: 'op', op: random.pick([0, 1, 2, 6, 10, 11]) };
    case 2:
      return { type: 'event', pattern: random.pick([/^A$/, /^READY$/, /^RESUMED$/, /^G/]) };
    case 3:
      return { type: 'age', us: random.skewed(1, 10_000_000) };
    case 4:
      return { type: 'chance', probability: random.pick([0.01, 0.1]) };
    default:
      return { type: 'default' };
  }
}

/** Whether a fault, by design, can keep a recording from being played to its end. */
export function mayEndUnplayed({ name, arg, when }: Fault): boolean {
  if (when.type === 'chance') return true;
  if (name === 'resume-refused' || name === 'invalid-session') return true;
  return name === 'close' && findCloseCode(Number(arg))?.isResumable !== true;
}

/** Whether a client, by design, never gets a dispatch of its session, or gets one before READY. */
export function mayLose({ name }: Fault): boolean {
  return name === 'skip-seq' || name === 'reorder';
}
