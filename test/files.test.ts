/** Files of our own in folders that others can write to. As root, another owner is played by a file that was given away. */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { StoreError, UsageError } from '../src/errors.js';
import {
  openAsItIs,
  openPrivateFile,
  placePrivateFile,
  readUserFile,
  requireUtf8,
  writePrivateFile,
} from '../src/files.js';
import { runHere } from './support/command-line.js';
import { scratchFile } from './support/scratch.js';

const NOBODY = 65_534;
const isRoot = process.geteuid?.() === 0;

describe('writePrivateFile', () => {
  it('makes a file for its owner only, whatever the umask, in place of a file or a link', () => {
    const path = scratchFile('a.txt');
    const victim = scratchFile('victim.txt');
    writeFileSync(victim, 'precious');
    const umask = process.umask(0);
    writePrivateFile(path, 'one');
    process.umask(umask);
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['one', 0o600]);
    const link = scratchFile('link.txt');
    symlinkSync(victim, link);
    writePrivateFile(link, 'two');
    expect([readFileSync(link, 'utf8'), lstatSync(link).isFile()]).toEqual(['two', true]);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  it('replaces a hard link that a killed program left, and does not write to its target', () => {
    const path = scratchFile('a.txt');
    const other = scratchFile('other.txt');
    writeFileSync(other, 'precious');
    linkSync(other, `${path}.part`);
    writePrivateFile(path, 'mine');
    expect([readFileSync(path, 'utf8'), readFileSync(other, 'utf8')]).toEqual(['mine', 'precious']);
  });

  it.each<[string, (part: string, victim: string) => void]>([
    ['a link', (part, victim) => symlinkSync(victim, part)],
    ['a link to nothing', (part) => symlinkSync(`${part}.none`, part)],
    ['a folder', (part) => mkdirSync(part)],
  ])('refuses %s in the way', (_, put) => {
    const path = scratchFile('a.txt');
    const victim = scratchFile('victim.txt');
    writeFileSync(victim, 'precious');
    put(`${path}.part`, victim);
    expect(() => writePrivateFile(path, 'mine')).toThrow(UsageError);
    expect(() => writePrivateFile(path, 'mine')).toThrow('a.txt.part is a link, or belongs to another user');
    expect([existsSync(path), readFileSync(victim, 'utf8')]).toEqual([false, 'precious']);
    expect(existsSync(`${path}.part.none`)).toBe(false);
  });

  it.runIf(isRoot)('refuses to replace a file of another user, who may have it open', () => {
    const path = scratchFile('a.txt');
    writeFileSync(`${path}.part`, '');
    chmodSync(`${path}.part`, 0o666);
    chownSync(`${path}.part`, NOBODY, NOBODY);
    expect(() => writePrivateFile(path, 'mine')).toThrow(UsageError);
    expect([existsSync(path), readFileSync(`${path}.part`, 'utf8')]).toEqual([false, '']);
  });
});

describe('placePrivateFile', () => {
  it('notices that another file has taken the place', () => {
    const path = scratchFile('a.txt');
    const file = openPrivateFile(`${path}.part`);
    renameSync(`${path}.part`, `${path}.stolen`);
    writeFileSync(`${path}.part`, 'theirs');
    expect(() => placePrivateFile(file, `${path}.part`, path)).toThrow(StoreError);
    closeSync(file);
    expect(existsSync(path)).toBe(false);
  });
});

describe('openAsItIs', () => {
  it('writes a file through a link of ours, and makes it private', () => {
    const target = scratchFile('a.txt');
    const link = scratchFile('link.txt');
    writeFileSync(target, 'much that was there', { mode: 0o666 });
    symlinkSync(target, link);
    const file = openAsItIs(link);
    writeFileSync(file, 'new');
    closeSync(file);
    expect([readFileSync(target, 'utf8'), statSync(target).mode & 0o777]).toEqual(['new', 0o600]);
  });

  it.runIf(isRoot)('opens no file and no link of another user', () => {
    const target = scratchFile('a.txt');
    writeFileSync(target, 'theirs');
    chownSync(target, NOBODY, NOBODY);
    const link = scratchFile('link.txt');
    symlinkSync(target, link);
    expect(() => openAsItIs(link)).toThrow(UsageError);
    const theirs = scratchFile('theirs.txt');
    const own = scratchFile('own.txt');
    writeFileSync(own, 'mine');
    symlinkSync(own, theirs);
    lchownSync(theirs, NOBODY, NOBODY);
    expect(() => openAsItIs(theirs)).toThrow(UsageError);
    expect([readFileSync(target, 'utf8'), readFileSync(own, 'utf8')]).toEqual(['theirs', 'mine']);
    expect(() => openAsItIs(scratchFile('none.txt'))).toThrow('ENOENT');
  });

  it('opens a device', () => {
    closeSync(openAsItIs('/dev/null'));
  });
});

describe('a file in UTF-16', () => {
  it.each([
    ['import'],
    ['scrub', '--verify'],
    ['decode'],
    ['diff', 'tapes/demo.tape.ndjson'],
    ['sessions', '--config'],
  ])('is recognised: %s %s', async (...args) => {
    for (const [mark, isSwapped] of [
      ['\ufeff', false],
      ['', false],
      ['\ufeff', true],
    ] as const) {
      const file = scratchFile('text.json');
      const bytes = Buffer.from(`${mark}{"tape":1}\n`, 'utf16le');
      writeFileSync(file, isSwapped ? bytes.swap16() : bytes);
      const db = args[0] === 'import' ? ['--db', scratchFile()] : [];
      const { exitCode, stderr } = await runHere([...args, file, ...db]);
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringMatching(/^gatetape: [^:]+ is UTF-16: save it as UTF-8/),
      ]);
    }
  });

  it('is not mistaken for another file', () => {
    for (const bytes of ['', 'a', '{}', '\ufeff{}', 'é', '\u0000\u0000']) {
      expect(() => requireUtf8(Buffer.from(bytes), 'f')).not.toThrow();
    }
  });
});

describe('readUserFile', () => {
  it('refuses what may never end, and waits for no writer of a pipe', () => {
    const pipe = scratchFile('pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero', '/dev/tty'].filter((one) => existsSync(one))) {
      expect(() => readUserFile(path)).toThrow(`${path} is a pipe or a device`);
    }
    expect(readUserFile('/dev/null')).toBe('');
  });

  it('refuses what no string can hold, before it is read', () => {
    const path = scratchFile('sparse.ndjson');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 40);
    expect(() => readUserFile(path, 'the tape')).toThrow(`the tape ${path} is too long`);
  });
});
