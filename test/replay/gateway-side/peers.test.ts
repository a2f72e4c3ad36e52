import { describe, expect, it } from 'vitest';
import { ClientLimits } from '../../../src/replay/gateway-side/client-limits.js';
import { Peers } from '../../../src/replay/gateway-side/peers.js';
import { Playback } from '../../../src/replay/gateway-side/playback.js';
import { makeTimeline } from '../../../src/replay/gateway-side/timeline.js';
import { dispatch, readySession } from '../../support/capture/steps.js';

function playback(shard: readonly [number, number] | null = null): Playback {
  const timeline = makeTimeline(readySession(dispatch(1_000_010, 2, 'A')));
  const facts = { sessionId: 'live', resumeUrl: 'ws://mock', shard };
  return new Playback(timeline, 0, { speed: 1, isLockstep: false }, facts, 0);
}

describe('peers', () => {
  it('are found by their connection and by their shard', () => {
    const peers = new Peers();
    const [first, second] = [peers.add(1, null), peers.add(2, null)];
    peers.attach(second, playback([3, 8]), 0);
    expect([...peers.matching()]).toEqual([first, second]);
    expect([...peers.matching({ connection: 1 })]).toEqual([first]);
    expect([...peers.matching({ shard: 3 })]).toEqual([second]);
    expect([...peers.matching({ shard: 0 })]).toEqual([]);
    peers.attach(first, playback(), 0); // without a shard it is the first
    expect([...peers.matching({ shard: 0 })]).toEqual([first]);
  });

  it('wake for the next thing that is due to one of them: a frame, or the end of patience', () => {
    const peers = new Peers();
    const peer = peers.add(1, null);
    expect(peers.wakeAtUs).toBeNull();
    peers.attach(peer, playback(), 0);
    expect(peers.wakeAtUs).toBe(10); // READY, as recorded
    peer.isCongested = true;
    expect(peers.wakeAtUs).toBeNull();
    peers.add(2, new ClientLimits(1_000, 0));
    expect(peers.wakeAtUs).toBe(1_500_000);
  });

  it('give a session to one of them only', () => {
    const peers = new Peers();
    const session = playback();
    peers.attach(peers.add(1, null), session, 0);
    peers.attach(peers.add(2, null), session, 0);
    expect(peers.get(1)).toBeUndefined();
    expect(peers.get(2)?.playback).toBe(session);
    expect(peers.takeActions()).toMatchObject([{ type: 'close', peer: 1, code: 4000 }]);
    expect(peers.takeActions()).toEqual([]);
  });

  it('that are closed and have yet to end take no session from the one that resumed it meanwhile', () => {
    const peers = new Peers();
    const [one, other] = [playback(), playback()];
    for (const [id, session] of [one, other].entries()) {
      const peer = peers.add(id, null);
      peers.attach(peer, session, 0);
      peers.close(peer, 4000, '', 1);
    }
    peers.attach(peers.add(2, null), other, 2);
    other.resume(0, 2);
    peers.remove(0, 9);
    peers.remove(1, 9);
    expect([one.awaySinceUs, other.awaySinceUs]).toEqual([9, null]);
  });

  it('that are closed leave a session that can be resumed', () => {
    const peers = new Peers();
    const session = playback();
    const peer = peers.add(1, null);
    peers.attach(peer, session, 0);
    peers.close(peer, null, '', 7);
    expect(session.awaySinceUs).toBe(7);
    expect(peers.get(1)).toBeUndefined();
  });
});
