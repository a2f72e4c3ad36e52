import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { systemHost } from '../../src/host.js';
import { shrinkToFailure, type ShrinkOptions } from '../../src/library/shrink.js';
import { parseTape } from '../../src/replay/tape/tape.js';
import { duel } from '../support/duel.js';
import { dispatch, readySession } from '../support/capture/steps.js';

const demo = parseTape(readFileSync(new URL('../../tapes/demo.tape.ndjson', import.meta.url), 'utf8'));
const client = fileURLToPath(new URL('../support/failing-client.mjs', import.meta.url));

function options(command: readonly string[], changes: Partial<ShrinkOptions> = {}): ShrinkOptions {
  return {
    host: systemHost(),
    command,
    speed: 'max',
    timeoutMs: 20_000,
    maxRuns: 200,
    stop: new AbortController().signal,
    onSmaller: () => undefined,
    ...changes,
  };
}

describe('shrinkFor', () => {
  it('finds the event that a client fails on, in a tape that still plays', async () => {
    const sizes: number[] = [];
    const found = await shrinkToFailure(
      demo,
      options([process.execPath, client, 'TYPING_START'], {
        maxRuns: 40,
        onSmaller: ({ steps }) => sizes.push(steps.length),
      }),
    );
    expect(found).toMatchObject({ failure: '3' });
    const { recording } = found;
    expect(recording.steps.map((step) => (step.type === 'payload' ? step.payload.t : 'close'))).toEqual([
      null,
      null,
      'READY',
      'TYPING_START',
    ]);
    expect(sizes[0]).toBeGreaterThan(4);
    const { expected, received } = duel(recording);
    expect(received).toHaveLength(expected.length);
  }, 60_000);

  it('refuses a command that does not fail, or cannot be run', async () => {
    const passes = shrinkToFailure(demo, options([process.execPath, '-e', '0']));
    await expect(passes).rejects.toThrow(UsageError);
    await expect(passes).rejects.toThrow('does not fail');
    await expect(shrinkToFailure(demo, options(['/no/such/program']))).rejects.toThrow('ENOENT');
  });

  it('distinguishes failures by exit code, and counts a timeout as a failure', async () => {
    const small = readySession(dispatch(30, 2, 'A'));
    const script = 'process.exit(process.env.GATETAPE_API_URL.endsWith("/api") ? 7 : 8)';
    const always = await shrinkToFailure(small, options([process.execPath, '-e', script]));
    expect(always).toMatchObject({ failure: '7', isMinimal: true });
    expect(always.recording.steps).toHaveLength(3);
    const never = options(['sleep', '60'], { timeoutMs: 50, maxRuns: 1 });
    expect(await shrinkToFailure(small, never)).toMatchObject({
      failure: 'timeout',
      isMinimal: false,
      runs: 1,
    });
  });

  it('returns the smallest tape so far when it is stopped', async () => {
    const stop = new AbortController();
    const running = shrinkToFailure(
      demo,
      options([process.execPath, '-e', 'process.exit(1)'], {
        stop: stop.signal,
        onSmaller: () => stop.abort(),
      }),
    );
    const found = await running;
    expect(found.isMinimal).toBe(false);
    expect(found.recording.steps.length).toBeLessThan(demo.steps.length);
  });
});
