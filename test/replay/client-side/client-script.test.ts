import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toPayload, type JsonValue } from '../../../src/gateway/payload.js';
import { diffPayloads, type Diff } from '../../../src/replay/compare/payload-diff.js';
import { Mask, VOLATILE_RULES } from '../../../src/replay/compare/mask.js';
import { makeProgram } from '../../../src/replay/client-side/program.js';
import { ClientScript, type ClientAction } from '../../../src/replay/client-side/client-script.js';
import type { Recording, RecordingStep } from '../../../src/replay/recording.js';
import { parseTape } from '../../../src/replay/tape/tape.js';
import {
  dispatch,
  HELLO,
  IDENTIFY,
  readySession,
  recording,
  RECONNECT,
  resume,
  step,
} from '../../support/capture/steps.js';
import { duel } from '../../support/duel.js';
import { sessions } from '../../support/capture/sessions.js';
import { strangeJson } from '../../support/strange-json.js';

const demo = parseTape(readFileSync(new URL('../../../tapes/demo.tape.ndjson', import.meta.url), 'utf8'));

function replay(played: Recording, served = played, speed: number | 'max' = 'max'): Diff {
  const { expected, received } = duel(played, served, speed);
  return diffPayloads(expected, received, new Mask(VOLATILE_RULES));
}

describe('a recording against its own mock', () => {
  it.each([1, 'max'] as const)('is equal for the demo tape at speed %s', (speed) => {
    const diff = replay(demo, demo, speed);
    expect(diff).toMatchObject({ equal: true, missing: [], unexpected: [], reordered: [], changed: [] });
    expect(diff.matched).toBe(36);
  });

  it.each([
    ['max', 700],
    [1, 300],
  ] as const)('is equal for any session at speed %s', (speed, numRuns) => {
    fc.assert(
      fc.property(sessions, (session) => {
        const diff = replay(session, session, speed);
        expect(diff).toMatchObject({ equal: true, missing: [], unexpected: [], reordered: [], changed: [] });
      }),
      { numRuns },
    );
  });
});

/** The recording with the text of one payload changed. */
function tampered(recording: Recording, index: number, change: (text: string) => string): Recording {
  const steps = recording.steps.map((step, at): RecordingStep => {
    if (at !== index || step.type !== 'payload') return step;
    const text = change(step.text);
    return { ...step, text, payload: toPayload(JSON.parse(text) as JsonValue)! };
  });
  return { ...recording, steps };
}

