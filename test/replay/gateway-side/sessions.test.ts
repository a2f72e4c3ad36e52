/** Which recording a client gets, and how long it may come back to it. */
import { describe, expect, it } from 'vitest';
import type { Recording } from '../../../src/replay/recording.js';
import { Playbook } from '../../support/replay-playbook.js';
import { dispatch, HELLO, readySession, recording, step } from '../../support/capture/steps.js';

const shard = (id: number, count: number, event: string): Recording => ({
  ...readySession(dispatch(30, 2, event)),
  shard: [id, count],
});

/** Second dispatch that a client of each shard gets, one after the other. */
function events(
  recordings: readonly Recording[],
  ...shards: readonly (readonly [number, number] | null)[]
): string[] {
  const playbook = new Playbook(recordings);
  for (const [index, asked] of shards.entries()) {
    playbook.connect(index + 1).send({ op: 2, d: { token: 't', shard: asked } }, index + 1);
  }
  const lines = playbook.pass(0).done();
  return shards.map(
    (_, index) => lines.find((line) => line.startsWith(`${index + 1} <`) && line.endsWith(' 2')) ?? '',
  );
}

describe('a client', () => {
  it('gets the recording of its shard, in any order of arrival', () => {
    const recordings = [shard(0, 2, 'A'), shard(1, 2, 'B')];
    expect(events(recordings, [1, 2], [0, 2])).toEqual(['1 < B 2', '2 < A 2']);
    expect(events(recordings, null)).toEqual(['1 < A 2']);
  });

  it('with another number of shards gets the same id, or its turn', () => {
    expect(events([shard(0, 2, 'A'), shard(1, 2, 'B')], [0, 3], [1, 3], [2, 3])).toEqual([
      '1 < A 2',
      '2 < B 2',
      '3 < A 2',
    ]);
    expect(events([shard(3, 8, 'A')], [0, 1])).toEqual(['1 < A 2']);
    expect(events([shard(3, 8, 'A'), { ...shard(0, 1, 'B'), shard: null }], [0, 1])).toEqual(['1 < B 2']);
  });

  it('gets that one of several recordings of its shard that was played least', () => {
    const recordings = [shard(0, 1, 'A'), shard(0, 1, 'B')];
    expect(events(recordings, [0, 1], [0, 1], [0, 1])).toEqual(['1 < A 2', '2 < B 2', '3 < A 2']);
  });
});

describe('a recording', () => {
  it('in which IDENTIFY was refused has no session, and is played all the same', () => {
    const refused = recording(
      step(0, 1, 'gateway', HELLO),
      step(10, 1, 'client', '{"op":2,"d":{"token":"redacted:1"}}'),
      { type: 'close', connection: 1, atUs: 20, sender: 'gateway', code: 4004, reason: '' },
    );
    const playbook = new Playbook(refused)
      .connect()
      .send({ op: 2, d: { token: 't' } })
      .pass(0);
    expect(playbook.done()).toEqual(['1 < op 10', '1 closed 4004']);
  });
});

describe('a session', () => {
  const away = (us: number): string[] => {
    const playbook = new Playbook(readySession(), 'max', false, { resumeWindowUs: 60_000_000 });
    playbook
      .connect()
      .send({ op: 2, d: { token: 't' } })
      .pass(0)
      .disconnect()
      .pass(us)
      .done();
    return playbook.connect(2).resume(1, 2).done();
  };

  it('can be resumed within the window, and after it no more', () => {
    expect(away(60_000_000)).toEqual(['2 < op 10', '2 < RESUMED 1']);
    expect(away(60_000_001)).toEqual(['2 < op 10', '2 < op 9']);
  });

  it('is finished when every recording was played', () => {
    const playbook = new Playbook([shard(0, 2, 'A'), shard(1, 2, 'B')]);
    const open = (peer: number, id: number): void =>
      void playbook
        .connect(peer)
        .send({ op: 2, d: { token: 't', shard: [id, 2] } }, peer)
        .pass(0);
    open(1, 0);
    expect(playbook.isFinished).toBe(false);
    open(2, 1);
    expect(playbook.isFinished).toBe(true);
  });
});
