import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { readCertificates } from '../../src/library/certificates.js';
import { scratchFile } from '../support/scratch.js';
import { TestCa } from '../support/test-ca.js';

const [one, other] = [new TestCa(), new TestCa()];

function fileOf(text: string): string {
  const file = scratchFile('ca.pem');
  writeFileSync(file, text);
  return file;
}

describe('readCertificates', () => {
  it('reads every certificate of a file, with any text between them', () => {
    const file = fileOf(`# mine\n${one.cert}\n# another\r\n${other.cert}`);
    expect(readCertificates(file).map((text) => `${text}\n`)).toEqual([one.cert, other.cert]);
  });

  it.each([
    ['nothing', ''],
    ['no certificate', 'hello'],
    ['a key', one.self.key],
    ['a broken certificate', one.cert.replace(/\n[A-Za-z0-9+/]{64}\n/, '\n')],
    ['a broken certificate behind a sound one', one.cert + other.cert.replace(/MII/, 'AAA')],
  ])('refuses a file with %s', (_, text) => {
    const file = fileOf(text);
    expect(() => readCertificates(file)).toThrow(UsageError);
    expect(() => readCertificates(file)).toThrow(/holds no certificate/);
  });

  it('says that it cannot read a file', () => {
    expect(() => readCertificates('/nowhere/ca.pem')).toThrow(/cannot read \/nowhere\/ca.pem \(ENOENT\)/);
  });
});
