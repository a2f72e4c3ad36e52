import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import type { GatewayAction, GatewayInput } from '../../../src/replay/gateway-side/actions.js';
import { GatewayScript } from '../../../src/replay/gateway-side/gateway-script.js';
import type { Recording, RecordingStep } from '../../../src/replay/recording.js';
import { identified, IDENTIFY, Playbook } from '../../support/replay-playbook.js';
import {
  ACK,
  dispatch,
  HELLO,
  IDENTIFY as RECORDED_IDENTIFY,
  readySession,
  ready,
  RECONNECT,
  recording,
  resume,
  step,
} from '../../support/capture/steps.js';
import { strangeJson } from '../../support/strange-json.js';

const INVALID_SESSION = '{"t":null,"s":null,"op":9,"d":false}';

/** READY 1, A 2, RECONNECT; the client comes back and resumes: B 3, RESUMED 4, C 5. */
const interrupted = (): Recording =>
  readySession(
    dispatch(100, 2, 'A'),
    step(200, 1, 'gateway', RECONNECT),
    { type: 'close', connection: 1, atUs: 210, sender: 'client', code: 4200, reason: '' },
    step(300, 2, 'gateway', HELLO),
    resume(310, 2, 2),
    dispatch(320, 3, 'B', {}, 2),
    dispatch(330, 4, 'RESUMED', { _trace: [] }, 2),
    dispatch(400, 5, 'C', {}, 2),
  );

describe('greeting', () => {
  it('sends HELLO at once, with the recorded interval', () => {
    const hello = '{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":30000,"_trace":[]}}';
    const playbook = new Playbook(
      recording(step(0, 1, 'gateway', hello), step(5, 1, 'client', RECORDED_IDENTIFY)),
    );
    const [text] = playbook.connect().texts();
    expect(JSON.parse(text!)).toMatchObject({ t: null, s: null, op: 10, d: { heartbeat_interval: 30_000 } });
  });

  it('says 41250 ms where no HELLO was recorded', () => {
    const [text] = new Playbook(recording()).connect().texts();
    expect(JSON.parse(text!)).toMatchObject({ d: { heartbeat_interval: 41_250 } });
  });

  it('acknowledges op 1 and op 40 with all four keys, before IDENTIFY too', () => {
    const playbook = new Playbook(readySession()).connect();
    playbook.texts();
    playbook.send({ op: 1, d: null }).send({ op: 40, d: { seq: null, qos: {} } });
    expect(playbook.texts()).toEqual([ACK, ACK]);
  });
});

describe('IDENTIFY', () => {
  it('is answered by READY with the live facts, and nothing else in it changed', () => {
    const playbook = new Playbook(readySession()).connect();
    playbook.texts();
    playbook.send({ op: 2, d: { token: 't', shard: [3, 8] } }).pass(0);
    const [text] = playbook.texts();
    const recorded = readySession().steps[2]!;
    const expected = recorded.type === 'payload' && (JSON.parse(recorded.text) as { d: object });
    expect(JSON.parse(text!)).toEqual({
      ...(expected as object),
      d: { ...(expected as { d: object }).d, resume_gateway_url: 'ws://mock', shard: [3, 8] },
    });
  });

  it('starts a session of its own for every client, from the start', () => {
    const playbook = identified(readySession(dispatch(30, 2, 'A'))).pass(0);
    playbook.connect(2).send(IDENTIFY, 2).pass(0);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2', '2 < op 10', '2 < READY 1', '2 < A 2']);
    const ids = playbook.texts().flatMap((text) => /"session_id":"([^"]+)"/.exec(text)?.[1] ?? []);
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toBe('recorded-session');
  });

  it('works where a recording began within a session', () => {
    const playbook = identified(
      recording(resume(0, 1, 41), dispatch(5, 42, 'A'), dispatch(6, 43, 'RESUMED'), dispatch(9, 44, 'B')),
    ).pass(0);
    expect(playbook.done()).toEqual(['1 < READY 41', '1 < A 42', '1 < B 44']);
  });

  it('twice closes with 4005', () => {
    expect(identified(readySession()).send(IDENTIFY).done()).toEqual(['1 closed 4005']);
  });

  it('without an object closes with 4002', () => {
    const playbook = new Playbook(readySession()).connect();
    playbook.done();
    expect(playbook.send({ op: 2, d: 'token' }).done()).toEqual(['1 closed 4002']);
  });
});

