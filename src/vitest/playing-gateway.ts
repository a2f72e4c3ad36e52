/**
 * A tape that is played: the gateway of a test is a mock. Neither this file nor what it imports can dial out.
 */
import { UsageError } from '../errors.js';
import { startMockGateway, type MockGatewayOptions } from '../library/mock.js';
import type {
  ExtraPayload,
  MockGateway,
  ReceivedFilter,
  ReceivedPayload,
  RestCall,
} from '../mock/gateway.js';
import type { LintReport } from '../library/lint.js';
import { type Judgement, type Patience, PATIENCE_MS, type TestGateway, waitFor } from './waiting.js';
import { formatPayloads, shown } from './sequence.js';

/** Plays a tape on a free port of this machine. Rejects as `startMockGateway` does. */
export async function playTape(options: MockGatewayOptions): Promise<TestGateway> {
  return new PlayingGateway(await startMockGateway({ ...options, isTrafficKept: true }));
}

class PlayingGateway implements TestGateway {
  readonly state = 'playing';
  readonly #mock: MockGateway;

  constructor(mock: MockGateway) {
    this.#mock = mock;
  }

  get gatewayUrl(): string {
    return this.#mock.gatewayUrl;
  }

  get apiUrl(): string {
    return this.#mock.apiUrl;
  }

  get restCalls(): readonly RestCall[] {
    return this.#mock.restCalls;
  }

  get recorded(): readonly ReceivedPayload[] {
    return this.#mock.recorded;
  }

  received<Op extends number>(
    filter: ReceivedFilter<Op> = {},
    patience: Patience = {},
  ): Promise<readonly ReceivedPayload<Op>[]> {
    return awaited(
      (which) => this.#mock.received(which),
      filter,
      () => this.stirred(),
      patience,
    );
  }

  lint(options?: Judgement): Promise<LintReport> {
    return lintMock(this.#mock, options);
  }

  stirred(): Promise<void> {
    return this.#mock.stirred();
  }

  finished(): Promise<void> {
    return this.#mock.finished();
  }

  send<Event extends string>(payload: ExtraPayload<Event>): number {
    return this.#mock.send(payload);
  }

  disconnect(code?: number): number {
    return this.#mock.disconnect(code);
  }

  step(): void {
    this.#mock.step();
  }

  fault(spec: string): void {
    this.#mock.fault(spec);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mock.close();
  }
}

/** Judges what a mock and its clients have said. Rejects with a UsageError if the mock does not keep it. */
export async function lintMock(
  { traffic, gatewayUrl }: Pick<MockGateway, 'traffic' | 'gatewayUrl'>,
  options?: Judgement,
): Promise<LintReport> {
  if (traffic === null) {
    throw new UsageError('the mock does not keep what is said', 'start it with isTrafficKept: true');
  }
  const { lintTraffic } = await import('../library/lint.js');
  return lintTraffic(traffic, gatewayUrl, options);
}

/** Waits for payloads that pass a filter; see `TestGateway.received`. */
export async function awaited<Op extends number>(
  list: <Each extends number>(filter: ReceivedFilter<Each>) => readonly ReceivedPayload<Each>[],
  filter: ReceivedFilter<Op>,
  stirred: () => Promise<void>,
  patience: Patience,
): Promise<readonly ReceivedPayload<Op>[]> {
  const { timeoutMs = PATIENCE_MS } = patience;
  const look = (): readonly ReceivedPayload<Op>[] | null => {
    const found = list(filter);
    return found.length > 0 || timeoutMs === 0 ? found : null;
  };
  const found = await waitFor(look, stirred, { timeoutMs });
  if (found !== null) return found;
  throw new UsageError(
    `no payload like ${shown({ ...filter })} came within ${timeoutMs} ms`,
    `received instead:\n${formatPayloads(list({}))}`,
  );
}
