import { expect, it } from 'vitest';
import { ChangedRows } from '../../src/ship/changed-rows.js';

it('are those that are new or differ from what was sent', () => {
  const changed = new ChangedRows();
  const rows = [
    { id: 1, name: 'a' },
    { id: 2, name: 'b' },
  ];
  expect(changed.find(rows)).toEqual(rows);
  // Nothing was sent, so all of them are new still.
  expect(changed.find(rows)).toEqual(rows);
  changed.keep(rows);
  expect(
    changed.find([
      { id: 1, name: 'a' },
      { id: 2, name: 'c' },
    ]),
  ).toEqual([{ id: 2, name: 'c' }]);
});
