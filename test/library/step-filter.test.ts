/** Filters over the steps of recordings: diff and drift of a part. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { compileStepFilter, filterSteps } from '../../src/library/step-filter.js';
import type { Recording, RecordingStep } from '../../src/replay/recording.js';

const payload = (op: number, t: string | null, s: number | null, d: object): RecordingStep => ({
  type: 'payload',
  connection: 1,
  atUs: 0,
  sender: 'gateway',
  payload: { op, t, s, d } as never,
  text: JSON.stringify({ op, t, s, d }),
});

const RECORDING: Recording = {
  shard: [3, 4],
  library: null,
  transport: null,
  steps: [
    payload(10, null, null, { heartbeat_interval: 5 }),
    payload(0, 'MESSAGE_CREATE', 1, { content: 'deploy', author: { bot: true } }),
    payload(0, 'MESSAGE_CREATE', 2, { content: 'x'.repeat(2_000), guild_id: '7' }),
    { type: 'close', connection: 1, atUs: 9, sender: 'gateway', code: 4004, reason: '' },
  ],
  exchanges: [],
};

describe('a filter of steps', () => {
  it.each([
    ['', [0, 1, 2, 3]],
    ['event:MESSAGE_* d.author.bot:true', [1]],
    ['size:>1kB', [2]],
    ['guild:7 or seq:1', [1, 2]],
    ['close:4000..4014', [3]],
    ['-kind:text', [3]],
    ['shard:3 status:ok sender:gateway /deploy/', [1]],
  ])('%s', (filter, expected) => {
    const { steps } = filterSteps(RECORDING, filter);
    expect(steps.map((step) => RECORDING.steps.indexOf(step))).toEqual(expected);
  });

  it.each([
    'id:5',
    'since:2h',
    '-session:latest',
    'op:1 or connection:1',
    'capture:1',
    'wire:>5',
    'service:gateway',
  ])('refuses %s, which a recording cannot say', (filter) =>
    expect(() => compileStepFilter(filter, RECORDING)).toThrow(UsageError),
  );
});
