import { describe, expect, it } from 'vitest';
import { parseFault } from '../../../src/config/fault-spec.js';
import type { SendAction } from '../../../src/replay/gateway-side/actions.js';
import { ArmedFault } from '../../../src/replay/faults/plan.js';
import { earliest, FaultyPeer } from '../../../src/replay/faults/faulty-peer.js';

const send = (event: string | null, seq: number | null = null): SendAction => ({
  type: 'send',
  peer: 1,
  text: JSON.stringify({ t: event, s: seq, op: event === null ? 11 : 0, d: {} }),
  event,
  seq,
});
const alter = (peer: FaultyPeer, spec: string, action: SendAction): readonly SendAction[] =>
  peer.alter(action, new ArmedFault(parseFault(spec), 1, 0), 0);

describe('a faulty peer', () => {
  it('sees the opcode of payloads other than dispatches', () => {
    expect(new FaultyPeer(1, 0).sight(send(null))).toEqual({
      op: 11,
      event: null,
      seq: null,
      isAfterReady: false,
    });
  });

  it.each([
    ['corrupt-stream', 'corrupt'],
    ['no-flush-suffix', 'no suffix'],
    ['split-message', 'split'],
    ['split-message:suffix', 'split suffix'],
  ])('%s leaves the payload as it is, to be damaged', (spec, damage) => {
    expect(alter(new FaultyPeer(1, 0), spec, send('A', 2))).toEqual([{ ...send('A', 2), damage }]);
  });

  it('lets a dispatch change places with the next one, and only with that', () => {
    const peer = new FaultyPeer(1, 0);
    expect(alter(peer, 'reorder', send('A', 2))).toEqual([]);
    expect(peer.send(send(null), 1)).toEqual([send(null)]);
    expect(peer.send(send('B', 3), 2)).toEqual([send('B', 3), send('A', 2)]);
    expect(peer.send(send('C', 4), 3)).toEqual([send('C', 4)]);
  });

  it('does not keep a dispatch behind what ends the connection', () => {
    const peer = new FaultyPeer(1, 0);
    alter(peer, 'reorder', send('A', 2));
    const close = { type: 'close', peer: 1, code: 4000, reason: '' } as const;
    expect(peer.act(close, 1)).toEqual([send('A', 2), close]);
  });
});

describe('earliest', () => {
  it.each([
    [null, null, null],
    [1, null, 1],
    [null, 2, 2],
    [3, 2, 2],
  ])('of %s and %s is %s', (one, other, result) => {
    expect(earliest(one, other)).toBe(result);
  });
});
