import { describe, expect, it } from 'vitest';
import type { ReceivedPayload } from '../../src/mock/gateway.js';
import { formatCalls, formatDifferences, formatPayloads, shown } from '../../src/vitest/sequence.js';

const received = (op: number, d: ReceivedPayload['payload']['d']): ReceivedPayload => ({
  connection: 1,
  atUs: 0,
  payload: { op, d, s: null, t: null },
});

describe('payloadLines', () => {
  it('has a line for each payload, without secrets', () => {
    const lines = formatPayloads([received(2, { token: 'abc', intents: 1 }), received(99, null)]);
    expect(lines).toBe('  op 2 IDENTIFY {"token":"…","intents":1}\n  op 99 of no known name null');
  });

  it('prints "nothing" for an empty list, and cuts a long one', () => {
    expect(formatPayloads([])).toBe('  nothing');
    const lines = formatPayloads(Array.from({ length: 25 }, () => received(1, null))).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('  … and 5 more');
  });
});

describe('callLines', () => {
  it('has a line for each call', () => {
    const call = { atUs: 0, method: 'GET', path: '/x', body: null, status: 404, origin: 'unknown' } as const;
    expect(formatCalls([call])).toBe('  GET /x (404) null');
  });
});

describe('differenceLines', () => {
  it('marks what was recorded and what was received', () => {
    const at = { index: 1, op: 3, event: null, seq: null };
    const lines = formatDifferences({
      equal: false,
      matched: 0,
      missing: [at],
      unexpected: [at],
      reordered: [{ ...at, actualIndex: 4 }],
      changed: [
        { ...at, path: 'd.status', expected: 'idle', actual: 'online' },
        { ...at, path: 'd.token', expected: 'abc' },
      ],
    });
    expect(lines.split('\n')).toEqual([
      '  - missing no. 2 op 3 PRESENCE_UPDATE',
      '  + unexpected no. 2 op 3 PRESENCE_UPDATE',
      '  ~ moved no. 2 op 3 PRESENCE_UPDATE to no. 5',
      '  - no. 2 op 3 PRESENCE_UPDATE d.status: "idle"',
      '  + no. 2 op 3 PRESENCE_UPDATE d.status: "online"',
      '  - no. 2 op 3 PRESENCE_UPDATE d.token: …',
      '  + no. 2 op 3 PRESENCE_UPDATE d.token: …',
    ]);
  });
});

describe('a shown value', () => {
  it('is short', () => {
    expect(shown('x'.repeat(500))).toHaveLength(100);
    expect(shown(undefined)).toBe('nothing');
  });
});
