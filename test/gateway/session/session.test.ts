/** Sessions follow IDENTIFY, RESUME and READY, whatever the sockets do. */
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import {
  MAX_KNOWN_SESSIONS,
  type SessionEvent,
  SessionTracker,
} from '../../../src/gateway/session/session.js';
import type { Sender } from '../../../src/wire/frame.js';

/** One line of a script: who sends what on which connection, and what the tracker says in short. */
type Line = readonly [connection: number, who: Sender, what: Step, ...says: string[]];

/** A payload in short; `s` and `t` default to null. */
interface Step {
  readonly op: number;
  readonly d?: JsonValue;
  readonly s?: number | null;
  readonly t?: string | null;
}

/** Dispatch of an event. */
const dispatch = (s: number | null, t: string, d: JsonValue = {}): Step => ({ op: 0, s, t, d });
const HELLO: Step = { op: 10, d: { heartbeat_interval: 41_250 } };
const IDENTIFY: Step = {
  op: 2,
  d: { token: 'token', properties: { browser: 'lib 1' }, intents: 513, shard: [0, 2] },
};
const resume = (id: string, seq: number): Step => ({
  op: 6,
  d: { token: 'token', session_id: id, seq },
});
const ready = (s: number, id: string): Step =>
  dispatch(s, 'READY', { session_id: id, user: { id: '42' }, shard: [0, 2] });
const invalidSession = (isResumable: boolean): Step => ({ op: 9, d: isResumable });