describe('pace', () => {
  const paced = (): Recording => readySession(dispatch(1_000_020, 2, 'A'), dispatch(3_000_020, 3, 'B'));

  it('is as recorded, counted from IDENTIFY', () => {
    const playbook = identified(paced(), 1);
    expect(playbook.pass(9).done()).toEqual([]);
    expect(playbook.pass(1).done()).toEqual(['1 < READY 1']);
    expect(playbook.pass(999_999).done()).toEqual([]);
    expect(playbook.pass(1).done()).toEqual(['1 < A 2']);
    expect(playbook.pass(2_000_000).done()).toEqual(['1 < B 3']);
    expect(playbook.wakeAtUs).toBeNull();
  });

  it('is n times as fast at speed n', () => {
    const playbook = identified(paced(), 10);
    expect(playbook.pass(100_001).done()).toEqual(['1 < READY 1', '1 < A 2']);
    expect(playbook.pass(200_000).done()).toEqual(['1 < B 3']);
  });

  it('knows no pauses at speed max, and keeps the order however much there is', () => {
    const events = Array.from({ length: 3000 }, (_, index) => dispatch(index * 1_000_000, index + 2, 'E'));
    const playbook = identified(readySession(...events)).pass(0);
    expect(playbook.done()).toEqual(['1 < READY 1', ...events.map((_, index) => `1 < E ${index + 2}`)]);
    expect(playbook.isFinished).toBe(true);
  });

  it('leaves a congested client alone and serves the others', () => {
    const playbook = identified(readySession(dispatch(30, 2, 'A')));
    playbook.input({ type: 'congested', peer: 1 });
    expect(playbook.wakeAtUs).toBeNull();
    expect(playbook.connect(2).send(IDENTIFY, 2).pass(0).done()).toEqual([
      '2 < op 10',
      '2 < READY 1',
      '2 < A 2',
    ]);
    expect(playbook.input({ type: 'drained', peer: 1 }).pass(0).done()).toEqual(['1 < READY 1', '1 < A 2']);
  });

  it('stops while the client is away', () => {
    const playbook = identified(paced(), 1).pass(400_010);
    playbook.disconnect().pass(10_000_000).done();
    playbook.connect(2).resume(1, 2);
    expect(playbook.done()).toEqual(['2 < op 10', '2 < RESUMED 1']);
    expect(playbook.pass(599_999).done()).toEqual([]);
    expect(playbook.pass(1).done()).toEqual(['2 < A 2']);
  });
});

describe('RESUME', () => {
  it('brings everything after seq again, then RESUMED with an object and a whole number, then what is new', () => {
    const playbook = identified(
      readySession(dispatch(30, 2, 'A'), dispatch(40, 3, 'B'), dispatch(9_000_000, 4, 'C')),
      1,
    );
    playbook.pass(100).disconnect(1, 4200).connect(2).done();
    playbook.texts();
    playbook.resume(1, 2);
    expect(playbook.done()).toEqual(['2 < A 2', '2 < B 3', '2 < RESUMED 3']);
    expect(JSON.parse(playbook.texts()[2]!)).toMatchObject({ op: 0, t: 'RESUMED', s: 3, d: {} });
    expect(playbook.pass(9_000_000).done()).toEqual(['2 < C 4']);
  });

  it('of an unknown session is answered by op 9 false, after which IDENTIFY works on the same socket', () => {
    const playbook = new Playbook(readySession()).connect().resume(1, 1, 'nobody');
    expect(playbook.texts()[1]).toBe(INVALID_SESSION);
    expect(playbook.send(IDENTIFY).pass(0).done()).toEqual(['1 < op 10', '1 < op 9', '1 < READY 1']);
  });

  it.each([5, -1, null, 1.5])('with seq %s, which was never sent, closes with 4007', (seq) => {
    const playbook = identified(readySession(dispatch(30, 2, 'A')))
      .pass(0)
      .disconnect()
      .connect(2);
    playbook.done();
    expect(playbook.resume(seq, 2).done()).toEqual(['2 closed 4007']);
  });

  it.each([1000, 1001])('after the client closed with %i finds no session', (code) => {
    const playbook = identified(readySession()).pass(0).disconnect(1, code).connect(2).resume(1, 2);
    expect(playbook.done()).toEqual(['1 < READY 1', '2 < op 10', '2 < op 9']);
  });

  it('takes the session from a connection that still looks alive', () => {
    const playbook = identified(readySession()).pass(0).connect(2).resume(1, 2);
    expect(playbook.done()).toEqual(['1 < READY 1', '2 < op 10', '1 closed 4000', '2 < RESUMED 1']);
  });
});

