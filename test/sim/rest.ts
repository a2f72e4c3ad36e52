/** REST calls of a run: each goes on by a step at a time beside the connections, and becomes one row when it is over. */
import type { ExchangeError } from '../../src/capture/columns.js';
import type { HttpMessage } from '../../src/capture/tap.js';
import type { Placeholders } from '../../src/store/placeholders.js';
import type { Database } from '../../src/store/database.js';
import type { RingTap } from '../../src/worker/ring-tap.js';
import type { SimulatedClock } from './clock.js';
import type { Random } from './random.js';

/** One call. */
interface ModelCall {
  readonly agent: string;
  readonly token: string;
  readonly path: string;
  readonly bodies: Readonly<Record<HttpMessage, Buffer>>;
  /** Bytes of each body that the tap took, and whether it took all so far. */
  readonly taken: Record<HttpMessage, number>;
  readonly isCut: Record<HttpMessage, boolean>;
  /** What is left to do, in order. */
  readonly steps: ('request' | 'answer' | 'response' | 'end')[];
  readonly fault: ExchangeError | null;
  key: number;
  startedAtUs: number;
  endedAtUs: number;
  /** Threads died while it was open, or when it had ended a moment ago: it may be in no row. */
  isExcused: boolean;
}

interface CallRow {
  readonly agent: string;
  readonly startedAtUs: number;
  readonly endedAtUs: number;
  readonly path: string;
  readonly alias: string | null;
  readonly status: number | null;
  readonly fault: string | null;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly isRequestCut: number;
  readonly isResponseCut: number;
  readonly request: string | null;
  readonly response: string | null;
}

/** A row, and which file it is in. */
export interface RecordedCall extends CallRow {
  readonly file: number;
}

const ROWS = `
  SELECT user_agent AS agent, started_at_us AS startedAtUs, ended_at_us AS endedAtUs, path, token_alias AS alias, status,
    fault, request_bytes AS requestBytes, response_bytes AS responseBytes, is_request_cut AS isRequestCut,
    is_response_cut AS isResponseCut, request, response
  FROM exchange LEFT JOIN exchange_body ON exchange_id = exchange.id ORDER BY exchange.id`;

/** Rows of calls in a file. */
export function readCalls(db: Database): readonly CallRow[] {
  return db.prepare<[], CallRow>(ROWS).all();
}

/** All calls of a run. */
export class ModelCalls {
  readonly #calls: readonly ModelCall[];
  readonly #random: Random;
  readonly #tap: RingTap;
  readonly #clock: SimulatedClock;
  /** Those that may go on. */
  #open: ModelCall[];

  constructor(count: number, random: Random, tap: RingTap, clock: SimulatedClock) {
    this.#random = random;
    this.#tap = tap;
    this.#clock = clock;
    this.#calls = Array.from({ length: count }, (_, index) => drawCall(random, index + 1));
    this.#open = [...this.#calls];
  }

  /** One call goes on. */
  turn(): void {
    if (this.#open.length === 0) return;
    // Usually one of the first, so that calls end.
    const call = this.#open[this.#random.below(Math.min(3, this.#open.length))]!;
    if (call.key === 0) this.#start(call);
    else this.#goOn(call, call.steps.shift()!);
  }

  /** Threads died: what was not over by then, or may not have been in the database, may be in no row. */
  excuse(sinceUs: number): void {
    for (const call of this.#calls) {
      if (call.key > 0 && (call.endedAtUs === 0 || call.endedAtUs >= sinceUs)) call.isExcused = true;
    }
  }

  /** Faults of the rows; `mayLack`: rows of any call may be missing, or of those that a file had first. */
  findFaults(
    rows: readonly RecordedCall[],
    placeholders: Placeholders,
    mayLack: 'none' | 'first' | 'any',
    fileCount: number,
  ): string[] {
    const faults: string[] = [];
    for (const call of this.#calls) {
      const own = rows.filter(({ agent }) => agent === call.agent);
      const isDone = call.key > 0;
      const isFirst = mayLack === 'first' && isBeforeAll(call, rows, fileCount);
      const mayBeAway = mayLack === 'any' || isFirst || call.isExcused || !isDone;
      if (own.length > 1 || (own.length === 0 && !mayBeAway))
        faults.push(`${call.agent}: ${own.length} rows of the call`);
      for (const row of own) {
        const fault = compare(row, call, placeholders);
        if (fault !== null) faults.push(`${call.agent}: ${fault}`);
      }
    }
    return faults;
  }

  #start(call: ModelCall): void {
    call.startedAtUs = this.#clock.tickUs();
    call.key = this.#tap.openExchange({
      atUs: call.startedAtUs,
      method: 'POST',
      path: call.path,
      contentType: 'application/json',
      contentEncoding: null,
      userAgent: call.agent,
      authorization: `Bot ${call.token}`,
      secrets: [call.token],
    });
  }

  #goOn(call: ModelCall, step: ModelCall['steps'][number]): void {
    switch (step) {
      case 'request':
      case 'response':
        this.#body(call, step);
        return;
      case 'answer':
        this.#tap.answer(call.key, {
          status: 200,
          contentType: 'application/json',
          contentEncoding: null,
          headers: { 'x-ratelimit-remaining': '4' },
        });
        return;
      case 'end':
        call.endedAtUs = this.#clock.tickUs();
        this.#open = this.#open.filter((each) => each !== call);
        this.#tap.endExchange(call.key, {
          atUs: call.endedAtUs,
          requestBytes: call.bodies.request.length,
          responseBytes: call.fault === 'no_answer' ? 0 : call.bodies.response.length,
          fault: call.fault,
        });
    }
  }

  /** As `proxy/exchange.ts` does: after the first refusal no more of the body is sent. */
  #body(call: ModelCall, message: HttpMessage): void {
    const body = call.bodies[message];
    for (let from = 0; from < body.length && !call.isCut[message];) {
      const until = Math.min(body.length, from + this.#random.skewed(1, 2000));
      if (this.#tap.body(call.key, message, Buffer.from(body.subarray(from, until))))
        call.taken[message] = until;
      else call.isCut[message] = true;
      from = until;
    }
  }
}

