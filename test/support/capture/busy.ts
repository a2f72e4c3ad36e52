/** Captures of some length: several sessions over several minutes, with every kind of row. */
import type { CaptureRecord, FrameRecord } from '../../../src/capture/records.js';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { encodeEtf } from '../../../src/wire/etf/encode.js';
import { attached, bareFrame, closed, facts, frame, heartbeat, opened, START_US } from './records.js';
import { recordingStore } from '../stores.js';

/** How much to record. */
export interface BusyCapture {
  readonly sessions?: number;
  readonly minutes?: number;
  readonly framesPerMinute?: number;
  readonly bodyBytes?: number;
  /** Whether the gateway sends ETF, whose documents are kept beside the JSON. */
  readonly isEtf?: boolean;
}

const AUTHORS = ['ada', 'grace', 'edsger', 'barbara'];

/** A payload as the gateway sends them: much the same as its neighbours, and never twice the same. */
export function bodyOf(seq: number, bodyBytes: number): Buffer {
  const author = AUTHORS[seq % AUTHORS.length];
  const body = {
    t: 'MESSAGE_CREATE',
    s: seq,
    op: 0,
    d: {
      id: `12355236790${(seq * 7919) % 100_000}`,
      channel_id: '1235523679027200001',
      author: { id: `42${seq % 97}`, username: author, bot: seq % 3 === 0 },
      content: `«${author}» ${(seq * 2654435761) % 4294967296} ${'lorem ipsum '.repeat(bodyBytes / 24)}`,
      mentions: [],
      flags: seq % 5,
    },
  };
  return Buffer.from(JSON.stringify(body));
}

function* minuteOf(
  connection: number,
  minute: number,
  { framesPerMinute: frames, bodyBytes, isEtf }: Required<BusyCapture>,
): Generator<CaptureRecord> {
  const start = START_US + minute * 60_000_000;
  for (let i = 0; i < frames; i++) {
    const seq = minute * frames + i + 1;
    const atUs = start + Math.floor((i * 60_000_000) / frames);
    const common = { connection, session: connection, frameNo: 10 + seq, atUs };
    if (i % 10 === 9) yield bareFrame({ ...common, status: 'control', kind: 'ping', raw: Buffer.from('x') });
    else yield frame({ ...common, seq, ...messageOf(bodyOf(seq, bodyBytes), isEtf) });
  }
  yield heartbeat({ connection, session: connection, sentAtUs: start });
}

function messageOf(body: Buffer, isEtf: boolean): Partial<FrameRecord> {
  return isEtf ? { body, kind: 'binary', raw: encodeEtf(JSON.parse(String(body)) as JsonValue) } : { body };
}

/** Records into a new file at `path` and closes it. */
export function busyCapture(path: string, options: BusyCapture = {}): void {
  const all = { sessions: 3, minutes: 4, framesPerMinute: 50, bodyBytes: 240, isEtf: false, ...options };
  const { sessions, minutes } = all;
  const store = recordingStore(path);
  for (let connection = 1; connection <= sessions; connection++) {
    store.append([
      opened({ connection }),
      frame({
        connection,
        frameNo: 1,
        op: 10,
        event: null,
        seq: null,
        body: Buffer.from('{"op":10,"d":{}}'),
      }),
      attached({ connection, session: connection }),
      facts({ session: connection, alias: `redacted:${connection}` }),
    ]);
  }
  for (let minute = 0; minute < minutes; minute++) {
    const batch = Array.from({ length: sessions }, (_, index) => [...minuteOf(index + 1, minute, all)]);
    store.append(batch.flat());
  }
  const atUs = START_US + minutes * 60_000_000;
  store.append(Array.from({ length: sessions }, (_, index) => closed({ connection: index + 1, atUs })));
  store.close();
}
