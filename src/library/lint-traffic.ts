/**
 * Source of a linter: the messages of a mock and its clients so far.
 *
 * A mock does not note REST calls and sizes, so rules about them are not judged.
 */
import { type JsonValue, toPayload } from '../gateway/payload.js';
import type { LintedFrame } from '../lint/events.js';
import type { Linter } from '../lint/linter.js';
import type { Traffic } from '../mock/traffic.js';
import { transportFromQuery } from '../wire/transport.js';

const NO_PAYLOAD = { op: null, event: null, seq: null, payloadText: null } as const;

/** Gives a linter all messages; frames are numbered from 1 in the order of the list. */
export function feedTraffic(traffic: readonly Traffic[], gatewayUrl: string, linter: Linter): void {
  const frameNos = new Map<number, number>();
  const closings = new Map<number, Traffic & { readonly type: 'closing' }>();
  for (const [index, entry] of traffic.entries()) {
    const { connection: connectionId, atUs } = entry;
    const frameNo = (frameNos.get(connectionId) ?? 0) + 1;
    const place = { id: index + 1, connectionId, sessionId: null, frameNo, atUs };
    switch (entry.type) {
      case 'opened':
        linter.open(toOpening(entry.path, gatewayUrl, connectionId, atUs));
        continue;
      case 'closing':
        closings.set(connectionId, entry);
        break;
      case 'closed':
        giveEnd(entry, closings.get(connectionId), linter, place);
        continue;
      default:
        linter.frameArrived(toFrame(entry, place));
    }
    frameNos.set(connectionId, frameNo);
  }
}

type Place = Pick<LintedFrame, 'id' | 'connectionId' | 'sessionId' | 'frameNo' | 'atUs'>;

function toOpening(
  path: string,
  upstreamUrl: string,
  id: number,
  openedAtUs: number,
): Parameters<Linter['open']>[0] {
  return {
    id,
    captureId: 1,
    mode: 'mock',
    openedAtUs,
    path,
    upstreamUrl,
    transport: transportFromQuery(new URLSearchParams(path.split('?')[1])),
    extensions: null,
    userAgent: null,
    upgradeStatus: 101,
    hasPseudonyms: true,
  };
}

function toFrame(entry: Traffic & { readonly type: 'sent' | 'received' }, place: Place): LintedFrame {
  const sizes = { wireBytes: 0, payloadBytes: null, closeCode: null };
  const sender = entry.type === 'sent' ? 'gateway' : 'client';
  const head = { ...place, ...sizes, sender, kind: 'text' } as const;
  const payload = entry.type === 'received' ? entry.payload : toPayload(JSON.parse(entry.text) as JsonValue);
  if (payload === null) return { ...head, ...NO_PAYLOAD, status: 'not_json' };
  const { op, s: seq, t: event } = payload;
  const payloadText = entry.type === 'sent' ? entry.text : JSON.stringify(payload);
  return { ...head, status: 'ok', op, seq, event, payloadText };
}

function giveEnd(
  { code }: Traffic & { readonly type: 'closed' },
  closing: (Traffic & { readonly type: 'closing' }) | undefined,
  linter: Linter,
  place: Place,
): void {
  const { connectionId, atUs } = place;
  const closedBy = closing === undefined ? 'client' : 'gateway';
  const closeCode = closing === undefined ? code : closing.code;
  if (closeCode !== null) {
    const what = { kind: 'close', status: 'control', wireBytes: 2, payloadBytes: null, closeCode } as const;
    linter.frameArrived({ ...place, ...NO_PAYLOAD, ...what, sender: closedBy });
  }
  const closeReason = closing?.reason ?? null;
  linter.end({ connectionId, atUs, closeCode, closeReason, closedBy, relayMode: null });
}
