import { describe, expect, it } from 'vitest';
import { makeProgram } from '../../../src/replay/client-side/program.js';
import {
  ACK,
  dispatch,
  HELLO,
  readySession,
  recording,
  RECONNECT,
  resume,
  step,
} from '../../support/capture/steps.js';

describe('a program', () => {
  it('has what the client did, each step behind what it had read', () => {
    const { acts } = makeProgram(
      readySession(
        dispatch(30, 2, 'A'),
        step(40, 1, 'client', '{"op":3,"d":{}}'),
        step(50, 1, 'gateway', RECONNECT),
        { type: 'close', connection: 1, atUs: 60, sender: 'client', code: 4200, reason: '' },
        step(70, 2, 'gateway', HELLO),
        resume(80, 2, 1),
      ),
    );
    expect(acts).toMatchObject([
      { type: 'connect', connection: 1, after: 0, isResume: false },
      { type: 'send', connection: 1, after: 1, op: 2 },
      { type: 'send', connection: 1, after: 3, op: 3, atUs: 40 },
      { type: 'close', connection: 1, after: 4, code: 4200 },
      { type: 'connect', connection: 2, after: 4, isResume: true },
      { type: 'send', connection: 2, after: 5, op: 6, lag: 1 },
    ]);
  });

  it('is of the opening that a connection has, whatever the client said before it', () => {
    const early = step(5, 1, 'client', '{"op":3,"d":{}}');
    const resumed = step(10, 1, 'client', '{"op":6,"d":{"seq":null}}');
    const { acts, isMidSession } = makeProgram(recording(early, resumed, dispatch(20, 9, 'A')));
    expect(isMidSession).toBe(true);
    expect(acts).toMatchObject([{ isResume: true }, { op: 3, lag: 0 }, { op: 6, lag: 0 }]);
  });

  it('expects what the gateway sent, and its closes, but no heartbeats', () => {
    const { expected, greeted } = makeProgram(
      readySession(
        step(30, 1, 'client', '{"op":1,"d":1}'),
        step(31, 1, 'gateway', ACK),
        step(32, 1, 'gateway', '{"op":1,"d":null}'),
        { type: 'close', connection: 1, atUs: 40, sender: 'gateway', code: 4000, reason: 'x' },
        resume(50, 2, 1),
      ),
    );
    expect(expected.map(({ op, event, seq, text }) => [op, event, seq, text.slice(0, 24)])).toEqual([
      [10, null, null, '{"t":null,"s":null,"op":'],
      [0, 'READY', 1, '{"t":"READY","s":1,"op":'],
      [null, null, null, '{"close":{"code":4000}}'],
    ]);
    expect([...greeted]).toEqual([1]);
  });

  it('expects nothing that the client could not receive', () => {
    const { expected } = makeProgram(
      readySession(
        { type: 'close', connection: 1, atUs: 40, sender: 'client', code: 4000, reason: '' },
        dispatch(41, 2, 'LATE'),
        { type: 'close', connection: 1, atUs: 42, sender: 'gateway', code: 4000, reason: '' },
      ),
    );
    expect(expected).toHaveLength(2);
  });

  it('of a recording that begins within a session does not expect its first RESUMED', () => {
    const program = makeProgram(recording(resume(0, 1, 5), dispatch(1, 6, 'A'), dispatch(2, 7, 'RESUMED')));
    expect(program.isMidSession).toBe(true);
    expect(program.expected.map(({ event }) => event)).toEqual(['A']);
  });
});
