/** The halves of `ws` that its types do not declare: referees for our own framing. */
import type { Writable } from 'node:stream';
import * as ws from 'ws';

/** Options of `ws` for framing a piece of data. */
export interface WsFrameOptions {
  readonly opcode: number;
  readonly fin: boolean;
  readonly mask: boolean;
  readonly readOnly: boolean;
  readonly rsv1: boolean;
  readonly generateMask?: (mask: Uint8Array) => void;
}

interface Internals {
  readonly Sender: { frame(data: Buffer, options: WsFrameOptions): Buffer[] };
  readonly Receiver: new (options: {
    readonly isServer: boolean;
    readonly extensions?: Readonly<Record<string, unknown>>;
    readonly maxPayload?: number;
  }) => Writable;
}

const internals = ws as unknown as Internals;

/** Bytes of one frame as `ws` writes it; masked with `mask` when given. */
export function wsFrame(
  data: Uint8Array,
  options: { opcode: number; fin?: boolean; rsv1?: boolean; mask?: Uint8Array | null },
): Buffer {
  const mask = options.mask ?? null;
  return Buffer.concat(
    internals.Sender.frame(Buffer.from(data), {
      opcode: options.opcode,
      fin: options.fin ?? true,
      rsv1: options.rsv1 ?? false,
      mask: mask !== null,
      readOnly: true,
      ...(mask === null ? {} : { generateMask: (target: Uint8Array) => target.set(mask) }),
    }),
  );
}

/** What `ws` read of a stream, in order, bytes as latin-1 text. */
export type WsSeen = { kind: string; data: string; code?: number }[];

/** What `ws` reads from a stream of frames; rejects where `ws` refuses the stream. */
export async function wsRead(chunks: readonly Uint8Array[], options: { isServer: boolean }): Promise<WsSeen> {
  const { seen, code } = await wsReadUpTo(chunks, options);
  if (code !== null) throw new Error(`refused with ${code}`);
  return seen;
}

/** What `ws` reads from a stream up to what it refuses, and the code of that error or null. */
export async function wsReadUpTo(
  chunks: readonly Uint8Array[],
  options: { isServer: boolean },
): Promise<{ seen: WsSeen; code: string | null }> {
  const receiver = new internals.Receiver(options);
  const seen: WsSeen = [];
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    seen.push({ kind: isBinary ? 'binary' : 'text', data: data.toString('latin1') });
  });
  receiver.on('ping', (data: Buffer) => seen.push({ kind: 'ping', data: data.toString('latin1') }));
  receiver.on('pong', (data: Buffer) => seen.push({ kind: 'pong', data: data.toString('latin1') }));
  receiver.on('conclude', (code: number, reason: Buffer) => {
    seen.push({ kind: 'close', data: reason.toString('latin1'), code });
  });
  return new Promise((resolve) => {
    receiver.on('error', (error: NodeJS.ErrnoException) => resolve({ seen, code: error.code ?? 'unknown' }));
    receiver.on('finish', () => resolve({ seen, code: null }));
    for (const chunk of chunks) receiver.write(Buffer.from(chunk));
    receiver.end();
  });
}
