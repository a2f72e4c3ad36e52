import { describe, expect, it } from 'vitest';
import { rebase } from '../../../src/replay/rebase/rebase.js';
import type { Recording, RecordingStep } from '../../../src/replay/recording.js';
import { call, dispatch, readySession, step } from '../../support/capture/steps.js';
import { Playbook } from '../../support/replay-playbook.js';

const MADE_MS = Date.UTC(2024, 0, 1, 0, 0, 5);
const idAt = (ms: number): string => (BigInt(ms - 1_420_070_400_000) << 22n).toString();
const MESSAGE = idAt(MADE_MS);
const GUILD = '700000000000000001'; // of 2020
const DAY_MS = 86_400_000;

/** Began at midnight: a message after five seconds, which the client asks for and answers. */
const recorded = (): Recording => ({
  ...readySession(
    dispatch(5_000_000, 2, 'MESSAGE_CREATE', { id: MESSAGE, guild_id: GUILD }),
    step(6_000_000, 1, 'client', `{"op":34,"d":{"guild_id":"${GUILD}","channel_ids":["${MESSAGE}"]}}`),
    dispatch(7_000_000, 3, 'LAST_MESSAGES', { guild_id: GUILD, messages: [{ id: MESSAGE }] }),
  ),
  exchanges: [call('GET', `/v10/channels/5/messages/${MESSAGE}`, null, { id: MESSAGE })],
});

const moved = (recordings: readonly Recording[], atMs: number): readonly Recording[] =>
  rebase(recordings, atMs * 1_000)!;

describe('rebasing', () => {
  const atMs = MADE_MS - 5_000 + DAY_MS;
  const later = idAt(MADE_MS + DAY_MS);

  it('moves payloads and REST calls alike, and leaves older ids', () => {
    const [recording] = moved([recorded()], atMs);
    const texts = recording!.steps.map((each) => (each.type === 'payload' ? each.text : '')).join('\n');
    expect(texts.match(/\d{17,19}/g)).toEqual([later, GUILD, GUILD, later, GUILD, later]);
    expect(recording!.exchanges[0]).toMatchObject({
      path: `/v10/channels/5/messages/${later}`,
      responseBody: `{"id":"${later}"}`,
    });
    const payload = recording!.steps.find((each) => each.type === 'payload' && each.payload.s === 2);
    expect(payload).toMatchObject({ payload: { op: 0, t: 'MESSAGE_CREATE', d: { id: later } } });
  });

  it('lets a live client ask by the ids that it was given', () => {
    const playbook = new Playbook(moved([recorded()], atMs))
      .connect()
      .send({ op: 2, d: { token: 't' } })
      .pass(0);
    playbook.texts();
    playbook.send({ op: 34, d: { guild_id: GUILD, channel_ids: [later] } });
    expect(playbook.texts()[0]).toContain(`"messages":[{"id":"${later}"}]`);
  });

  it('takes the noted start before that of its ids, and moves several recordings by the same', () => {
    const first = { ...recorded(), startedAtUs: (MADE_MS - 65_000) * 1_000 };
    const recordings = moved([recorded(), first], MADE_MS - 65_000 + DAY_MS);
    for (const { steps } of recordings) expect(JSON.stringify(steps)).toContain(later);
  });

  it('to its own time changes nothing', () => {
    const recordings = [recorded()];
    expect(moved(recordings, MADE_MS - 5_000)).toBe(recordings);
  });

  it('leaves closes and calls without bodies as they are', () => {
    const end: RecordingStep = {
      type: 'close',
      connection: 1,
      atUs: 9e6,
      sender: 'client',
      code: 1000,
      reason: '',
    };
    const calls = [call('POST', `/channels/5/messages/${MESSAGE}`, { id: MESSAGE }, null)];
    const old = recorded();
    const [recording] = moved([{ ...old, steps: [...old.steps, end], exchanges: calls }], atMs);
    expect(recording!.steps.at(-1)).toBe(end);
    expect(recording!.exchanges).toEqual([
      call('POST', `/channels/5/messages/${later}`, { id: later }, null),
    ]);
  });

  it('is not possible without any time in the recording', () => {
    for (const d of [null, { id: 5 }, { id: 'x' }])
      expect(rebase([readySession(dispatch(30, 2, 'MESSAGE_CREATE', d))], 0)).toBeNull();
    expect(rebase([readySession(dispatch(30, 2, 'A', { id: GUILD }))], 0)).toBeNull();
  });
});