describe('an interruption', () => {
  it('happens at its place; the rest waits for the client to come back', () => {
    const playbook = identified(interrupted()).pass(60_000_000);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2', '1 < op 7']);
    expect(playbook.isFinished).toBe(false);
    playbook.disconnect(1, 4200).pass(60_000_000).connect(2).resume(2, 2).pass(0);
    expect(playbook.done()).toEqual(['2 < op 10', '2 < B 3', '2 < RESUMED 4', '2 < C 5']);
    expect(playbook.isFinished).toBe(true);
  });

  it('replays what the client missed before what is new', () => {
    const playbook = identified(interrupted()).pass(0).disconnect().connect(2);
    playbook.done();
    expect(playbook.resume(1, 2).pass(0).done()).toEqual(['2 < A 2', '2 < B 3', '2 < RESUMED 4', '2 < C 5']);
  });

  it('that comes before RESUMED was read leaves no hole in the numbers, but that of the recording in lockstep', () => {
    const unread = (isLockstep: boolean): string[] => {
      const playbook = new Playbook(interrupted(), 'max', isLockstep).connect().send(IDENTIFY).pass(0);
      playbook.disconnect(1, 4200).connect(2).resume(2, 2).pass(0).disconnect(2).connect(3).done();
      return playbook.resume(3, 3).pass(0).done();
    };
    expect(unread(false)).toEqual(['3 < C 4', '3 < RESUMED 4']);
    expect(unread(true)).toEqual(['3 < C 5', '3 < RESUMED 5']);
  });

  it('waits until the client has read what came before, but not for ever', () => {
    const playbook = identified(interrupted());
    playbook.answersPings = false;
    expect(playbook.pass(0).done()).toEqual(['1 < READY 1', '1 < A 2', '1 ping']);
    expect(playbook.pass(999_999).done()).toEqual([]);
    expect(playbook.pass(1).done()).toEqual(['1 < op 7']);
  });

  it('by a close of the gateway closes with the recorded code', () => {
    const playbook = identified(
      readySession(
        { type: 'close', connection: 1, atUs: 100, sender: 'gateway', code: 4000, reason: 'restart' },
        resume(200, 2, 1),
        dispatch(210, 2, 'RESUMED', {}, 2),
      ),
    ).pass(0);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 closed 4000']);
    playbook.connect(2).resume(1, 2).pass(0);
    expect(playbook.done()).toEqual(['2 < op 10', '2 < RESUMED 2']);
  });

  it('by INVALID_SESSION lets the client identify on the same socket, and goes on with the next session', () => {
    const playbook = identified(
      readySession(
        dispatch(50, 2, 'A'),
        step(100, 1, 'gateway', INVALID_SESSION),
        step(200, 1, 'client', RECORDED_IDENTIFY),
        ready(210, 1, 'second-session'),
        dispatch(220, 2, 'B'),
      ),
    ).pass(0);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2', '1 < op 9']);
    expect(playbook.resume(2).done()).toEqual(['1 < op 9']);
    playbook.texts();
    expect(playbook.send(IDENTIFY).pass(0).done()).toEqual(['1 < READY 1', '1 < B 2']);
    expect(playbook.texts()[0]).toContain('"session_id":"second-session"');
    expect(playbook.isFinished).toBe(true);
  });

  it('that refuses a RESUME is played instead of an answer', () => {
    const playbook = identified(
      readySession(
        step(100, 1, 'gateway', RECONNECT),
        resume(200, 2, 1),
        step(210, 2, 'gateway', INVALID_SESSION),
      ),
    ).pass(0);
    playbook.disconnect(1, 4200).connect(2).done();
    expect(playbook.resume(0, 2).pass(0).done()).toEqual(['2 < op 9']);
    expect(playbook.send(IDENTIFY, 2).pass(0).done()).toEqual(['2 < READY 1', '2 < op 7']);
  });

  it('after which the recorded client began a new session refuses RESUME', () => {
    const playbook = identified(
      readySession(
        step(100, 1, 'gateway', RECONNECT),
        step(200, 2, 'client', RECORDED_IDENTIFY),
        ready(210, 1, 'second-session'),
      ),
    ).pass(0);
    playbook.disconnect(1, 4200).connect(2).resume(1, 2).send(IDENTIFY, 2).pass(0);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < op 7', '2 < op 10', '2 < op 9', '2 < READY 1']);
  });

  it('of the recorded client does not hold up a client that stays', () => {
    const playbook = identified(
      readySession(
        dispatch(50, 2, 'A'),
        { type: 'close', connection: 1, atUs: 100, sender: 'client', code: null, reason: '' },
        resume(200, 2, 2),
        dispatch(210, 3, 'RESUMED', {}, 2),
        dispatch(220, 4, 'B', {}, 2),
      ),
    ).pass(0);
    // RESUMED, which it does not get, leaves no hole in the numbers.
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2', '1 < B 3']);
  });

  it('after which a new session began does not make the numbers of a client that stays fall', () => {
    const playbook = identified(
      readySession(
        dispatch(50, 2, 'A'),
        { type: 'close', connection: 1, atUs: 100, sender: 'client', code: 1000, reason: '' },
        step(200, 2, 'client', RECORDED_IDENTIFY),
        { ...ready(210, 1, 'second'), connection: 2 },
        dispatch(220, 2, 'B', {}, 2),
      ),
    ).pass(0);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2', '1 < READY 3', '1 < B 4']);
    playbook.disconnect().connect(2).resume(3, 2).pass(0);
    expect(playbook.done()).toEqual(['2 < op 10', '2 < B 4', '2 < RESUMED 4']);
  });
});

