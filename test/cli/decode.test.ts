/** `decode`, of the built program: every way to give bytes, and how it refuses. */
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBytesText } from '../../src/cli/decode.js';
import { UsageError } from '../../src/errors.js';
import { runHere } from '../support/command-line.js';
import { Gatetape, gatetape } from '../support/gatetape.js';
import { scratchFile } from '../support/scratch.js';

const HELLO_ZLIB = '789caa56ca2f50b23234a805000000ffff';

describe('gatetape decode', () => {
  it('reads a file, stdin, hexadecimal and base64', async () => {
    const file = scratchFile('stream.bin');
    writeFileSync(file, Buffer.from(HELLO_ZLIB, 'hex'));
    const zlib = ['decode', '--compress', 'zlib-stream'];
    const runs = await Promise.all([
      runHere([...zlib, file]),
      runHere([...zlib, '--input', 'hex'], { input: `${HELLO_ZLIB}\n` }),
      gatetape([...zlib, '--input', 'base64', '-'], {
        input: Buffer.from(HELLO_ZLIB, 'hex').toString('base64'),
      }),
      runHere(['decode'], { input: ' {"op":10}' }),
    ]);
    for (const run of runs) expect(run).toEqual({ stdout: '{"op":10}\n', stderr: '', exitCode: 0 });
  });

  it('reads ETF, with integers beyond 2^53 as strings', async () => {
    const run = await runHere(['decode', '--encoding', 'etf', '--input', 'hex'], {
      input: '836e0800070002c15a067102',
    });
    expect(run).toEqual({ stdout: '"175928847299117063"\n', stderr: '', exitCode: 0 });
  });

  it('prints what comes before bad bytes, then one line', async () => {
    const run = await runHere(['decode'], { input: '{"op":10} {"op":11} oops' });
    expect(run).toMatchObject({ stdout: '{"op":10}\n{"op":11}\n', exitCode: 2 });
    expect(run.stderr).toMatch(/^gatetape: payload 3 of the input is cut off, or not JSON: check [^\n]+\n$/);
  });

  it.each([
    [['--compress', 'zlib-stream'], 'hello', 'not zlib-stream, or broken'],
    [['--compress', 'zstd-stream'], 'hello', 'not zstd-stream, or broken'],
    [['--compress', 'gzip'], '', '--compress is "gzip"'],
    [['--encoding', 'etf'], '{}', 'not ETF (not_etf)'],
    [['--input', 'hex'], 'abc', 'the input is not hex'],
    [['--input', 'base64'], '@@@', 'the input is not base64'],
    [['/nonexistent/file'], '', 'cannot read /nonexistent/file (ENOENT)'],
    [['/'], '', 'cannot read / (EISDIR)'],
  ])('refuses %j with 2', async (flags, input, message) => {
    const { stdout, stderr, exitCode } = await runHere(['decode', ...flags], { input });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/^gatetape: [^\n]+: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('prints payloads while the input is still open', async () => {
    const program = new Gatetape(['decode'], { isInputOpen: true });
    program.process.stdin.write('{"op":10}\n{"op":');
    expect(await program.line()).toBe('{"op":10}');
    program.process.stdin.end('11}');
    expect(await program.line()).toBe('{"op":11}');
    expect((await program.ended()).exitCode).toBe(0);
  });
});

describe('bytesOfText', () => {
  it('reads hexadecimal and base64, and ignores white space', () => {
    expect([...parseBytesText(' 00 fF\n7b ', 'hex')]).toEqual([0, 255, 123]);
    expect([...parseBytesText('AP\n97', 'base64')]).toEqual([0, 255, 123]);
    expect([...parseBytesText('_-8=', 'base64')]).toEqual([255, 239]);
    expect(parseBytesText('', 'hex')).toHaveLength(0);
  });

  it('takes each line of base64 by itself, padded or not, unless it is one text that was wrapped', () => {
    const message = fc.uint8Array({ minLength: 1, maxLength: 90 }).map((bytes) => Buffer.from(bytes));
    const written = fc.constantFrom<(bytes: Buffer) => string>(
      (bytes) => bytes.toString('base64'),
      (bytes) => bytes.toString('base64').replace(/=+$/, ''),
      (bytes) => bytes.toString('base64url'),
    );
    fc.assert(
      fc.property(fc.array(message, { minLength: 1 }), written, (messages, write) => {
        expect(Buffer.from(parseBytesText(messages.map(write).join('\n'), 'base64'))).toEqual(
          Buffer.concat(messages),
        );
      }),
    );
    const whole = Buffer.from(Array.from({ length: 400 }, (_, index) => (index * 167) & 255));
    for (const width of [64, 70, 75, 76, 77]) {
      const wrapped = whole.toString('base64').replace(new RegExp(`(.{${width}})`, 'g'), '$1\n');
      expect(Buffer.from(parseBytesText(wrapped, 'base64'))).toEqual(whole);
    }
  });

  it.each([
    ['0', 'hex'],
    ['0x00', 'hex'],
    ['A', 'base64'],
    ['A===', 'base64'],
    ['A=BC', 'base64'],
  ] as const)('refuses %j as %s', (text, input) => {
    expect(() => parseBytesText(text, input)).toThrow(UsageError);
  });
});
