/**
 * gatewayTest: vitest's `test` with a gateway that plays a tape, or makes it.
 *
 *   none, or once with a tape ─► playing-gateway.ts         once without a tape, or all ─► recording-gateway.ts
 *
 * Each test gets its own gateway, on a free port, which is closed at the end of the test. The code that can dial out is
 * loaded only to record.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test, type TestAPI } from 'vitest';
import { anyText, choiceKind } from '../config/kinds.js';
import { TAPE_MODES } from '../config/load.js';
import { UsageError } from '../errors.js';
import { PLAY_RULES, type MockGatewayOptions } from '../library/mock.js';
import { ADDRESS, checkedOptions, type OptionRules } from '../library/options.js';
import { isRecording, chooseMode, type Mode } from './mode.js';
import { playTape } from './playing-gateway.js';
import type { TestGateway } from './waiting.js';

/** Which tape a test is played, and how the tape is made. */
export interface GatewayTestOptions extends Omit<MockGatewayOptions, 'tape' | 'session' | 'db' | 'listen'> {
  /** Tape to play or to make: a path below the working directory, or a `file:` URL. */
  readonly tape: string | URL;
  /** Whether to record; `GATETAPE_TAPE_MODE` overrides it. Default `none` in CI, else `once`. */
  readonly mode?: Mode;
  /** Gateway to record, `ws:` or `wss:`. Without one nothing can be recorded. */
  readonly upstream?: string;
  /** REST API to record; default Discord's. */
  readonly api?: string;
}

const RULES: OptionRules<GatewayTestOptions> = {
  ...PLAY_RULES,
  tape: ADDRESS,
  mode: choiceKind(...TAPE_MODES),
  upstream: anyText,
  api: anyText,
};

/** Fixture of a test. */
export interface GatewayFixture {
  readonly gateway: TestGateway;
}

/**
 * vitest's `test`, whose tests get `{ gateway }`. Throws a UsageError for wrong options; a test fails with one if the
 * tape can neither be read nor be made.
 */
export function gatewayTest(options: GatewayTestOptions): TestAPI<GatewayFixture> {
  const settings = checkedOptions('gatewayTest', options, RULES);
  return test.extend<GatewayFixture>({
    gateway: async ({ task }, use) => {
      await using gateway = await openGateway(settings, () => task.result?.state !== 'fail');
      await use(gateway);
    },
  });
}

/** Opens the gateway of one test; `hasPassed` is called at its end. */
export async function openGateway(
  { tape: place, mode, upstream, api, ...play }: GatewayTestOptions,
  hasPassed: () => boolean,
): Promise<TestGateway> {
  const tape = place instanceof URL ? fileURLToPath(place) : place;
  const chosen = chooseMode(mode, process.env);
  if (!isRecording(chosen, existsSync(tape))) return playTape({ speed: 'max', ...play, tape });
  if (upstream === undefined) {
    throw new UsageError(
      `there is no upstream to record the tape ${tape} from`,
      'name an upstream, or use mode none',
    );
  }
  const { recordTape } = await import('./recording-gateway.js');
  return recordTape({ tape, upstream, api, hasPassed });
}