describe('a gateway that differs', () => {
  it('by one byte is reported with the exact path', () => {
    const index = demo.steps.findIndex(
      (step) => step.type === 'payload' && step.text.includes('The lamp is lit'),
    );
    const diff = replay(
      demo,
      tampered(demo, index, (text) => text.replace('bring tea', 'bring sea')),
    );
    expect(diff).toEqual({
      equal: false,
      matched: 35,
      missing: [],
      unexpected: [],
      reordered: [],
      changed: [
        {
          index: 16,
          op: 0,
          event: 'MESSAGE_CREATE',
          path: 'd.content',
          expected: 'The lamp is lit. Whoever reads this: bring tea.',
          actual: 'The lamp is lit. Whoever reads this: bring sea.',
        },
      ],
    });
  });

  it('by a dispatch that never comes is waited for, then given up', () => {
    const steps = demo.steps.filter((step) => step.type !== 'payload' || step.payload.t !== 'MESSAGE_UPDATE');
    const diff = replay(demo, { ...demo, steps });
    expect(diff).toMatchObject({
      equal: false,
      matched: 35,
      missing: [{ event: 'MESSAGE_UPDATE' }],
      changed: [],
    });
  });

  it('by a dispatch too many is found out, at the end too', () => {
    const steps = demo.steps.filter((step) => step.type !== 'payload' || step.payload.s !== 33);
    expect(replay({ ...demo, steps }, demo)).toMatchObject({
      equal: false,
      unexpected: [{ seq: 33 }],
      missing: [],
    });
  });

  it('by the code it closes with is found out', () => {
    const closing = (code: number): Recording =>
      readySession({ type: 'close', connection: 1, atUs: 99, sender: 'gateway', code, reason: '' });
    expect(replay(closing(4000), closing(4001)).changed).toMatchObject([
      { path: 'close.code', expected: 4000, actual: 4001 },
    ]);
  });

  it('by a close in the middle is given up at once', () => {
    const cut = readySession({
      type: 'close',
      connection: 1,
      atUs: 99,
      sender: 'gateway',
      code: 4000,
      reason: '',
    });
    const whole = readySession(dispatch(100, 2, 'A'), dispatch(200, 3, 'B'));
    expect(replay(whole, cut)).toMatchObject({
      missing: [{ event: 'A' }, { event: 'B' }],
      unexpected: [{ op: null }],
    });
  });

  it('by one field of one dispatch is found out in any session', () => {
    fc.assert(
      fc.property(sessions, fc.nat(), (session, pick) => {
        const places = session.steps.flatMap((step, index) =>
          step.type === 'payload' && step.payload.s !== null && step.payload.t !== 'RESUMED' ? [index] : [],
        );
        const index = places[pick % places.length]!;
        const step = session.steps[index]!;
        fc.pre(step.type === 'payload' && isLast(session, step.payload.s, index));
        const diff = replay(
          session,
          tampered(session, index, (text) => text.replace(/\}$/, ',"tampered":true}')),
        );
        expect(diff.changed).toMatchObject([{ path: 'tampered', actual: true }]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the player', () => {
  const at = (recording: Recording): ClientScript =>
    new ClientScript(
      makeProgram(recording),
      { url: 'ws://gateway', token: 'the-token', speed: 'max', patienceUs: 1e6 },
      0,
    );
  const say = (script: ClientScript, connection: number, text: string): readonly ClientAction[] =>
    script.step({ type: 'payload', connection, payload: toPayload(JSON.parse(text) as JsonValue)!, text }, 0)
      .actions;
  const hello = '{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":1000}}';
  const liveReady =
    '{"t":"READY","s":100,"op":0,"d":{"session_id":"live","resume_gateway_url":"ws://resume"}}';

  it('puts live values where recorded ones would be wrong', () => {
    const script = at(
      readySession(
        dispatch(30, 2, 'A'),
        { type: 'close', connection: 1, atUs: 40, sender: 'client', code: 4000, reason: '' },
        step(50, 2, 'gateway', HELLO),
        resume(60, 2, 1),
      ),
    );
    expect(script.step({ type: 'start' }, 0).actions).toEqual([
      { type: 'connect', connection: 1, url: 'ws://gateway' },
    ]);
    const [identify] = say(script, 1, hello);
    expect(identify).toMatchObject({ type: 'send', connection: 1 });
    expect(identify?.type === 'send' && identify.text).toContain('"token":"the-token"');
    expect(say(script, 1, liveReady)).toEqual([]);
    expect(say(script, 1, '{"t":"A","s":101,"op":0,"d":{}}')).toEqual([
      { type: 'close', connection: 1, code: 4000 },
    ]);
    expect(script.step({ type: 'tick' }, 0)).toEqual({ actions: [], wakeAtUs: null });
    expect(script.step({ type: 'closed', connection: 1, code: 4000 }, 0).actions).toEqual([
      { type: 'connect', connection: 2, url: 'ws://resume' },
    ]);
    const [sent] = say(script, 2, hello);
    expect(sent?.type === 'send' && JSON.parse(sent.text)).toEqual({
      op: 6,
      d: { token: 'the-token', session_id: 'live', seq: 100 }, // one behind, as recorded
    });
  });

  it('is patient with a gateway from the moment that the connection is open', () => {
    const script = at(readySession(dispatch(30, 2, 'A')));
    expect(script.step({ type: 'start' }, 0).wakeAtUs).toBe(10_000_000); // it dials
    expect(script.step({ type: 'opened', connection: 1 }, 2_000_000).wakeAtUs).toBe(3_000_000);
  });

  it('does not leave a gateway that it has not reached yet, even if nothing is expected of it', () => {
    const script = at(recording(step(0, 1, 'client', IDENTIFY)));
    expect(script.step({ type: 'start' }, 0).wakeAtUs).toBe(10_000_000);
    expect(script.step({ type: 'tick' }, 5_000_000).actions).toEqual([]);
    expect(script.step({ type: 'opened', connection: 1 }, 6_000_000).actions).toEqual([]);
    expect(script.step({ type: 'tick' }, 6_100_000).actions).toContainEqual({ type: 'finish' });
  });

  it('sends its own heartbeats with the live sequence number, also on request', () => {
    const script = at(readySession(step(30, 1, 'client', '{"op":1,"d":1}'), dispatch(1e9, 2, 'LATER')));
    script.step({ type: 'start' }, 0);
    say(script, 1, hello);
    say(script, 1, liveReady);
    const beat = { type: 'send', connection: 1, text: '{"op":1,"d":100}' };
    expect(script.step({ type: 'tick' }, 999_999).actions).toEqual([]);
    expect(say(script, 1, '{"t":null,"s":null,"op":1,"d":null}')).toEqual([beat]);
    expect(script.step({ type: 'tick' }, 1_000_000).actions).toContainEqual(beat);
  });

  it('resumes from the beginning where READY had no number', () => {
    const script = at(
      readySession(step(30, 1, 'gateway', RECONNECT), step(50, 2, 'gateway', HELLO), resume(60, 2, 1)),
    );
    script.step({ type: 'start' }, 0);
    for (const text of [hello, '{"t":"READY","s":null,"op":0,"d":{"session_id":"live"}}', RECONNECT])
      say(script, 1, text);
    const [sent] = say(script, 2, hello);
    expect(sent?.type === 'send' && JSON.parse(sent.text)).toMatchObject({
      op: 6,
      d: { session_id: 'live', seq: 0 },
    });
  });

  it('sends one heartbeat for each request of a gateway that has given no interval', () => {
    for (const greeting of ['{"op":10,"d":null}', '{"op":10,"d":{"heartbeat_interval":0}}', '{"op":11}']) {
      const script = at(readySession(dispatch(30, 2, 'A')));
      script.step({ type: 'start' }, 0);
      say(script, 1, greeting);
      const beats = say(script, 1, '{"op":1,"d":null}').filter(
        (action) => action.type === 'send' && action.text.startsWith('{"op":1,'),
      );
      expect(beats).toHaveLength(1);
      expect(script.step({ type: 'tick' }, 0).wakeAtUs).toBeGreaterThan(0);
    }
  });

  it('begins a session where the recording resumes one that the gateway does not know', () => {
    const script = at(recording(resume(0, 1, 41), dispatch(5, 42, 'RESUMED'), dispatch(9, 43, 'A')));
    const [, identify] = script.step({ type: 'start' }, 0).actions;
    expect(identify).toMatchObject({ type: 'send', connection: 1 });
    expect(identify?.type === 'send' && JSON.parse(identify.text)).toMatchObject({
      op: 2,
      d: { token: 'the-token', intents: 1 },
    });
    say(script, 1, '{"t":"READY","s":1,"op":0,"d":{"session_id":"live"}}');
    expect(script.received).toEqual([]);
    say(script, 1, '{"t":"A","s":2,"op":0,"d":{}}');
    expect(script.received).toMatchObject([{ event: 'A', seq: 2 }]);
  });

  it('neither stops nor acts for a connection that is closed, whatever a gateway sends', () => {
    const played = readySession(
      dispatch(30, 2, 'A'),
      { type: 'close', connection: 1, atUs: 40, sender: 'client', code: 4000, reason: '' },
      step(50, 2, 'gateway', HELLO),
      resume(60, 2, 1),
      step(70, 2, 'client', '{"op":3,"d":{}}'),
    );
    const d = strangeJson('heartbeat_interval', 'session_id', 'resume_gateway_url', 'seq');
    const payload = fc.record({
      op: fc.constantFrom(0, 1, 7, 9, 10, 11),
      d,
      s: fc.constantFrom(null, 1, 7),
      t: fc.constantFrom(null, 'READY', 'A', 'RESUMED'),
    });
    const connection = fc.constantFrom(1, 2, 3);
    const input = fc.oneof(
      { weight: 3, arbitrary: fc.record({ type: fc.constant('payload' as const), connection, payload }) },
      fc.record({ type: fc.constant('opened' as const), connection }),
      fc.record({ type: fc.constant('closed' as const), connection, code: fc.constantFrom(null, 1000) }),
      fc.constant({ type: 'tick' as const }),
    );
    const token = fc.constantFrom(null, 'the-token');
    fc.assert(
      fc.property(fc.array(input, { maxLength: 16 }), token, fc.nat(60_000), (inputs, token, stepUs) => {
        const options = { url: 'ws://gateway', token, speed: 'max', patienceUs: 50_000 } as const;
        const script = new ClientScript(makeProgram(played), options, 0);
        const open = new Set<number>();
        let isFinished = false;
        const take = ({ actions, wakeAtUs }: ReturnType<ClientScript['step']>, nowUs: number): void => {
          if (isFinished) expect(actions).toEqual([]);
          for (const action of actions) {
            if (action.type === 'connect') open.add(action.connection);
            else if (action.type === 'finish') isFinished = true;
            else expect(open).toContain(action.connection);
            if (action.type === 'close') open.delete(action.connection);
          }
          if (wakeAtUs !== null) expect(wakeAtUs).toBeGreaterThan(nowUs);
        };
        take(script.step({ type: 'start' }, 0), 0);
        for (const [index, one] of inputs.entries()) {
          const nowUs = index * stepUs;
          take(script.step({ type: 'tick' }, nowUs), nowUs);
          if (one.type === 'closed') open.delete(one.connection);
          const text = one.type === 'payload' ? JSON.stringify(one.payload) : '';
          take(script.step(one.type === 'payload' ? { ...one, text } : one, nowUs), nowUs);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Whether the dispatch at `index` is the only one with its number, so that no RESUME sends it again. */
function isLast(session: Recording, seq: number | null, index: number): boolean {
  return session.steps.every((step, at) => at === index || step.type !== 'payload' || step.payload.s !== seq);
}
