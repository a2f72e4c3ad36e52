/** Standard output: everything arrives, closed pipes are quiet, full disks are not. */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ClosedPipe, Output } from '../../../src/cli/print/output.js';
import { StoreError } from '../../../src/errors.js';

function failingWith(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
  });
}

describe('Output', () => {
  it('writes every line, in order, without gathering all of them first', async () => {
    const pieces: string[] = [];
    const slow = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        pieces.push(chunk.toString());
        setImmediate(done);
      },
    });
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
    await new Output(slow).print(lines);
    expect(pieces.join('')).toBe(lines.map((line) => `${line}\n`).join(''));
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(70_000);
  });

  it('stops asking for lines once the reader has gone', async () => {
    let asked = 0;
    function* endless(): Generator<string> {
      for (;;) yield `line ${asked++}`;
    }
    await expect(new Output(failingWith('EPIPE')).print(endless())).rejects.toThrow(ClosedPipe);
    expect(asked).toBeLessThan(10_000);
  });

  it('takes a stream that is closed already for a closed pipe', async () => {
    const closed = new Writable({ write: (_chunk, _encoding, done) => done() });
    closed.destroy();
    await expect(new Output(closed).print(['x'])).rejects.toThrow(ClosedPipe);
  });

  it('says that the disk is full', async () => {
    await expect(new Output(failingWith('ENOSPC')).print(['x'])).rejects.toThrow(StoreError);
    await expect(new Output(failingWith('ENOSPC')).print(['x'])).rejects.toThrow('ENOSPC');
  });
});