describe('a RESUME that was refused after the recorded client had left by itself', () => {
  const refusedReturn = (): Recording =>
    readySession(
      dispatch(100, 2, 'A'),
      { type: 'close', connection: 1, atUs: 150, sender: 'client', code: null, reason: '' },
      step(300, 2, 'gateway', HELLO),
      resume(310, 2, 2),
      step(320, 2, 'gateway', INVALID_SESSION),
    );

  it('does not affect a client that stays and has received everything', () => {
    for (const speed of [1, 'max'] as const) {
      const playbook = identified(refusedReturn(), speed).pass(60_000_000);
      expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2']);
      expect(playbook.isFinished).toBe(true);
    }
  });

  it('is refused to a client that leaves as well, which may then identify', () => {
    const playbook = identified(refusedReturn()).pass(10);
    playbook.disconnect().connect(2).resume(2, 2).pass(10);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2', '2 < op 10', '2 < op 9']);
    expect(playbook.send(IDENTIFY, 2).pass(10).done()).toEqual(['2 < READY 1', '2 < A 2']);
  });

  it.each([
    ['INVALID_SESSION true', step(320, 2, 'gateway', INVALID_SESSION.replace('false', 'true'))],
    ['RECONNECT', step(320, 2, 'gateway', RECONNECT)],
    ['a close', { type: 'close', connection: 2, atUs: 320, sender: 'gateway', code: 4000, reason: '' }],
    ['an end', { type: 'close', connection: 2, atUs: 320, sender: 'gateway', code: null, reason: '' }],
  ] as const)('by %s, after which the next was served, reaches only a client that left', (_, refusal) => {
    const { steps, ...facts } = refusedReturn();
    const returned = [resume(400, 3, 2), dispatch(410, 3, 'B', {}, 3), dispatch(420, 4, 'RESUMED', {}, 3)];
    const later = [...returned, dispatch(500, 5, 'C', {}, 3)];
    const recording = { ...facts, steps: [...steps.slice(0, -1), refusal, ...later] };
    for (const speed of [1, 'max'] as const) {
      const stayed = identified(recording, speed).pass(60_000_000);
      expect(stayed.done()).toEqual(['1 < READY 1', '1 < A 2', '1 < B 3', '1 < C 4']);
      expect(stayed.isFinished).toBe(true);
    }
    const left = identified(recording, 1).pass(200);
    left.disconnect().connect(2).resume(2, 2).pass(10);
    expect(left.done().slice(0, 3)).toEqual(['1 < READY 1', '1 < A 2', '2 < op 10']);
    left.disconnect(2).connect(3).resume(2, 3).pass(60_000_000);
    expect(left.done().filter((line) => line.startsWith('3'))).toEqual([
      '3 < op 10',
      '3 < B 3',
      '3 < RESUMED 4',
      '3 < C 5',
    ]);
  });

  it('by what lets a client resume, though the recorded one never did, ends the session', () => {
    const { steps, ...facts } = refusedReturn();
    const playbook = identified({
      ...facts,
      steps: [...steps.slice(0, -1), step(320, 2, 'gateway', RECONNECT)],
    });
    expect(playbook.pass(60_000_000).done()).toEqual(['1 < READY 1', '1 < A 2']);
    expect(playbook.isFinished).toBe(true);
  });

  it('by a close that ends the session is the same', () => {
    const { steps, ...facts } = refusedReturn();
    const close = {
      type: 'close',
      connection: 2,
      atUs: 320,
      sender: 'gateway',
      code: 4009,
      reason: '',
    } as const;
    const playbook = identified({ ...facts, steps: [...steps.slice(0, -1), close] }).pass(10);
    expect(playbook.isFinished).toBe(true);
    playbook.disconnect().connect(2).resume(2, 2).pass(10);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2', '2 < op 10', '2 closed 4009']);
  });
});