/** Whether a call had ended before all that a file has; making room takes more calls than a run has. */
function isBeforeAll({ endedAtUs }: ModelCall, rows: readonly RecordedCall[], fileCount: number): boolean {
  const next = rows.find((row) => row.endedAtUs > endedAtUs);
  const before = rows.findLast((row) => row.endedAtUs < endedAtUs);
  return (next?.file ?? fileCount - 1) !== before?.file;
}

function drawCall(random: Random, number: number): ModelCall {
  const token = `token-${random.bytes(12).toString('hex')}`;
  const body = (kind: string): Buffer =>
    Buffer.from(JSON.stringify({ content: `${kind} ${number} `.repeat(random.skewed(1, 300)), n: number }));
  const fault = random.chance(0.2) ? random.pick(['no_answer', 'client_left'] as const) : null;
  const steps: ModelCall['steps'] = ['request', 'answer', 'response', 'end'];
  return {
    agent: `rest/${number}`,
    token,
    path: `/channels/${number}/messages?n=${number}`,
    bodies: { request: body('asked'), response: body('answered') },
    taken: { request: 0, response: 0 },
    isCut: { request: false, response: false },
    steps: fault === 'no_answer' ? ['request', 'end'] : steps,
    fault,
    key: 0,
    startedAtUs: 0,
    endedAtUs: 0,
    isExcused: false,
  };
}

function compare(row: CallRow, call: ModelCall, placeholders: Placeholders): string | null {
  const isEnded = call.endedAtUs > 0 && row.fault !== 'stopped';
  const isAnswered = call.steps.length <= 2 && call.fault !== 'no_answer';
  const expected: Partial<CallRow> = {
    startedAtUs: call.startedAtUs,
    path: call.path,
    alias: placeholders.of(call.token),
    ...(isEnded && {
      endedAtUs: call.endedAtUs,
      fault: call.fault,
      status: isAnswered ? 200 : null,
      requestBytes: call.bodies.request.length,
      responseBytes: call.fault === 'no_answer' ? 0 : call.bodies.response.length,
      isRequestCut: Number(call.isCut.request),
      isResponseCut: Number(call.isCut.response),
    }),
  };
  for (const [name, value] of Object.entries(expected)) {
    const actual = row[name as keyof CallRow];
    if (actual !== value) return `${name} is ${String(actual)} and not ${String(value)}`;
  }
  for (const message of ['request', 'response'] as const) {
    const sent = call.bodies[message].subarray(0, call.taken[message]).toString();
    const text = row[message];
    // Of a cut body a word at its end is left out that might be the beginning of a secret.
    const isSame = call.isCut[message] || !isEnded ? sent.startsWith(text ?? '') : text === sent;
    if (text !== null && !isSame)
      return `the ${message} has ${text.length} bytes that are not the ${sent.length} that were sent`;
    if (text === null && isEnded && sent.length > 0 && !call.isCut[message]) return `the ${message} is away`;
  }
  return null;
}
