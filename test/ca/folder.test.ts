import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRoot } from '../../src/ca/certificate.js';
import { certificatePath, defaultFolder, readRoot, removeRoot, writeRoot } from '../../src/ca/folder.js';
import { scratchFile } from '../support/scratch.js';

const lifetime = { from: new Date(), until: new Date(Date.now() + 1e9) };
const root = createRoot('one', ['localhost'], lifetime);
const other = createRoot('other', ['localhost'], lifetime);

describe('the folder of an authority', () => {
  it('is readable by its owner only, like the key in it', () => {
    const folder = scratchFile('deep/in/ca');
    writeRoot(folder, root);
    const mode = (path: string): number => statSync(path).mode & 0o777;
    expect([mode(folder), mode(join(folder, 'ca-key.pem')), mode(dirname(folder))]).toEqual([
      0o700, 0o600, 0o700,
    ]);
    expect(readdirSync(dirname(folder))).toEqual(['ca']);
  });

  it('returns the authority that was saved', () => {
    const folder = scratchFile('ca');
    expect(readRoot(folder)).toBeNull();
    writeRoot(folder, root);
    expect(readRoot(folder)?.cert).toBe(root.cert);
    expect(readRoot(folder)?.key.equals(root.key)).toBe(true);
    expect(readFileSync(certificatePath(folder), 'utf8')).toBe(root.cert);
  });

  it('keeps the first authority that was written', () => {
    const folder = scratchFile('ca');
    expect(writeRoot(folder, root).cert).toBe(root.cert);
    expect(writeRoot(folder, other).cert).toBe(root.cert);
    removeRoot(folder);
    expect(writeRoot(folder, other).cert).toBe(other.cert);
  });

  it('is refused if it has other files in it', () => {
    const folder = scratchFile('ca');
    mkdirSync(folder);
    writeFileSync(join(folder, 'thesis.txt'), 'mine');
    expect(() => writeRoot(folder, root)).toThrow(/holds other things/);
    expect(readdirSync(folder)).toEqual(['thesis.txt']);
  });

  it('whose key others may read is refused', () => {
    const folder = scratchFile('ca');
    writeRoot(folder, root);
    chmodSync(join(folder, 'ca-key.pem'), 0o640);
    expect(() => readRoot(folder)).toThrow(/others than its owner may read/);
  });

  it('whose key is broken is refused, without the key in the message', () => {
    const folder = scratchFile('ca');
    writeRoot(folder, root);
    writeFileSync(join(folder, 'ca-key.pem'), 'no key');
    expect(() => readRoot(folder)).toThrow(/cannot use the certificate authority in/);
  });

  it('that cannot be created is an error with the path', () => {
    const file = scratchFile('file');
    writeFileSync(file, '');
    expect(() => writeRoot(join(file, 'ca'), root)).toThrow(/cannot write .* \((ENOTDIR|EEXIST)\)/);
  });
});

describe('defaultFolder', () => {
  it('is below the XDG state folder of the user', () => {
    expect(defaultFolder({ XDG_STATE_HOME: '/s' })).toBe(join('/s', 'gatetape', 'ca'));
    const home = join(homedir(), '.local', 'state', 'gatetape', 'ca');
    expect(defaultFolder({})).toBe(home);
    for (const XDG_STATE_HOME of ['', '.', 'state']) expect(defaultFolder({ XDG_STATE_HOME })).toBe(home);
  });
});
