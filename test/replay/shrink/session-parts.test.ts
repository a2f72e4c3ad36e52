import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffPayloads } from '../../../src/replay/compare/payload-diff.js';
import { Mask, VOLATILE_RULES } from '../../../src/replay/compare/mask.js';
import type { Recording } from '../../../src/replay/recording.js';
import { assembled, listParts } from '../../../src/replay/shrink/session-parts.js';
import { formatTape, parseTape } from '../../../src/replay/tape/tape.js';
import { duel } from '../../support/duel.js';
import {
  dispatch,
  HELLO,
  readySession,
  recording,
  RECONNECT,
  resume,
  step,
} from '../../support/capture/steps.js';
import { sessions } from '../../support/capture/sessions.js';

const demo = parseTape(readFileSync(new URL('../../../tapes/demo.tape.ndjson', import.meta.url), 'utf8'));
const mask = new Mask(VOLATILE_RULES);

function expectPlayable(recording: Recording): void {
  const { expected, received } = duel(recording);
  expect(diffPayloads(expected, received, mask)).toMatchObject({ equal: true });
}

/** Sequence numbers of the gateway, life by life, in the order of the wire. */
function seqs(recording: Recording): (number | null)[] {
  return recording.steps.flatMap((each) =>
    each.type === 'payload' && each.sender === 'gateway' && each.payload.op === 0 ? [each.payload.s] : [],
  );
}

describe('parts of a session', () => {
  it('leave a session that plays, whichever are left out', () => {
    const part = sessions.chain((session) =>
      fc.tuple(fc.constant(session), fc.subarray([...listParts(session)])),
    );
    fc.assert(
      fc.property(part, ([session, kept]) => {
        const rest = assembled(session, kept);
        expectPlayable(rest);
        expect(parseTape(formatTape(rest)).steps).toHaveLength(rest.steps.length);
      }),
      { numRuns: 300 },
    );
  });

  it('are all of it, but for heartbeats', () => {
    const whole = assembled(demo, listParts(demo));
    const beats = demo.steps.filter(
      (each) => each.type === 'payload' && [1, 11, 40].includes(each.payload.op),
    );
    expect(whole.steps).toHaveLength(demo.steps.length - beats.length);
    expect(seqs(whole)).toEqual(seqs(demo));
    expectPlayable(whole);
  });

  it('leave HELLO, IDENTIFY and READY when all are left out', () => {
    const least = assembled(demo, []);
    expect(least.steps.map((each) => (each.type === 'payload' ? each.payload.op : 'close'))).toEqual([
      10, 2, 0,
    ]);
    expectPlayable(least);
  });

  it('keep a request with its answers, and a dispatch with its copies', () => {
    const asking = step(30, 1, 'client', '{"op":8,"d":{"guild_id":"5","nonce":"1"}}');
    const chunk = { guild_id: '5', nonce: '1', chunk_index: 0, chunk_count: 1 };
    const session = readySession(
      asking,
      dispatch(40, 2, 'A'),
      dispatch(50, 3, 'GUILD_MEMBERS_CHUNK', chunk),
      step(60, 1, 'gateway', RECONNECT),
      step(70, 2, 'gateway', HELLO),
      resume(80, 2, 2),
      dispatch(90, 3, 'GUILD_MEMBERS_CHUNK', chunk, 2),
      dispatch(95, 4, 'RESUMED', {}, 2),
      dispatch(99, 5, 'B', {}, 2),
    );
    const parts = listParts(session);
    expect(parts.map(({ steps }) => steps)).toEqual([[3, 5, 9], [4], [6, 7, 8, 10], [11]]);
    const [, , episode, last] = parts;
    const rest = assembled(session, [episode!, last!]);
    expect(seqs(rest)).toEqual([1, 2, 3]);
    expect(rest.steps.map(({ connection }) => connection)).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    expect(rest.steps[5]).toMatchObject({ payload: { op: 6, d: { seq: 1 } } });
    const [alone] = parts.slice(3);
    expect(assembled(session, [alone!]).steps.map(({ connection }) => connection)).toEqual([1, 1, 1, 1]);
  });

  it('leave a RESUME of what no part has with the number that it had, or 0', () => {
    for (const [seq, text] of [
      [null, '0'],
      [41, '41'],
    ] as const) {
      const asked = JSON.stringify({ op: 6, d: { token: 'redacted:1', session_id: 'x', seq } });
      const session = recording(
        step(0, 1, 'gateway', HELLO),
        step(5, 1, 'client', asked),
        dispatch(9, 42, 'RESUMED'),
      );
      const [, resumed] = assembled(session, listParts(session)).steps;
      expect(resumed).toMatchObject({ text: asked.replace(/"seq":\w+/, `"seq":${text}`) });
    }
  });

  it('are REST calls, too', () => {
    const call = { atUs: 0, durationUs: null, method: 'GET', path: '/v10/gateway', status: null };
    const none = { requestType: null, responseType: null, requestBody: null, responseBody: null };
    const session = { ...readySession(), exchanges: [{ ...call, ...none, responseHeaders: {} }] };
    expect(listParts(session)).toHaveLength(1);
    expect(assembled(session, []).exchanges).toEqual([]);
    expect(assembled(session, listParts(session)).exchanges).toEqual(session.exchanges);
  });
});
