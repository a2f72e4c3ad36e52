/**
 * The table of opcodes and events and its total, from sums by frame type.
 */
import { isKnownEvent } from '../gateway/events.js';
import { intentName } from '../gateway/intents.js';
import { findOpcode, OP, opcodeName } from '../gateway/opcodes.js';
import type { TypeBin } from '../store/stats/type-bins.js';
import type { OverviewAnswer, PageEvent, PageFigures } from './answers.js';
import { findTypeFamily } from './frame-lines.js';

interface Sums {
  frames: number;
  wireBytes: number;
  payloadBytes: number;
  /** Wire bytes of frames with a payload. */
  payloadWireBytes: number;
  firstAtUs: number;
  lastAtUs: number;
}

/** Figures of all types together. */
export function sumFigures(bins: readonly TypeBin[]): PageFigures {
  const sums = noSums();
  for (const bin of bins) add(sums, bin);
  return toFigures(sums, sums);
}

/** Number of undecodable frames. */
export function countUndecodable(bins: readonly TypeBin[]): number {
  return bins
    .filter(({ type }) => !['ok', 'partial', 'control'].includes(type.status))
    .reduce((sum, { count }) => sum + count, 0);
}

/** Lines by opcode, event and sender, the most frequent first. */
export function toEventTable(bins: readonly TypeBin[]): readonly PageEvent[] {
  const all = noSums();
  const groups = new Map<string, { readonly type: TypeBin['type']; readonly sums: Sums }>();
  for (const bin of bins) {
    const { op, event, sender } = bin.type;
    const family = findTypeFamily(bin.type);
    const key = JSON.stringify([op, event, sender, op === null ? family : '']);
    const group = groups.get(key) ?? { type: bin.type, sums: noSums() };
    groups.set(key, group);
    add(group.sums, bin);
    add(all, bin);
  }
  return [...groups.values()]
    .map(({ type, sums }) => ({
      op: type.op,
      opName: type.op === null ? null : opcodeName(type.op),
      event: type.event,
      sender: type.sender,
      family: findTypeFamily(type),
      isKnown: isKnown(type),
      share: all.frames === 0 ? 0 : sums.frames / all.frames,
      ...toFigures(sums, all),
    }))
    .sort((one, other) => other.frames - one.frames);
}

/** Bytes by intent, the most bytes first; if an event has several possible intents, they are joined with `|`. */
export function sumIntents(events: readonly PageEvent[]): OverviewAnswer['intents'] {
  const groups = new Map<string | null, { frames: number; wireBytes: number; payloadBytes: number }>();
  for (const { op, event, frames, wireBytes, payloadBytes } of events) {
    if (op !== OP.DISPATCH) continue;
    const intent = intentName(event, null);
    const sums = groups.get(intent) ?? { frames: 0, wireBytes: 0, payloadBytes: 0 };
    groups.set(intent, sums);
    sums.frames += frames;
    sums.wireBytes += wireBytes;
    sums.payloadBytes += payloadBytes;
  }
  return [...groups]
    .map(([intent, sums]) => ({ intent, ...sums }))
    .sort((one, other) => other.wireBytes - one.wireBytes);
}

function isKnown({ op, event }: TypeBin['type']): boolean {
  if (op === null) return true;
  return findOpcode(op) !== null && (event === null || isKnownEvent(event));
}

function noSums(): Sums {
  return {
    frames: 0,
    wireBytes: 0,
    payloadBytes: 0,
    payloadWireBytes: 0,
    firstAtUs: Infinity,
    lastAtUs: -Infinity,
  };
}

function add(sums: Sums, bin: TypeBin): void {
  sums.frames += bin.count;
  sums.wireBytes += bin.wireBytes;
  sums.payloadBytes += bin.payloadBytes;
  if (bin.type.status === 'ok') sums.payloadWireBytes += bin.wireBytes;
  sums.firstAtUs = Math.min(sums.firstAtUs, bin.firstAtUs);
  sums.lastAtUs = Math.max(sums.lastAtUs, bin.lastAtUs);
}

/** Figures of a group. Its rate is per second of the whole selection. */
function toFigures(sums: Sums, all: Sums): PageFigures {
  const { frames, wireBytes, payloadBytes, payloadWireBytes, firstAtUs, lastAtUs } = sums;
  const spanUs = all.lastAtUs - all.firstAtUs;
  return {
    frames,
    perSecond: spanUs > 0 ? (frames * 1e6) / spanUs : null,
    wireBytes,
    payloadBytes,
    ratio: payloadWireBytes === 0 ? null : payloadBytes / payloadWireBytes,
    firstAtUs: frames === 0 ? null : firstAtUs,
    lastAtUs: frames === 0 ? null : lastAtUs,
  };
}
