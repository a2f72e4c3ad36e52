import { describe, expect, it } from 'vitest';
import { type RestCallRow, recordingFromRows, type SessionStepRow } from '../../src/replay/session-rows.js';
import { formatTape, parseTape } from '../../src/replay/tape/tape.js';

const facts = { shard: [0, 1] as const, library: 'x', transport: null };
const START = 1_700_000_000_000_000;

const rows: SessionStepRow[] = [
  {
    type: 'payload',
    connectionId: 31,
    atUs: START,
    sender: 'gateway',
    op: 10,
    event: null,
    seq: null,
    text: '{"op":10,"d":{"x":0.0}}',
  },
  {
    type: 'payload',
    connectionId: 31,
    atUs: START + 5,
    sender: 'client',
    op: 2,
    event: null,
    seq: null,
    text: '{"op":2}',
  },
  {
    type: 'payload',
    connectionId: 31,
    atUs: START + 9,
    sender: 'gateway',
    op: 0,
    event: 'READY',
    seq: 1,
    text: '{"t":"READY","s":1,"op":0,"d":{"v":10}}',
  },
  { type: 'close', connectionId: 31, atUs: START + 20, closedBy: 'client', code: 4200, reason: 'bye' },
  {
    type: 'payload',
    connectionId: 17,
    atUs: START + 30,
    sender: 'client',
    op: 6,
    event: null,
    seq: null,
    text: '{"op":6,"d":null}',
  },
  { type: 'close', connectionId: 17, atUs: START + 40, closedBy: 'proxy', code: null, reason: '' },
];

describe('a recording of rows', () => {
  const recording = recordingFromRows(rows, facts);

  it('counts connections from 1 in order, and time from the first row', () => {
    expect(recording.steps.map(({ connection, atUs }) => [connection, atUs])).toEqual([
      [1, 0],
      [1, 5],
      [1, 9],
      [1, 20],
      [2, 30],
    ]);
  });

  it('has no end for a connection that ended with the recorder', () => {
    expect(recording.steps.map(({ type }) => type)).toEqual([
      'payload',
      'payload',
      'payload',
      'close',
      'payload',
    ]);
    expect(recording.steps[3]).toMatchObject({ sender: 'client', code: 4200, reason: 'bye' });
  });

  it('has payloads with text, facts and d', () => {
    const [hello, identify, ready] = recording.steps;
    expect(hello).toMatchObject({ text: '{"op":10,"d":{"x":0.0}}', payload: { op: 10, d: { x: 0 } } });
    expect(identify?.type === 'payload' && identify.payload.d).toBeNull();
    expect(ready).toMatchObject({ sender: 'gateway', payload: { op: 0, t: 'READY', s: 1, d: { v: 10 } } });
  });

  it('becomes a tape that reads back as the same session', () => {
    const tape = formatTape(recording);
    expect(formatTape(parseTape(tape))).toBe(tape);
  });
});

describe('a call of a recording', () => {
  const row: RestCallRow = {
    ...{ startedAtUs: START + 7, durationUs: 3, method: 'POST', path: '/x', status: 200 },
    ...{ requestType: null, responseType: null, requestBody: 'asked', responseBody: 'answered' },
    ...{ responseHeaders: {}, requestCut: false, responseCut: false, fault: null },
  };
  const [first] = rows;
  const read = (changes: Partial<RestCallRow>) =>
    recordingFromRows([first!], facts, [{ ...row, ...changes }]).exchanges[0];

  it('has whole bodies, and the time that the answer took, where it came to its end', () => {
    expect(read({})).toMatchObject({
      atUs: 7,
      durationUs: 3,
      requestBody: 'asked',
      responseBody: 'answered',
    });
    expect(read({ requestCut: true })).toMatchObject({ requestBody: null, responseBody: 'answered' });
    expect(read({ responseCut: true })).toMatchObject({ requestBody: 'asked', responseBody: null });
    expect(read({ fault: 'response_broken' as RestCallRow['fault'] })).toMatchObject({
      durationUs: null,
      responseBody: null,
    });
  });

  it('begins the clock where there are no steps', () => {
    expect(recordingFromRows([], facts, [row]).exchanges[0]).toMatchObject({ atUs: 0 });
  });
});
