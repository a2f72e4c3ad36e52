/**
 * Opcodes that the mock takes from a client.
 *
 * Everything that is documented, and what the recorded client was seen to get away with: a recording is
 * better evidence than a table. Source: Discord Docs/Opcodes and Status Codes.
 */
import { OPCODES } from '../../gateway/opcodes.js';
import type { Recording } from '../recording.js';

/** Opcodes for which a client of these recordings' mock is not closed with 4001. */
export function listClientOps(recordings: readonly Recording[]): ReadonlySet<number> {
  const ops = new Set<number>();
  for (const { op, sentBy } of OPCODES) if (sentBy !== 'gateway') ops.add(op);
  for (const step of recordings.flatMap(({ steps }) => steps)) {
    if (step.type === 'payload' && step.sender === 'client') ops.add(step.payload.op);
  }
  return ops;
}
