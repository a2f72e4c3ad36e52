/** README.md shows the outcomes as they are asserted, and every fault of the catalogue is among them. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FAULT_NAMES } from '../../src/replay/faults/catalogue.js';
import { outcomeTable, TRIED } from './outcomes.js';

it('test/clients/README.md has the table of outcomes', () => {
  const README = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const bare = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
  expect(bare(README)).toContain(bare(outcomeTable()));
});

it('every fault of the catalogue is tried with a client', () => {
  expect([...new Set(TRIED.map((fault) => fault.split(':')[0]))].sort()).toEqual([...FAULT_NAMES].sort());
});