/** An event in one line: `attach 1`, `resume 1`, `facts 1 id=a user=42`, or the observation's name. */
function inShort(event: SessionEvent): string {
  if (event.type === 'observation') return event.name;
  if (event.type === 'attached') return `${event.isResume ? 'resume' : 'attach'} ${event.session}`;
  if (event.type === 'refused') return `refused ${event.session}`;
  if (event.type === 'returned') return `returned ${event.connection} to ${event.session}`;
  const { sessionId, userId, shard, library, intents } = event;
  const facts = Object.entries({ id: sessionId, user: userId, shard, library, intents })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${String(value)}`);
  return ['facts', event.session, ...facts].join(' ');
}

/** Plays a script; connections are opened at their first line, all with the same user agent. */
function playSession(script: readonly Line[], tracker = new SessionTracker()): void {
  const opened = new Set<number>();
  const played = script.map(([connection, who, what]) => {
    if (!opened.has(connection)) tracker.open(connection, 'agent');
    opened.add(connection);
    const payload = { d: null, s: null, t: null, ...what };
    return [connection, who, what, ...tracker.observe(connection, payload, who).map(inShort)];
  });
  expect(played).toEqual(script);
}

const IDENTIFIED = ['attach 1', 'facts 1 shard=0,2 library=lib 1 intents=513'] as const;

describe('SessionTracker', () => {
  it('begins a session with IDENTIFY and names it with READY', () => {
    playSession([
      [1, 'gateway', HELLO],
      [1, 'client', { op: 1, d: null }],
      [1, 'client', IDENTIFY, ...IDENTIFIED],
      [1, 'gateway', ready(1, 'a'), 'facts 1 id=a user=42 shard=0,2'],
      [1, 'gateway', dispatch(2, 'GUILD_CREATE')],
      [1, 'client', { op: 3 }],
    ]);
  });

  it('takes IDENTIFY before HELLO', () => {
    playSession([
      [1, 'client', { op: 41 }],
      [1, 'client', IDENTIFY, ...IDENTIFIED],
      [1, 'gateway', HELLO],
      [1, 'gateway', ready(1, 'a'), 'facts 1 id=a user=42 shard=0,2'],
    ]);
  });

  it('takes INITIAL_GUILD before READY, and no other dispatch', () => {
    playSession([
      [1, 'gateway', HELLO],
      [1, 'client', IDENTIFY, ...IDENTIFIED],
      [1, 'gateway', dispatch(1, 'INITIAL_GUILD')],
      [1, 'gateway', dispatch(2, 'GUILD_CREATE'), 'dispatch_before_ready'],
      [1, 'gateway', ready(3, 'a'), 'facts 1 id=a user=42 shard=0,2'],
    ]);
  });

  it('takes RECONNECT instead of HELLO', () => {
    playSession([
      [1, 'gateway', { op: 7 }],
      [1, 'client', IDENTIFY, ...IDENTIFIED],
    ]);
  });

  it('follows one session over many sockets', () => {
    playSession([
      [1, 'gateway', HELLO],
      [1, 'client', IDENTIFY, ...IDENTIFIED],
      [1, 'gateway', ready(1, 'a'), 'facts 1 id=a user=42 shard=0,2'],
      [1, 'gateway', dispatch(2, 'MESSAGE_CREATE')],
      [1, 'gateway', dispatch(3, 'MESSAGE_CREATE')],
      [2, 'gateway', HELLO],
      [2, 'client', resume('a', 2), 'resume 1'],
      [2, 'gateway', dispatch(3, 'MESSAGE_CREATE')],
      [2, 'gateway', dispatch(4, 'RESUMED', { _trace: [] })],
      [3, 'gateway', HELLO],
      [3, 'client', resume('a', 9), 'resume_ahead', 'resume 1'],
    ]);
  });

  it('remarks no RESUME of a session whose sequence numbers never came', () => {
    playSession([
      [1, 'gateway', HELLO],
      [1, 'client', IDENTIFY, ...IDENTIFIED],
      [1, 'gateway', dispatch(null, 'READY', { session_id: 'a' }), 'facts 1 id=a', 'seq_missing'],
      [2, 'gateway', HELLO],
      [2, 'client', resume('a', 5), 'resume 1'],
    ]);
  });

  it('follows several sessions on one socket', () => {
    playSession([
      [1, 'gateway', HELLO],
      [1, 'client', resume('gone', 8), 'resume 1', 'facts 1 id=gone library=agent'],
      [1, 'gateway', invalidSession(false), 'refused 1'],
      [1, 'client', IDENTIFY, 'attach 2', 'facts 2 shard=0,2 library=lib 1 intents=513'],
      [1, 'gateway', ready(1, 'b'), 'facts 2 id=b user=42 shard=0,2'],
      [1, 'gateway', invalidSession(true)],
      [1, 'client', resume('b', 1), 'resume 2'],
      [1, 'gateway', dispatch(2, 'RESUMED')],
    ]);
  });

  it('opens a session for a RESUME of an id that this capture never saw', () => {
    playSession([
      [1, 'gateway', HELLO],
      [1, 'client', resume('old', 77), 'resume 1', 'facts 1 id=old library=agent'],
      [1, 'gateway', dispatch(78, 'RESUMED')],
    ]);
  });

  it('begins a session with every IDENTIFY, whatever id it is given, and resumes the last one', () => {
    const second = ['attach 2', 'facts 2 shard=0,2 library=lib 1 intents=513'] as const;
    playSession([
      [1, 'client', IDENTIFY, ...IDENTIFIED],
      [1, 'gateway', HELLO],
      [1, 'gateway', ready(1, 'of the token'), 'facts 1 id=of the token user=42 shard=0,2'],
      [2, 'gateway', HELLO],
      [2, 'client', IDENTIFY, ...second],
      [2, 'gateway', ready(1, 'of the token'), 'facts 2 id=of the token user=42 shard=0,2'],
      [3, 'gateway', HELLO],
      [3, 'client', resume('of the token', 1), 'resume 2'],
      [3, 'gateway', dispatch(2, 'RESUMED')],
    ]);
  });

  it('says when a RESUME is refused, by INVALID_SESSION or a close that ends sessions, and else not', () => {
    const tracker = new SessionTracker();
    playSession(
      [
        [1, 'client', IDENTIFY, ...IDENTIFIED],
        [1, 'gateway', HELLO],
        [1, 'gateway', ready(1, 'a'), 'facts 1 id=a user=42 shard=0,2'],
        [1, 'gateway', invalidSession(true)],
        [1, 'client', resume('a', 1), 'resume 1'],
        [1, 'gateway', invalidSession(true), 'refused 1'],
        [1, 'client', resume('a', 1), 'resume 1'],
        [1, 'gateway', dispatch(2, 'RESUMED')],
        [2, 'client', resume('a', 2), 'resume 1'],
        [3, 'client', resume('a', 2), 'resume 1'],
        [4, 'client', resume('a', 2), 'resume 1'],
      ],
      tracker,
    );
    expect(tracker.close(1, 4009)).toEqual([]);
    expect(tracker.close(2, 4009)).toEqual([{ type: 'refused', session: 1 }]);
    expect(tracker.close(3, 4000)).toEqual([]);
    expect(tracker.close(4, null)).toEqual([]);
  });

  it('gives a connection that got RECONNECT instead of HELLO to the session that its client resumes next', () => {
    const tracker = new SessionTracker();
    playSession(
      [
        [1, 'client', IDENTIFY, ...IDENTIFIED],
        [1, 'gateway', HELLO],
        [1, 'gateway', ready(1, 'a'), 'facts 1 id=a user=42 shard=0,2'],
        [2, 'gateway', { op: 7 }],
      ],
      tracker,
    );
    tracker.close(2, 4000);
    tracker.open(3, 'another agent');
    const resumed = { d: { token: 't', session_id: 'a', seq: 1 }, op: 6, s: null, t: null };
    expect(tracker.observe(3, resumed, 'client').map(({ type }) => type)).toEqual(['attached']);
    playSession([[4, 'client', resume('a', 1), 'resume 1', 'returned 2 to 1']], tracker);
    playSession([[5, 'client', resume('a', 1), 'resume 1']], tracker);
  });

  it('does not take a heartbeat ACK before HELLO for a greeting', () => {
    playSession([
      [1, 'client', { op: 1, d: null }],
      [1, 'gateway', { op: 11 }],
      [1, 'gateway', HELLO],
      [1, 'client', IDENTIFY, ...IDENTIFIED],
    ]);
  });

  it('keeps two shards apart that run at the same time', () => {
    const tracker = new SessionTracker();
    playSession(
      [
        [1, 'client', IDENTIFY, ...IDENTIFIED],
        [2, 'client', IDENTIFY, 'attach 2', 'facts 2 shard=0,2 library=lib 1 intents=513'],
      ],
      tracker,
    );
    expect([tracker.findSession(1), tracker.findSession(2), tracker.findSession(3)]).toEqual([1, 2, null]);
    tracker.close(1, null);
    expect(tracker.findSession(1)).toBeNull();
  });

  it('reports gaps, repetitions and missing numbers in the sequence, and continues', () => {
    playSession([
      [1, 'gateway', HELLO],
      [1, 'client', IDENTIFY, ...IDENTIFIED],
      [1, 'gateway', ready(0, 'a'), 'facts 1 id=a user=42 shard=0,2'],
      [1, 'gateway', dispatch(3, 'X'), 'seq_gap'],
      [1, 'gateway', dispatch(4, 'X')],
      [1, 'gateway', dispatch(4, 'X'), 'seq_repeated'],
      [1, 'gateway', dispatch(null, 'X'), 'seq_missing'],
      [1, 'gateway', dispatch(5, 'X')],
    ]);
  });

  it('notes steps that the protocol does not allow, once for each opcode', () => {
    playSession([
      [1, 'gateway', dispatch(1, 'X'), 'hello_missing', 'dispatch_without_session'],
      [1, 'gateway', dispatch(2, 'X')],
      [1, 'gateway', HELLO],
      [1, 'gateway', HELLO, 'second_hello'],
      [1, 'client', { op: 3 }, 'payload_before_identify'],
      [1, 'client', { op: 3 }],
      [1, 'client', { op: 4 }, 'payload_before_identify'],
      [1, 'client', { op: 0 }, 'unexpected_sender'],
      [1, 'gateway', { op: 2 }, 'unexpected_sender'],
      [1, 'gateway', { op: 99 }, 'unknown_opcode'],
      [1, 'client', IDENTIFY, ...IDENTIFIED],
      [1, 'client', IDENTIFY, 'second_identify', 'attach 2', 'facts 2 shard=0,2 library=lib 1 intents=513'],
      [1, 'gateway', dispatch(1, 'RESUMED'), 'unexpected_resumed'],
      [1, 'gateway', ready(2, 'a'), 'facts 2 id=a user=42 shard=0,2'],
      [1, 'client', resume('a', 2), 'unexpected_resume', 'resume 2'],
    ]);
  });

  it('gives a READY without IDENTIFY its own session', () => {
    playSession([
      [1, 'gateway', HELLO],
      [1, 'gateway', ready(1, 'a'), 'unexpected_ready', 'attach 1', 'facts 1 id=a user=42 shard=0,2'],
      [1, 'gateway', ready(1, 'b'), 'attach 2', 'facts 2 id=b user=42 shard=0,2'],
    ]);
  });

  it('reads facts only where they have the right shape', () => {
    playSession([
      [
        1,
        'client',
        { op: 2, d: { shard: [0], properties: { $browser: 'old' }, intents: '5' } },
        'attach 1',
        'facts 1 library=old',
      ],
      [1, 'client', { op: 2, d: [] }, 'second_identify', 'attach 2', 'facts 2 library=agent'],
      [1, 'client', { op: 6, d: null }, 'unexpected_resume', 'resume 3', 'facts 3 library=agent'],
      [1, 'gateway', dispatch(1, 'READY', null), 'hello_missing', 'unexpected_ready', 'facts 3'],
    ]);
  });

  it('does not parse d if nothing depends on it', () => {
    const tracker = new SessionTracker();
    playSession(
      [
        [1, 'gateway', HELLO],
        [1, 'client', IDENTIFY, ...IDENTIFIED],
        [1, 'gateway', ready(1, 'a'), 'facts 1 id=a user=42 shard=0,2'],
      ],
      tracker,
    );
    const unread = {
      op: 0,
      s: 2,
      t: 'X',
      get d(): null {
        throw new Error('d was read');
      },
    };
    expect(tracker.observe(1, unread, 'gateway')).toEqual([]);
  });

  it('ignores a connection that is not open', () => {
    expect(new SessionTracker().observe(9, { op: 2, d: {}, s: null, t: null }, 'client')).toEqual([]);
  });

  it('forgets the oldest ids beyond its limit', () => {
    const tracker = new SessionTracker();
    tracker.open(1, null);
    const resumed = (id: number): unknown =>
      tracker
        .observe(
          1,
          { ...resume(String(id), 1), d: resume(String(id), 1).d ?? null, s: null, t: null },
          'client',
        )
        .find((event) => event.type === 'attached');
    for (let id = 0; id <= MAX_KNOWN_SESSIONS; id += 1) resumed(id);
    expect(resumed(MAX_KNOWN_SESSIONS)).toMatchObject({ session: MAX_KNOWN_SESSIONS + 1 });
    expect(resumed(0)).toMatchObject({ session: MAX_KNOWN_SESSIONS + 2 });
  });
});

it('a RESUME without a sequence goes on where the session was', () => {
  playSession([
    [1, 'gateway', HELLO],
    [1, 'client', IDENTIFY, ...IDENTIFIED],
    [1, 'gateway', ready(1, 'a'), 'facts 1 id=a user=42 shard=0,2'],
    [1, 'gateway', dispatch(2, 'X')],
    [2, 'gateway', HELLO],
    [2, 'client', { op: 6, d: { token: 'token', session_id: 'a' } }, 'resume 1'],
    [2, 'gateway', dispatch(3, 'X')],
  ]);
});

it('a dispatch without a sequence is told by where the session was', () => {
  const tracker = new SessionTracker();
  tracker.open(1, null);
  const details = [
    HELLO,
    IDENTIFY,
    dispatch(null, 'INITIAL_GUILD'),
    ready(4, 'a'),
    dispatch(null, 'X'),
  ].flatMap((step) =>
    tracker
      .observe(1, { d: null, s: null, t: null, ...step }, step === IDENTIFY ? 'client' : 'gateway')
      .flatMap((event) => (event.type === 'observation' ? [`${event.name}: ${event.detail}`] : [])),
  );
  expect(details).toEqual([
    'seq_missing: the session was at its start',
    'seq_gap: expected sequence 1, got 4',
    'seq_missing: the session was at 4',
  ]);
});

it('of many clients that were turned away the last 64 return', () => {
  const tracker = new SessionTracker();
  const observe = (connection: number, step: Step, who: Sender): readonly SessionEvent[] =>
    tracker.observe(connection, { d: null, s: null, t: null, ...step }, who);
  for (const connection of [1, ...Array.from({ length: 70 }, (_, index) => index + 2), 99])
    tracker.open(connection, 'agent');
  observe(1, IDENTIFY, 'client');
  observe(1, ready(1, 'a'), 'gateway');
  for (let connection = 2; connection < 72; connection += 1) {
    observe(connection, { op: 7 }, 'gateway');
    tracker.close(connection, null);
  }
  const returned = observe(99, resume('a', 1), 'client').flatMap((event) =>
    event.type === 'returned' ? [event.connection] : [],
  );
  expect(returned).toEqual(Array.from({ length: 64 }, (_, index) => index + 8));
});
