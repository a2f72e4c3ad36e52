import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetworkError, UsageError } from '../../src/errors.js';
import { replaySession } from '../../src/library/replay.js';
import { formatTape, parseTape } from '../../src/replay/tape/tape.js';
import { serve } from '../support/mocks.js';
import { IDENTIFY as RECORDED_IDENTIFY, recording, step } from '../support/capture/steps.js';
import { sessions } from '../support/capture/sessions.js';
import { scratchFile } from '../support/scratch.js';

const demo = fileURLToPath(new URL('../../tapes/demo.tape.ndjson', import.meta.url));
const text = readFileSync(demo, 'utf8');
const EQUAL = { equal: true, matched: 36, missing: [], unexpected: [], reordered: [], changed: [] };

function tape(content: string): string {
  const path = scratchFile('other.tape.ndjson');
  writeFileSync(path, content);
  return path;
}

describe('replaySession', () => {
  it('finds a tape and its own mock equal', async () => {
    expect(await replaySession({ tape: demo })).toEqual(EQUAL);
  });

  it.each([
    ['json', 'none'],
    ['json', 'zlib-stream'],
    ['json', 'zstd-stream'],
    ['etf', 'none'],
    ['etf', 'zlib-stream'],
    ['etf', 'zstd-stream'],
  ] as const)('plays over %s and %s', async (encoding, compress) => {
    const recording = { ...parseTape(text), transport: { version: 10, encoding, compress } };
    expect(await replaySession({ tape: tape(formatTape(recording)) })).toEqual(EQUAL);
  });

  it('finds any session and its own mock equal, whatever it speaks', async () => {
    const encodings = ['json', 'etf'] as const;
    const compressions = ['none', 'zlib-stream', 'zstd-stream'] as const;
    const left = [...fc.sample(sessions, { numRuns: 60, seed: 20 }).entries()];
    const replay = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const [index, session] = next;
        const encoding = encodings[index % 2] ?? 'json';
        const compress = compressions[index % 3] ?? 'none';
        const transport = { version: 10, encoding, compress } as const;
        const diff = await replaySession({ tape: tape(formatTape({ ...session, transport })) });
        expect(diff, `session ${index}`).toMatchObject({ equal: true });
      }
    };
    await Promise.all([replay(), replay(), replay(), replay()]);
  });

  it('plays with payload compression', async () => {
    const content = text.replace('"compress":"zlib-stream"', '"compress":"none"');
    expect(
      await replaySession({ tape: tape(content.replace('"compress":false', '"compress":true')) }),
    ).toEqual(EQUAL);
  });

  it('keeps the recorded pace on request', async () => {
    expect(await replaySession({ tape: demo, speed: 20 })).toEqual(EQUAL);
  });

  it('reports what another gateway does differently', async () => {
    const mock = await serve(parseTape(text.replace('"name":"tea rota"', '"name":"tea party"')));
    const against = `${mock.gatewayUrl}/?v=10`;
    expect(await replaySession({ tape: demo, against, token: 'a token' })).toEqual({
      ...EQUAL,
      equal: false,
      matched: 35,
      changed: [
        {
          index: 32,
          op: 0,
          event: 'THREAD_CREATE',
          path: 'd.name',
          expected: 'tea rota',
          actual: 'tea party',
        },
      ],
    });
    expect(mock.received({ op: 2 })).toMatchObject([{ payload: { d: { token: 'a token' } } }]);
  });

  it('does not report ignored differences', async () => {
    const mock = await serve(parseTape(text.replace('"name":"tea rota"', '"name":"tea party"')));
    const diff = await replaySession({ tape: demo, against: mock.gatewayUrl, ignore: ['THREAD_*:d.name'] });
    expect(diff).toEqual(EQUAL);
  });

  it('finds a recording and its own mock equal where HELLO has no s and t, and READY no shard', async () => {
    const facts = { user: { id: '1' }, session_id: 'redacted:1', guilds: [] };
    const bare = recording(
      step(0, 1, 'gateway', '{"op":10,"d":{"heartbeat_interval":30000}}'),
      step(10, 1, 'client', RECORDED_IDENTIFY),
      step(20, 1, 'gateway', JSON.stringify({ op: 0, t: 'READY', s: 0, d: facts })),
    );
    const tape = scratchFile('bare.tape.ndjson');
    writeFileSync(tape, formatTape(bare));
    expect(await replaySession({ tape })).toMatchObject({ equal: true, matched: 2 });
  });

  it('reports that the gateway refused the client, and how', async () => {
    const lines: string[] = [];
    // Two connections, both of which are refused.
    const mock = await serve(parseTape(text), 'max', { token: 'the-right-one' });
    const log = (_: string, line: string): void => void lines.push(line);
    const diff = await replaySession({
      tape: demo,
      against: mock.gatewayUrl,
      token: 'a-wrong-one',
      patienceMs: 30_000, // ends with the connection
      log,
    });
    expect(diff.equal).toBe(false);
    expect(lines).toEqual([
      expect.stringMatching(/^the gateway closed with 4004 \(.*\): give the right token$/),
    ]);
  });

  it('reports a gateway that cannot be reached', async () => {
    const replaying = replaySession({ tape: demo, against: 'ws://127.0.0.1:1' });
    await expect(replaying).rejects.toThrow(NetworkError);
    await expect(replaying).rejects.toThrow('127.0.0.1:1');
  });

  it.each([
    [{ against: 'http://127.0.0.1' }, 'not the URL of a gateway'],
    [{ against: 'nowhere' }, 'not the URL of a gateway'],
    [{ speed: -1 }, '"speed" is'],
    [{ ignore: ['nonsense'] }, 'is not a rule'],
    [{ session: 1 }, 'either a session or a tape'],
  ])('refuses %j', async (options, message) => {
    const replaying = replaySession({ tape: demo, ...options });
    await expect(replaying).rejects.toThrow(UsageError);
    await expect(replaying).rejects.toThrow(message);
  });
});