describe('an answer', () => {
  const chunk = (atUs: number, seq: number, index: number, nonce: string): RecordingStep =>
    dispatch(atUs, seq, 'GUILD_MEMBERS_CHUNK', { guild_id: '5', chunk_index: index, chunk_count: 2, nonce });
  const ask = (nonce: string): JsonValue => ({ op: 8, d: { guild_id: '5', query: '', limit: 0, nonce } });
  const asked = (): Recording =>
    readySession(
      step(30, 1, 'client', JSON.stringify(ask('one'))),
      chunk(40, 2, 1, 'one'),
      chunk(41, 3, 0, 'one'),
      step(50, 1, 'client', JSON.stringify(ask('two'))),
      dispatch(60, 4, 'RATE_LIMITED', {
        opcode: 8,
        retry_after: 29.5,
        meta: { guild_id: '5', nonce: 'two' },
      }),
      dispatch(70, 5, 'Z'),
    );
  const said = (texts: readonly string[]): unknown[] =>
    texts.map((text) => {
      const { t, s, d } = JSON.parse(text) as {
        t: string;
        s: number;
        d: { nonce?: string; meta?: { nonce: string } };
      };
      return [t, s, d.nonce ?? d.meta?.nonce];
    });

  it('comes when it is asked for, RATE_LIMITED too, with the live nonce, and none of it unasked', () => {
    const playbook = identified(asked()).pass(10);
    expect(said(playbook.texts())).toEqual([
      ['READY', 1, undefined],
      ['Z', 2, undefined],
    ]);
    expect(said(playbook.send(ask('live 1')).pass(10).texts())).toEqual([
      ['GUILD_MEMBERS_CHUNK', 3, 'live 1'],
      ['GUILD_MEMBERS_CHUNK', 4, 'live 1'],
    ]);
    expect(said(playbook.send(ask('live 2')).pass(10).texts())).toEqual([['RATE_LIMITED', 5, 'live 2']]);
  });

  it('to a query comes again when it is asked for more often than was recorded', () => {
    const playbook = identified(asked()).send(ask('1')).send(ask('2')).pass(10);
    playbook.texts();
    expect(said(playbook.send(ask('3')).pass(10).texts())).toEqual([
      ['GUILD_MEMBERS_CHUNK', 6, '3'],
      ['GUILD_MEMBERS_CHUNK', 7, '3'],
    ]);
    playbook.disconnect().connect(2).resume(5, 2).pass(10);
    expect(said(playbook.texts()).slice(1, 3)).toEqual([
      ['GUILD_MEMBERS_CHUNK', 6, '3'],
      ['GUILD_MEMBERS_CHUNK', 7, '3'],
    ]);
  });
});

