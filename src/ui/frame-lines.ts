/**
 * Frame lines: frames as rows of a list, each with the first words of its payload.
 */
import { findCloseCode } from '../gateway/close-codes.js';
import { findFamily } from '../gateway/event-family.js';
import { opcodeName } from '../gateway/opcodes.js';
import { findWords } from '../gateway/payload-words.js';
import type { FrameType } from '../store/frame-types.js';
import type { FrameRow } from '../store/frame-rows.js';
import type { FindingMark, FrameLine, PageFamily } from './answers.js';

/** Finds the findings of lint that name a frame. */
export type FindingsOfFrame = (frameId: number) => readonly FindingMark[];

/** Converts a frame to a row; its payload may be cut. */
export function toFrameLine(row: FrameRow, findings: FindingsOfFrame): FrameLine {
  const { id, connectionId, sessionId, frameNo, atUs, sender, kind, status, op, opName, event, seq } = row;
  return {
    ...{ id, connectionId, sessionId, frameNo, atUs, sender, kind, status, op, opName, event },
    family: findFamily(row, opName),
    seq,
    wireBytes: row.wireBytes,
    payloadBytes: row.payloadBytes,
    closeCode: row.closeCode,
    words: describeRow(row),
    findings: findings(id),
  };
}

/** Family of a type of frames. */
export function findTypeFamily(type: FrameType): PageFamily {
  return findFamily(type, type.op === null ? null : opcodeName(type.op));
}

function describeRow({ status, kind, op, event, payloadText, closeCode }: FrameRow): string {
  if (payloadText !== null) return findWords(op, event, payloadText);
  if (kind === 'close') return describeCloseCode(closeCode);
  return status === 'ok' || status === 'control' ? '' : status.replaceAll('_', ' ');
}

/** Formats a close code, such as `4009 SESSION_TIMED_OUT`. */
export function describeCloseCode(code: number | null): string {
  if (code === null) return 'without a code';
  const name = findCloseCode(code)?.name;
  return name === undefined ? String(code) : `${code} ${name}`;
}
