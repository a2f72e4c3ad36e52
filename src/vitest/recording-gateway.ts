/**
 * A tape that is made: the gateway of a test is a recorder in front of a real upstream.
 *
 * The traffic is recorded into a database of its own, and written to the tape if the test passes: without secrets, with
 * pseudonyms for people. Only modes that record load this file.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from '../errors.js';
import { startRecorder, type Recorder } from '../library/record.js';
import { TAPE_FORM } from '../library/forms/tape.js';
import { writePrivateFile } from '../files.js';
import type { ReceivedFilter, ReceivedPayload, RestCall } from '../mock/gateway.js';
import { parseBody } from '../replay/rest/routes.js';
import type { ExchangeRow } from '../library/queries.js';
import { payloadOf } from '../store/frame-json.js';
import { openReader, type CaptureReader } from '../store/reader.js';
import type { LintReport } from '../library/lint.js';
import type { Judgement, Patience, TestGateway } from './waiting.js';
import { awaited } from './playing-gateway.js';

/** Source and target of a recording. */
export interface RecordingTest {
  /** Path of the tape. */
  readonly tape: string;
  /** Gateway to dial. */
  readonly upstream: string;
  /** REST API to pass requests to; default Discord's. */
  readonly api: string | undefined;
  /** Whether the test has passed, asked at its end; a failed test does not change the tape. */
  readonly hasPassed: () => boolean;
}

/** The recorder writes a batch of frames in less time. */
const LOOK_AGAIN_MS = 50;

/** Records the traffic until the gateway is disposed of. Rejects as `startRecorder` does. */
export async function recordTape(options: RecordingTest): Promise<TestGateway> {
  const { upstream, api } = options;
  const folder = mkdtempSync(join(tmpdir(), 'gatetape-'));
  try {
    const db = join(folder, 'test.sqlite');
    const recorder = await startRecorder({
      listen: '127.0.0.1:0',
      upstream,
      ...(api === undefined ? {} : { api }),
      db,
    });
    return new RecordingGateway(recorder, folder, options);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
}

class RecordingGateway implements TestGateway {
  readonly state = 'recording';
  readonly recorded: readonly ReceivedPayload[] = [];
  readonly #recorder: Recorder;
  readonly #folder: string;
  readonly #options: RecordingTest;

  constructor(recorder: Recorder, folder: string, options: RecordingTest) {
    this.#recorder = recorder;
    this.#folder = folder;
    this.#options = options;
  }

  get gatewayUrl(): string {
    return this.#recorder.gatewayUrl;
  }

  get apiUrl(): string {
    return this.#recorder.apiUrl;
  }

  get restCalls(): readonly RestCall[] {
    return this.#read((reader) => [...reader.exchanges()].map(toRestCall));
  }

  received<Op extends number>(
    filter: ReceivedFilter<Op> = {},
    patience: Patience = {},
  ): Promise<readonly ReceivedPayload<Op>[]> {
    return awaited(
      (which) => this.#list(which),
      filter,
      () => this.stirred(),
      patience,
    );
  }

  async lint(options?: Judgement): Promise<LintReport> {
    const { lintCapture } = await import('../library/lint.js');
    return lintCapture({ ...options, db: this.#recorder.config.db });
  }

  async stirred(): Promise<void> {
    await delay(LOOK_AGAIN_MS);
  }

  finished(): Promise<void> {
    return Promise.resolve();
  }

  send(): never {
    throw whileRecording('send');
  }

  disconnect(): never {
    throw whileRecording('disconnect');
  }

  step(): never {
    throw whileRecording('step');
  }

  fault(): never {
    throw whileRecording('fault');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#recorder.close();
      if (this.#options.hasPassed()) this.#writeTape();
    } finally {
      rmSync(this.#folder, { recursive: true });
    }
  }

  #list<Op extends number>({ op, connection }: ReceivedFilter<Op>): readonly ReceivedPayload<Op>[] {
    const filter = { sender: 'client', ops: op === undefined ? undefined : [op], connection } as const;
    return this.#read((reader) =>
      [...reader.frames(filter)].flatMap((frame) => {
        const { connectionId: connection, atUs } = frame;
        const payload = payloadOf(frame);
        return payload === null ? [] : [{ connection, atUs, payload } as ReceivedPayload<Op>];
      }),
    );
  }

  #read<Result>(use: (reader: CaptureReader) => Result): Result {
    using reader = openReader(this.#recorder.config.db);
    return use(reader);
  }

  #writeTape(): void {
    const { tape } = this.#options;
    const lines = this.#read((reader) => [...TAPE_FORM.write({ reader, filter: {} })]);
    mkdirSync(dirname(tape), { recursive: true });
    writePrivateFile(tape, `${lines.join('\n')}\n`);
  }
}

function whileRecording(what: string): UsageError {
  return new UsageError(
    `${what}() was called while the tape is being recorded`,
    'check gateway.state before the call',
  );
}

function toRestCall({ startedAtUs, method, path, requestBody, status }: ExchangeRow): RestCall {
  return {
    atUs: startedAtUs,
    method,
    path,
    body: parseBody({ body: requestBody }),
    status: status ?? 0,
    origin: 'upstream',
  };
}
