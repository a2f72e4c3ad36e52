/** What waits for the client: answers for their request, and in lockstep everything. */
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import type { Recording, RecordingStep } from '../../../src/replay/recording.js';
import { identified, type Playbook } from '../../support/replay-playbook.js';
import { dispatch, readySession, ready, resume, step } from '../../support/capture/steps.js';

const client = (atUs: number, op: number, d: JsonValue, connection = 1): RecordingStep =>
  step(atUs, connection, 'client', JSON.stringify({ op, d }));
const chunk = (atUs: number, seq: number, nonce: string, index = 0, count = 1): RecordingStep =>
  dispatch(atUs, seq, 'GUILD_MEMBERS_CHUNK', {
    guild_id: '5',
    chunk_index: index,
    chunk_count: count,
    nonce,
  });

describe('an answer', () => {
  const asked = (): Recording =>
    readySession(
      dispatch(1000, 2, 'A'),
      client(2000, 8, { guild_id: '5', query: '', limit: 0, nonce: 'recorded' }),
      chunk(3000, 3, 'recorded', 0, 2),
      chunk(4000, 4, 'recorded', 1, 2),
      dispatch(5000, 5, 'B'),
    );
  const ask = (playbook: Playbook): Playbook =>
    playbook.send({ op: 8, d: { nonce: 'live', limit: 0, query: '', guild_id: '5' } });

  it('comes at its place, with the live nonce, when the client asks as the recorded one did', () => {
    const playbook = ask(identified(asked(), 1).pass(1500)).pass(10_000);
    expect(playbook.done()).toEqual([
      '1 < READY 1',
      '1 < A 2',
      '1 < GUILD_MEMBERS_CHUNK 3',
      '1 < GUILD_MEMBERS_CHUNK 4',
      '1 < B 5',
    ]);
    const nonces = playbook.texts().flatMap((text) => /"nonce":"([^"]+)"/.exec(text)?.[1] ?? []);
    expect(nonces).toEqual(['live', 'live']);
  });

  it('holds up the rest for no longer than the client needs to read what came before', () => {
    const playbook = identified(asked());
    playbook.answersPings = false;
    expect(playbook.pass(0).done()).toEqual(['1 < READY 1', '1 < A 2', '1 ping']);
    ask(playbook).input({ type: 'pong', peer: 1 }).pass(0);
    expect(playbook.done()).toEqual(['1 < GUILD_MEMBERS_CHUNK 3', '1 < GUILD_MEMBERS_CHUNK 4', '1 < B 5']);
  });

  it('comes to a request that is only of the same guild, and to none of another', () => {
    const chunks = (guild: string): string[] =>
      identified(asked())
        .send({ op: 8, d: { guild_id: guild, query: 'x', limit: 1 } })
        .pass(0)
        .done()
        .filter((line) => line.includes('CHUNK'));
    expect(chunks('5')).toHaveLength(2);
    expect(chunks('6')).toEqual([]);
  });

  it('without a request is never sent, and nothing waits for it', () => {
    const playbook = identified(asked()).pass(0);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2', '1 < B 3']);
    expect(playbook.isFinished).toBe(true);
  });

  it('that is asked for late comes at once; the numbers still rise by one', () => {
    const playbook = ask(identified(asked()).pass(0));
    expect(playbook.done()).toEqual([
      '1 < READY 1',
      '1 < A 2',
      '1 < B 3',
      '1 < GUILD_MEMBERS_CHUNK 4',
      '1 < GUILD_MEMBERS_CHUNK 5',
    ]);
    expect(playbook.texts().at(-1)).toContain('"chunk_index":1,"chunk_count":2,"nonce":"live"');
    playbook.disconnect().connect(2).resume(3, 2);
    expect(playbook.done()).toEqual([
      '2 < op 10',
      '2 < GUILD_MEMBERS_CHUNK 4',
      '2 < GUILD_MEMBERS_CHUNK 5',
      '2 < RESUMED 5',
    ]);
  });

  it('is not for a request about something else', () => {
    const playbook = identified(asked())
      .pass(0)
      .send({ op: 8, d: { guild_id: '6' } });
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2', '1 < B 3']);
  });
});

describe('in lockstep', () => {
  const steps = (): Recording =>
    readySession(
      dispatch(100, 2, 'A'),
      client(200, 3, { status: 'idle' }),
      dispatch(300, 3, 'B'),
      client(400, 3, { status: 'dnd' }),
      client(400, 4, { guild_id: '5' }),
      dispatch(500, 4, 'C'),
    );

  it('everything waits for what the client did before it', () => {
    const playbook = identified(steps(), 'max', true).pass(0);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2']);
    expect(playbook.send({ op: 3, d: {} }).pass(0).done()).toEqual(['1 < B 3']);
    expect(playbook.send({ op: 4, d: {} }).pass(0).done()).toEqual([]);
    expect(playbook.send({ op: 3, d: {} }).pass(0).done()).toEqual(['1 < C 4']);
    expect(playbook.isFinished).toBe(true);
  });

  it('the clock goes on from the moment the client has caught up', () => {
    const playbook = identified(steps(), 1, true).pass(10_000);
    playbook.done();
    expect(playbook.send({ op: 3, d: {} }).pass(99).done()).toEqual([]);
    expect(playbook.pass(1).done()).toEqual(['1 < B 3']);
  });

  it('a client that left by itself is waited for', () => {
    const left = readySession(
      dispatch(50, 2, 'A'),
      { type: 'close', connection: 1, atUs: 100, sender: 'client', code: 4000, reason: '' },
      dispatch(110, 3, 'B'),
      resume(200, 2, 2),
      dispatch(205, 3, 'B', {}, 2),
      dispatch(210, 4, 'RESUMED', {}, 2),
      dispatch(220, 5, 'C', {}, 2),
    );
    const playbook = identified(left, 1, true).pass(45);
    expect(playbook.done()).toEqual(['1 < READY 1', '1 < A 2']);
    playbook.disconnect(1, 4000).pass(1000).connect(2).resume(2, 2).pass(1000);
    expect(playbook.done()).toEqual(['2 < op 10', '2 < B 3', '2 < RESUMED 4', '2 < C 5']);
  });

  it('a client that began a new session by itself is waited for', () => {
    const anew = readySession(
      { type: 'close', connection: 1, atUs: 100, sender: 'client', code: 1000, reason: '' },
      step(200, 2, 'client', '{"op":2,"d":{}}'),
      ready(210, 1, 'second-session'),
    );
    const playbook = identified(anew, 'max', true).pass(0);
    expect(playbook.done()).toEqual(['1 < READY 1']);
    playbook.disconnect(1, 1000).connect(2).send({ op: 2, d: {} }, 2).pass(0);
    expect(playbook.done()).toEqual(['2 < op 10', '2 < READY 1']);
    expect(playbook.texts().at(-1)).toContain('second-session');
  });
});