describe('RECONNECT instead of HELLO', () => {
  it('greets the client that comes back, and the next one with HELLO', () => {
    const playbook = identified(
      readySession(
        dispatch(90, 2, 'A'),
        step(100, 1, 'gateway', RECONNECT),
        dispatch(110, 3, 'B'),
        step(200, 2, 'gateway', RECONNECT),
        step(300, 3, 'gateway', HELLO),
        resume(310, 3, 3),
        dispatch(320, 4, 'RESUMED', {}, 3),
      ),
    ).pass(0);
    playbook.disconnect(1, 4200).connect(2).disconnect(2, 4200).connect(3).resume(2, 3).pass(0);
    expect(playbook.done()).toEqual([
      '1 < READY 1',
      '1 < A 2',
      '1 < op 7',
      '1 < B 3',
      '2 < op 7',
      '3 < op 10',
      '3 < B 3',
      '3 < RESUMED 4',
    ]);
  });
});

describe('INITIAL_GUILD', () => {
  it('comes before READY, as it was recorded', () => {
    const playbook = identified(
      recording(
        step(0, 1, 'gateway', HELLO),
        step(5, 1, 'client', RECORDED_IDENTIFY),
        dispatch(10, 1, 'INITIAL_GUILD', { id: '5' }),
        ready(20, 2),
        dispatch(30, 3, 'SESSIONS_REPLACE', [{ session_id: 'all' }]),
      ),
    );
    expect(playbook.pass(0).done()).toEqual(['1 < INITIAL_GUILD 1', '1 < READY 2', '1 < SESSIONS_REPLACE 3']);
  });
});

describe('wrong input', () => {
  it.each([
    [{ op: 99, d: null }, 4001],
    [{ op: 10, d: {} }, 4001],
    [{ op: 3, d: {} }, 4003],
    [{ op: 6, d: [] }, 4002],
  ])('%j before IDENTIFY closes with %i', (payload, code) => {
    const playbook = new Playbook(readySession()).connect();
    playbook.done();
    expect(playbook.send(payload).done()).toEqual([`1 closed ${code}`]);
  });

  it('that is not a payload closes with 4002', () => {
    expect(identified(readySession()).input({ type: 'undecodable', peer: 1 }).done()).toEqual([
      '1 closed 4002',
    ]);
  });

  it('leaves a session that can be resumed', () => {
    const playbook = identified(readySession()).pass(0).send({ op: 99, d: null }).connect(2).resume(1, 2);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 closed 4001', '2 < op 10', '2 < RESUMED 1']);
  });

  it('is accepted if the recorded gateway accepted it', () => {
    const playbook = identified(readySession(step(50, 1, 'client', '{"op":99,"d":[1]}')));
    expect(playbook.send({ op: 99, d: [1] }).done()).toEqual([]);
  });

  it('from a connection that is closed already is ignored', () => {
    const playbook = identified(readySession()).send(IDENTIFY);
    expect(playbook.send({ op: 1, d: null }).disconnect(1, 4005).done()).toEqual(['1 closed 4005']);
  });

  it('does not reach payloads that any client may send', () => {
    expect(identified(readySession()).send({ op: 3, d: {} }).send({ op: 4, d: {} }).done()).toEqual([]);
    expect(new Playbook(readySession()).connect().send({ op: 41, d: {} }).done()).toEqual(['1 < op 10']);
  });
});

