/**
 * Lanes of the view of sessions: a session with its connections and round trips.
 */
import type { ConnectionBar, SessionLane, SessionsAnswer } from '../../src/ui/answers.js';

/** A lane. */
export interface Lane {
  /** Null for the lane of connections without a session. */
  readonly session: SessionLane | null;
  /** In the order in which they opened. */
  readonly connections: readonly ConnectionBar[];
  /** Round trips by connection. */
  readonly heartbeats: ReadonlyMap<number, SessionsAnswer['heartbeats'][number]['points']>;
}

/** Lanes of an answer; the lane of connections without a session is the last one. */
export function groupLanes({ sessions, connections, heartbeats }: SessionsAnswer): readonly Lane[] {
  const points = new Map(heartbeats.map((one) => [one.connectionId, one.points]));
  const bySession = new Map<number | null, ConnectionBar[]>();
  const known = new Set(sessions.map(({ id }) => id));
  for (const bar of connections) {
    const key = bar.sessionId !== null && known.has(bar.sessionId) ? bar.sessionId : null;
    const bars = bySession.get(key);
    if (bars === undefined) bySession.set(key, [bar]);
    else bars.push(bar);
  }
  const createLane = (session: SessionLane | null): Lane => ({
    session,
    connections: bySession.get(session?.id ?? null) ?? [],
    heartbeats: points,
  });
  const lanes = sessions.map(createLane);
  return bySession.has(null) ? [...lanes, createLane(null)] : lanes;
}

/** End of a connection's bar: its close, its last record, or the end of the drawing. */
export function findEnd({ closedAtUs, lastAtUs, end, openedAtUs }: ConnectionBar, untilUs: number): number {
  if (closedAtUs !== null) return closedAtUs;
  return end === 'open' ? untilUs : (lastAtUs ?? openedAtUs);
}
