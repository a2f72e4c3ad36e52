/** Heartbeats find their ACKs, first in, first out. */
import { describe, expect, it } from 'vitest';
import { HeartbeatTracker, MAX_OPEN_HEARTBEATS } from '../../../src/gateway/session/heartbeat.js';

describe('HeartbeatTracker', () => {
  it('pairs the oldest open heartbeat with each ACK', () => {
    const tracker = new HeartbeatTracker();
    tracker.sent(10, null);
    tracker.sent(20, 7);
    expect(tracker.acked(25)).toEqual({ session: null, sentAtUs: 10, ackedAtUs: 25 });
    expect(tracker.acked(26)).toEqual({ session: 7, sentAtUs: 20, ackedAtUs: 26 });
  });

  it('returns null for an ACK without a heartbeat', () => {
    expect(new HeartbeatTracker().acked(5)).toBeNull();
  });

  it('reports unanswered heartbeats as missed, once', () => {
    const tracker = new HeartbeatTracker();
    tracker.sent(1, 1);
    tracker.sent(2, 1);
    tracker.acked(3);
    expect(tracker.end()).toEqual([{ session: 1, sentAtUs: 2, ackedAtUs: null }]);
    expect(tracker.end()).toEqual([]);
  });

  it('holds no more than its limit when a client floods', () => {
    const tracker = new HeartbeatTracker();
    for (let n = 1; n <= MAX_OPEN_HEARTBEATS; n += 1) expect(tracker.sent(n, null)).toBeNull();
    expect(tracker.sent(MAX_OPEN_HEARTBEATS + 1, null)).toEqual({
      session: null,
      sentAtUs: 1,
      ackedAtUs: null,
    });
    expect(tracker.end()).toHaveLength(MAX_OPEN_HEARTBEATS);
  });
});
