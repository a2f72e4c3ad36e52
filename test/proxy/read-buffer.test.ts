import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadBuffer, SpareBuffers } from '../../src/proxy/read-buffer.js';

/** A socket that an inlet reads from, and the peer that writes to it. */
async function joined(spare = new SpareBuffers()): Promise<Joined> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const inlet = new ReadBuffer(spare);
  const { port } = server.address() as AddressInfo;
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const socket = connect({ host: '127.0.0.1', port, onread: inlet.onread });
  inlet.attach(socket);
  const [peer] = await connected;
  server.close();
  peer.setNoDelay(true);
  const dispose = (): void => void [socket, peer].map((end) => end.destroy());
  return { inlet, socket, peer, [Symbol.dispose]: dispose };
}

interface Joined extends Disposable {
  readonly inlet: ReadBuffer;
  readonly socket: Socket;
  readonly peer: Socket;
}

/** Takes everything until the socket ends; of what it keeps, the memory is left to it. */
async function poured({ inlet, socket }: Joined, keeps: (index: number) => boolean): Promise<Taken> {
  const taken: Uint8Array[] = [];
  const memory = new Set<ArrayBufferLike>();
  inlet.pour((bytes) => {
    const isKept = keeps(taken.length);
    memory.add(bytes.buffer);
    taken.push(isKept ? bytes : new Uint8Array(bytes));
    return !isKept;
  });
  socket.on('data', (chunk: Buffer) => taken.push(chunk));
  await once(socket, 'end');
  return { bytes: Buffer.concat(taken), memory: memory.size };
}

interface Taken {
  readonly bytes: Buffer;
  /** Pieces of memory that it came in. */
  readonly memory: number;
}

describe('Inlet', () => {
  it('gives every byte once and in order, and leaves alone what is still needed, however it is cut', async () => {
    const writes = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(writes, fc.array(fc.boolean(), { minLength: 1 }), async (lengths, kept) => {
        using ends = await joined();
        const sent = lengths.map((length) => randomBytes(length));
        const taken = poured(ends, (index) => kept[index % kept.length] === true);
        for (const bytes of sent) ends.peer.write(bytes);
        ends.peer.end();
        expect((await taken).bytes.equals(Buffer.concat(sent))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('is an ordinary stream until it is attached, and buffered bytes come first then', async () => {
    using ends = await joined();
    ends.peer.write('as a stream,');
    await once(ends.socket, 'readable');
    expect(String(ends.socket.read())).toBe('as a stream,');
    ends.peer.write('waiting,');
    while (ends.socket.readableLength === 0) await once(ends.socket, 'readable');
    ends.socket.removeAllListeners('readable');
    const taken = poured(ends, () => false);
    ends.peer.end('poured');
    expect((await taken).bytes.toString()).toBe('waiting,poured');
  });

  it('reads any amount into the same memory as long as it comes back, and hands on what it needed', async () => {
    const spare = new SpareBuffers();
    const sent = randomBytes(8_000_000);
    for (let connection = 0; connection < 2; connection += 1) {
      using ends = await joined(spare);
      const taken = poured(ends, () => false);
      ends.peer.end(sent);
      const { bytes, memory } = await taken;
      expect(bytes.equals(sent)).toBe(true);
      // A small and a large buffer, and again whenever the sender was too slow to fill the large one.
      expect(memory).toBeLessThan(sent.length / 2 ** 16 / 2);
    }
  });

  it('shares memory among idle connections, and kept bytes are not overwritten by others', async () => {
    const spare = new SpareBuffers();
    using one = await joined(spare);
    using other = await joined(spare);
    const all = [one, other].map((ends) => poured(ends, () => true));
    const sent = Array.from({ length: 40 }, () => randomBytes(500));
    for (const [index, bytes] of sent.entries()) {
      (index % 2 === 0 ? one : other).peer.write(bytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    one.peer.end();
    other.peer.end();
    for (const [which, taken] of (await Promise.all(all)).entries()) {
      const own = sent.filter((_, index) => index % 2 === which);
      expect(taken.bytes.equals(Buffer.concat(own))).toBe(true);
    }
  });

  it('stops reading while its socket is paused', async () => {
    using ends = await joined();
    let length = 0;
    ends.inlet.pour((bytes) => {
      length += bytes.length;
      ends.socket.pause();
      return true;
    });
    ends.socket.resume();
    ends.peer.end(randomBytes(1_000_000));
    const ended = once(ends.socket, 'end');
    while (length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(length).toBeLessThanOrEqual(2 ** 16);
    const again = setInterval(() => ends.socket.resume(), 1);
    await ended;
    clearInterval(again);
    expect(length).toBe(1_000_000);
  });
});
