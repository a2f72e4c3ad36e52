import { describe, expect, it } from 'vitest';
import { UndoLog } from '../../src/store/undo-log.js';

describe('rollback', () => {
  it('reverts everything, newest first', () => {
    const undo = new UndoLog();
    const map = new Map([['a', 1]]);
    const log: string[] = [];
    undo.set(map, 'a', 2);
    undo.set(map, 'a', 3);
    undo.set(map, 'b', 4);
    undo.onRollback(() => log.push(`b is ${map.get('b')}`));
    undo.rollback();
    expect([...map]).toEqual([['a', 1]]);
    expect(log).toEqual(['b is 4']);
    undo.rollback();
    expect(log).toHaveLength(1);
  });

  it('has nothing to do after a commit', () => {
    const undo = new UndoLog();
    const map = new Map<string, number>();
    undo.set(map, 'a', 1);
    undo.commit();
    undo.rollback();
    expect([...map]).toEqual([['a', 1]]);
  });
});
