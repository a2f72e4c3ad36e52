/** The gateway's zlib-stream as node:zlib speaks it: the referee for our inflaters and deflaters. */
import { constants, createDeflate, createInflate, type ZlibOptions } from 'node:zlib';

/** Compresses payloads with one context, a sync flush after each: one message per payload. */
export async function deflateStream(
  payloads: readonly Uint8Array[],
  options?: ZlibOptions,
): Promise<Buffer[]> {
  const deflate = createDeflate(options);
  const messages: Buffer[] = [];
  let chunks: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const payload of payloads) {
    deflate.write(payload);
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    messages.push(Buffer.concat(chunks));
    chunks = [];
  }
  deflate.destroy();
  return messages;
}

/** Inflates messages with one context; the bytes that each of them gave. */
export async function inflateStream(messages: readonly Uint8Array[]): Promise<Buffer[]> {
  const inflate = createInflate({ flush: constants.Z_SYNC_FLUSH });
  const failed = new Promise<never>((_, reject) => inflate.once('error', reject));
  const payloads: Buffer[] = [];
  let chunks: Buffer[] = [];
  inflate.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const message of messages) {
    await Promise.race([failed, new Promise<void>((resolve) => inflate.write(message, () => resolve()))]);
    payloads.push(Buffer.concat(chunks));
    chunks = [];
  }
  inflate.destroy();
  return payloads;
}

/** Payloads as a gateway sends them: alike, but never equal. */
export function samplePayloads(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) =>
    Buffer.from(
      JSON.stringify({
        t: 'MESSAGE_CREATE',
        s: i,
        op: 0,
        d: {
          id: `11${i * 7919}`,
          content: `ciao ${'né😀'.repeat(i % 9)}`,
          author: { id: `${i % 5}` },
          embeds: [],
        },
      }),
    ),
  );
}