it('the script of the gateway does the same, byte for byte, in every run', () => {
  const run = (): string[] =>
    identified(interrupted()).pass(0).disconnect().connect(2).resume(1, 2).pass(0).texts();
  expect(run()).toEqual(run());
});

describe('a frame for each command', () => {
  it('is played to whoever is there, and later to the next client where none is', () => {
    const playbook = new Playbook(readySession(dispatch(30, 2, 'A'), dispatch(40, 3, 'B')), 'step');
    const advance = (): string[] => playbook.input({ type: 'advance' }).pass(0).done();
    expect(advance()).toEqual([]);
    playbook.connect().send(IDENTIFY).pass(1_000_000);
    expect(playbook.done()).toEqual(['1 < op 10', '1 < READY 1']);
    expect(advance()).toEqual(['1 < A 2']);
    expect(advance()).toEqual(['1 < B 3']);
  });
});

describe('an injected payload', () => {
  const inject = (playbook: Playbook, payload: { op: number; t?: string; d: JsonValue }, to = {}): Playbook =>
    playbook.input({ type: 'inject', payload: { t: null, s: null, ...payload }, to });

  it('is a dispatch of every session that a filter means, also of one whose client is away', () => {
    const playbook = identified(readySession()).pass(0);
    playbook
      .connect(2)
      .send({ op: 2, d: { token: 't', shard: [1, 2] } }, 2)
      .pass(0);
    playbook.connect(3).pass(0).done();
    expect(inject(playbook, { op: 0, t: 'X', d: {} }).done()).toEqual(['1 < X 2', '2 < X 2']);
    expect(inject(playbook, { op: 0, d: {} }, { connection: 2 }).done()).toEqual(['2 <  3']); // no name
    playbook.disconnect(1).disconnect(2);
    for (const to of [{ shard: 0 }, { shard: 1 }, { shard: 2 }, { connection: 1 }])
      inject(playbook, { op: 0, t: 'Y', d: {} }, to);
    expect(playbook.done()).toEqual([]);
    playbook.connect(4).resume(2, 4);
    expect(playbook.pass(0).done()).toEqual(['4 < op 10', '4 < Y 3', '4 < RESUMED 3']);
  });

  it('for the first shard is also one of a session without a shard', () => {
    const playbook = new Playbook(readySession())
      .connect()
      .send({ op: 2, d: { token: 't' } })
      .pass(0);
    inject(playbook.disconnect(), { op: 0, t: 'X', d: {} }, { shard: 0 }).done();
    expect(playbook.connect(2).resume(1, 2).pass(0).done()).toEqual([
      '2 < op 10',
      '2 < X 2',
      '2 < RESUMED 2',
    ]);
  });

  it('of another opcode goes as it is; INVALID_SESSION ends the session, unless it is resumable', () => {
    const playbook = identified(readySession()).pass(0);
    playbook.done();
    expect(inject(playbook, { op: 7, d: null }).done()).toEqual(['1 < op 7']);
    expect(inject(playbook, { op: 9, d: true }).resume(1).pass(0).done()).toEqual([
      '1 < op 9',
      '1 < RESUMED 1',
    ]);
    expect(inject(playbook, { op: 9, d: false }).resume(1).pass(0).done()).toEqual(['1 < op 9', '1 < op 9']);
  });
});

describe('a connection that the mock is told to end', () => {
  it.each([
    [4000, 'RESUMED 1'],
    [null, 'RESUMED 1'],
    [4004, 'op 9'],
  ])('with code %s is followed by %s for its session', (code, answer) => {
    const playbook = identified(readySession()).pass(0).input({ type: 'drop', code, to: {} });
    playbook.connect(2).resume(1, 2).pass(0);
    expect(playbook.done()).toEqual(['1 < READY 1', `1 closed ${code}`, '2 < op 10', `2 < ${answer}`]);
  });
});

describe('a second client in lockstep', () => {
  it('gets a session of its own while an interruption of the first one is still to come', () => {
    const playbook = identified(interrupted(), 'max', true).connect(2).send(IDENTIFY, 2).pass(0);
    expect(playbook.done()).toEqual(expect.arrayContaining(['1 < READY 1', '2 < READY 1']));
  });
});

