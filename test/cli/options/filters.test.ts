/** Every filter flag, from the words of a command line to the frames that pass. */
import { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  addFrameOptions,
  addScopeOptions,
  readFrameFilter,
  readScope,
} from '../../../src/cli/options/filters.js';
import { openReader, type CaptureReader } from '../../../src/store/reader.js';
import { bareFrame, frame, opened, START_US } from '../../support/capture/records.js';
import { sampleCapture } from '../../support/capture/samples.js';
import { scratchFile } from '../../support/scratch.js';
import { recordingStore } from '../../support/stores.js';

const message = (frameNo: number, d: object): ReturnType<typeof frame> =>
  frame({ frameNo, body: Buffer.from(JSON.stringify({ op: 0, t: 'MESSAGE_CREATE', s: 1, d })) });

function messages(): string {
  const path = scratchFile();
  recordingStore(path).append([
    opened({ atUs: START_US }),
    message(1, { guild_id: '7', channel_id: '8', author: { id: '9', bot: true }, content: 'Hello' }),
    message(2, {
      guild_id: '7',
      channel_id: '80',
      author: { id: '90' },
      content: 'hello again',
      pad: 'x'.repeat(2000),
    }),
    bareFrame({ frameNo: 3, status: 'control', kind: 'ping' }),
  ]);
  return path;
}

function reading(path: string): CaptureReader {
  const reader = openReader(path);
  onTestFinished(() => reader.close());
  return reader;
}

function idsOf(path: string, flags: readonly string[]): number[] {
  const command = addFrameOptions(new Command()).parse(flags, { from: 'user' });
  const reader = reading(path);
  return [...reader.frames({ ...readFrameFilter(command, reader) })].map(({ id }) => id);
}

describe('filters of frames', () => {
  it.each<[string[], number[]]>([
    [['--kind', 'ping,pong'], [3]],
    [
      ['--status', 'ok'],
      [1, 2],
    ],
    [['--capture', 'latest', '--min-size', '2KB'], [2]],
    [
      ['--max-size', '150'],
      [1, 3],
    ],
    [['--guild', '7', '--channel', '80'], [2]],
    [['--user', '9'], [1]],
    [['--where', 'd.author.bot=true'], [1]],
    [['--where', 'd.author.bot!=true', '--where', 'd.guild_id=7'], [2]],
    [
      ['--grep', 'HELLO'],
      [1, 2],
    ],
    [['--grep', 'hello again', '--since', '2026-08-01', '--until', 'now'], [2]],
  ])('%j', (flags, expected) => expect(idsOf(messages(), flags)).toEqual(expected));

  it('include shards', () => {
    expect(idsOf(sampleCapture(), ['--shard', '0'])).toEqual([1, 2, 3, 4, 5]);
    expect(idsOf(sampleCapture(), ['--shard', '1'])).toEqual([]);
  });

  it.each([
    [['--kind', 'ping,pang'], '--kind is "ping,pang"'],
    [['--status', 'odd'], '--status is "odd"'],
    [['--shard', '-1'], '--shard is "-1"'],
    [['--min-size', 'big'], '--min-size is "big"'],
    [['--where', 'd.bot'], '--where is "d.bot"'],
    [['--capture', '7'], 'has no capture 7'],
  ])('refuse %j', (flags, message_) => {
    expect(() => idsOf(sampleCapture(), flags)).toThrow(message_);
  });
});

describe('filters of stats', () => {
  it('are those of place and kind only', () => {
    const reader = reading(messages());
    const count = (...flags: string[]): number => {
      const command = addScopeOptions(new Command()).parse(flags, { from: 'user' });
      return reader.stats(readScope(command, reader)).total.count;
    };
    expect(count('--kind', 'ping')).toBe(1);
    expect(count('--kind', 'ping', '--shard', '3')).toBe(0);
    expect(count('--capture', 'latest')).toBe(3);
  });
});
