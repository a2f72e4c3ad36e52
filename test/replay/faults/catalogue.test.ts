/** The catalogue is the documentation: docs/mock.md and `mock --help` have to say what it says. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULT_NAMES, faultRow } from '../../../src/replay/faults/catalogue.js';
import { runHere } from '../../support/command-line.js';

const PAGE = readFileSync(new URL('../../../docs/mock.md', import.meta.url), 'utf8');

const rowOf = (name: string): string => {
  const row = PAGE.split('\n').find((line) => new RegExp(`^\\| \`${name}[:\`]`).test(line)) ?? '';
  return row.replace(/ {2,}/g, ' ');
};

describe('the catalogue', () => {
  it.each(FAULT_NAMES)('has %s in docs/mock.md word for word', (name) => {
    const { argument, does, imitates, when } = faultRow(name);
    const form = argument === null ? name : `${name}:${argument.word.replace('|', '\\|')}`;
    const WHENS = { first: 'first dispatch', READY: 'READY', start: 'first occasion' };
    expect(rowOf(name)).toBe(`| \`${form}\` | ${does} | ${WHENS[when]} | ${imitates} |`);
  });

  it('names a source for each fault', () => {
    for (const name of FAULT_NAMES) {
      expect(faultRow(name).imitates).toMatch(/^[\w.-]+\/[\w.-]+(#\d+| lib\/gateway\/Shard\.js): /);
    }
  });

  it('is in the help of mock', async () => {
    const { stdout } = await runHere(['mock', '--help']);
    const text = stdout.replace(/\s+/g, ' ');
    for (const name of FAULT_NAMES) {
      const { does, imitates } = faultRow(name);
      expect(text).toContain(`${does}. `);
      expect(text).toContain(`As in ${imitates}.`);
    }
  });
});