describe('RESUME without the id of a session', () => {
  it('is answered with INVALID_SESSION', () => {
    const playbook = new Playbook(readySession())
      .connect()
      .send({ op: 6, d: { token: 't', session_id: 5, seq: 1 } });
    expect(playbook.done()).toEqual(['1 < op 10', '1 < op 9']);
  });
});

describe('a pong that was not asked for', () => {
  it('changes nothing', () => {
    const playbook = identified(readySession(dispatch(30, 2, 'A'))).input({ type: 'pong', peer: 1 });
    expect(playbook.pass(0).done()).toEqual(['1 < READY 1', '1 < A 2']);
  });
});

describe('without a recording', () => {
  it('there is no session', () => {
    const playbook = new Playbook([]).connect().send(IDENTIFY).pass(0);
    expect(playbook.done()).toEqual(['1 < op 10', '1 < op 9']);
  });
});

describe('whatever a client sends', () => {
  const d = strangeJson(
    ...['token', 'session_id', 'seq', 'shard', 'intents', 'properties', 'guild_id', 'guild_ids', 'nonce'],
    ...['query', 'limit', 'subscriptions', 'channel_id', 'op', 'd', 'ops', 'meta', 'opcode', 'user'],
  );
  const op = fc.constantFrom(0, 1, 2, 3, 4, 6, 7, 8, 9, 14, 31, 37, 40, 99);
  const peer = fc.constantFrom(1, 2, 3);
  const t = fc.constantFrom(null, 'READY', 'RATE_LIMITED', 'GUILD_MEMBERS_CHUNK', 'GUILD_MEMBER_LIST_UPDATE');
  const payload = fc.record({ op, d, s: fc.constantFrom(null, 1, 7), t });
  const to = fc.constantFrom({}, { connection: 1 }, { shard: 0 }, { shard: 1 });
  const code = fc.constantFrom(null, 1000, 4000, 4004);
  const input = fc.oneof(
    { weight: 3, arbitrary: fc.record({ type: fc.constant('connected' as const), peer }) },
    { weight: 6, arbitrary: fc.record({ type: fc.constant('payload' as const), peer, payload }) },
    fc.record({ type: fc.constantFrom('undecodable', 'pong', 'congested', 'drained'), peer }),
    fc.record({ type: fc.constant('disconnected' as const), peer, code }),
    fc.record({ type: fc.constant('inject' as const), payload, to }),
    fc.record({ type: fc.constant('drop' as const), code, to }),
    fc.constantFrom({ type: 'advance' } as const, { type: 'tick' } as const),
  ) as fc.Arbitrary<GatewayInput>;
  const recorded = (steps: readonly (readonly ['client' | 'gateway', JsonValue])[]): Recording =>
    readySession(...steps.map(([sender, one], index) => step(30 + index, 1, sender, JSON.stringify(one))));

  it('only connections that are open are served, and each payload is one', () => {
    const sender = fc.constantFrom('client' as const, 'gateway' as const);
    const steps = fc.array(fc.tuple(sender, payload), { maxLength: 4 });
    fc.assert(
      fc.property(steps, fc.array(input, { maxLength: 12 }), fc.boolean(), (told, inputs, isStrict) => {
        const script = new GatewayScript([recorded(told)], {
          ...{ resumeUrl: 'ws://mock', speed: 'max', isLockstep: false, isStrict },
        });
        const open = new Set<number>();
        const perform = (actions: readonly GatewayAction[]): void => {
          for (const action of actions) {
            expect(open).toContain(action.peer);
            if (action.type === 'close') open.delete(action.peer);
            if (action.type === 'send') expect(JSON.parse(action.text)).toHaveProperty('op');
          }
        };
        for (const [nowUs, one] of inputs.entries()) {
          if (one.type === 'connected') {
            if (open.has(one.peer)) continue;
            open.add(one.peer);
          } else if (one.type === 'disconnected') open.delete(one.peer);
          perform(script.step(one, nowUs).actions);
          perform(script.step({ type: 'tick' }, nowUs).actions);
        }
      }),
      { numRuns: 150 },
    );
  });
});
