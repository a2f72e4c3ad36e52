/** Words of frames, where the whole diagram does not show them (folder.test.ts). */
import { describe, expect, it } from 'vitest';
import { labelBeats, labelEnd, labelOpening, shorten } from '../../src/flow/labels.js';

describe('words', () => {
  it('are cut between characters', () => {
    expect(shorten('abcdef', 4)).toBe('abc…');
    expect(shorten('ab\u{1f600}cd', 4)).toBe('ab…');
    expect(shorten('abcd', 4)).toBe('abcd');
  });

  it.each([
    [{ closedBy: 'client', closeCode: 1000 }, 'strong'],
    [{ closedBy: 'gateway', closeCode: 4000 }, 'bad'],
    [{ closedBy: 'gateway', closeCode: 1001 }, 'strong'],
    [{ closedBy: 'client', closeCode: 4004 }, 'bad'],
    [{ closedBy: 'gateway', closeCode: null }, 'bad'],
    [{ closedBy: null, closeCode: null }, 'quiet'],
    [{ closedBy: 'proxy', closeCode: 1001 }, 'quiet'],
  ] as const)('of an end say how bad it is: %j', (end, tone) => {
    expect(labelEnd({ connectionId: 1, atUs: 0, closeReason: null, ...end }).tone).toBe(tone);
  });

  it('leave out what is not known', () => {
    const unknown = { id: 1, captureId: 1, openedAtUs: 0, closedAtUs: null, isFromBefore: false };
    const opened = {
      ...unknown,
      sessionId: null,
      shard: null,
      transport: null,
      upgradeStatus: 101,
      repeats: 0,
    };
    expect(labelOpening(opened)).toBe('connects');
    expect(labelBeats(1, 0)).toBe('1 heartbeat');
  });
});
