import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { StoreError, UsageError } from '../../../src/errors.js';
import { printToFile } from '../../../src/cli/print/file-output.js';
import { Output } from '../../../src/cli/print/output.js';
import { scratchFile } from '../../support/scratch.js';

const nowhere = new Output(new Writable({ write: (_chunk, _encoding, done) => done() }));

describe('printTo', () => {
  it('writes a file for its owner only', async () => {
    const output = scratchFile('out.txt');
    const line = 'x'.repeat(50_000);
    await printToFile({ output }, nowhere, [line, line, 'end']);
    expect(readFileSync(output, 'utf8')).toBe(`${line}\n${line}\nend\n`);
    expect(statSync(output).mode & 0o777).toBe(0o600);
  });

  it('replaces a file only on request', async () => {
    const output = scratchFile('out.txt');
    writeFileSync(output, 'mine');
    await expect(printToFile({ output }, nowhere, ['theirs'])).rejects.toThrow(UsageError);
    expect(readFileSync(output, 'utf8')).toBe('mine');
    await printToFile({ output, force: true }, nowhere, ['theirs']);
    expect(readFileSync(output, 'utf8')).toBe('theirs\n');
  });

  it('gives a file its name when it is whole, so that kill -9 leaves what was there', async () => {
    const output = scratchFile('out.txt');
    writeFileSync(output, 'mine');
    const seen: (readonly string[])[] = [];
    function* watched(): Generator<string> {
      yield 'x'.repeat(70_000);
      seen.push(readdirSync(dirname(output)), [readFileSync(output, 'utf8')]);
      yield 'end';
    }
    await printToFile({ output, force: true }, nowhere, watched());
    expect(seen).toEqual([['out.txt', 'out.txt.part'], ['mine']]);
    expect(readdirSync(dirname(output))).toEqual(['out.txt']);
    expect(readFileSync(output, 'utf8')).toHaveLength(70_005);
  });

  it('writes through a link, such as /dev/stdout', async () => {
    const output = scratchFile('out.txt');
    const link = `${output}.link`;
    writeFileSync(output, 'mine');
    symlinkSync(output, link);
    await printToFile({ output: link, force: true }, nowhere, ['theirs']);
    expect(readFileSync(output, 'utf8')).toBe('theirs\n');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it('leaves no partial file', async () => {
    const output = scratchFile('out.txt');
    function* broken(): Generator<string> {
      yield 'a line';
      throw new RangeError('broken');
    }
    await expect(printToFile({ output }, nowhere, broken())).rejects.toThrow('broken');
    expect(readdirSync(dirname(output))).toEqual([]);
    await expect(printToFile({ output: `${output}/no` }, nowhere, [])).rejects.toThrow('ENOENT');
  });

  it.skipIf(!existsSync('/dev/full'))('reports a full disk (/dev/full), and removes no device', async () => {
    await expect(printToFile({ output: '/dev/full', force: true }, nowhere, ['a'])).rejects.toThrow(
      StoreError,
    );
    expect(existsSync('/dev/full')).toBe(true);
  });

  it.each([undefined, '-'])('prints on stdout for %s', async (output) => {
    let printed = '';
    const sink = new Writable({
      write: (chunk, _encoding, done) => {
        printed += String(chunk);
        done();
      },
    });
    await printToFile(output === undefined ? {} : { output }, new Output(sink), ['a', 'b']);
    expect(printed).toBe('a\nb\n');
  });
});
