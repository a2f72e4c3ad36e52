/**
 * Matchers for gateways under test: what a client has sent, which REST calls it made, how much of the tape was played,
 * and whether the client did what the recorded one did.
 *
 * Each waits for what the client has yet to do; negated, each looks once. The message of a failure has the expected and
 * the received in short. They take a gateway of `gatewayTest` or a mock of `startMockGateway`.
 */
import { expect, type MatcherState } from 'vitest';
import type { ReceivedFilter, ReceivedPayload, RestCall } from '../mock/gateway.js';
import { callMismatch, describeMismatch, type ExpectedCall } from './expected-call.js';
import type { LintReport } from '../library/lint.js';
import type { Traffic } from '../mock/traffic.js';
import { lintMock } from './playing-gateway.js';
import { type Judgement, PATIENCE_MS, pause, waitFor, type Patience } from './waiting.js';
import { formatCalls, formatDifferences, formatPayloads, shown } from './sequence.js';
import { type Diff, type DiffItem, diffPayloads, UNPLAYED_OPS } from '../replay/compare/payload-diff.js';
import { CLIENT_RULES } from '../replay/compare/compare.js';
import { Mask } from '../replay/compare/mask.js';

/** Input of the matchers. */
export interface GatewayUnderTest {
  readonly restCalls: readonly RestCall[];
  readonly recorded: readonly ReceivedPayload[];
  received(
    filter?: ReceivedFilter,
    patience?: Patience,
  ): readonly ReceivedPayload[] | Promise<readonly ReceivedPayload[]>;
  /** Of a mock of `startMockGateway` with `isTrafficKept`. */
  readonly traffic?: readonly Traffic[] | null;
  readonly gatewayUrl: string;
  /** Of a gateway of `gatewayTest`. */
  lint?(options?: Judgement): Promise<LintReport>;
  stirred(): Promise<void>;
  finished(): Promise<void>;
}

/** A payload, or the part of it that matters; asymmetric matchers can be anywhere in `d`. */
export interface ExpectedPayload {
  readonly op?: number;
  readonly d?: unknown;
}

/** How strictly a client is compared with the recorded one. */
export interface RecordingMatch extends Patience {
  /** Fields that may differ, as `NAME:PATH`, in addition to those that always may. */
  readonly ignore?: readonly string[];
}

interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

/** The matchers, as they are called on `expect(gateway)`. */
export interface GatewayMatchers<Result> {
  /** That the client sends a payload that contains all of this, within the patience. */
  toHaveReceivedPayload: (expected: ExpectedPayload, patience?: Patience) => Promise<Result>;
  /** That the client makes a REST call that contains all of this, within the patience. */
  toHaveCalledRest: (expected: ExpectedCall, patience?: Patience) => Promise<Result>;
  /** That the tape is played to its end, within the patience. */
  toBeFullyPlayed: (patience?: Patience) => Promise<Result>;
  /** That the client sends what the recorded one sent, in its order, except for heartbeats and volatile fields. */
  toMatchRecording: (match?: RecordingMatch) => Promise<Result>;
  /** That the client has broken no rule of the protocol so far; only what `gatetape lint` calls an error counts. */
  toObeyTheProtocol: (judgement?: Judgement) => Promise<Result>;
}

/** Adds the matchers to vitest's `expect`. */
export function addMatchers(): void {
  expect.extend({
    toHaveReceivedPayload,
    toHaveCalledRest,
    toBeFullyPlayed,
    toMatchRecording,
    toObeyTheProtocol,
  });
}

async function toHaveReceivedPayload(
  this: MatcherState,
  gateway: GatewayUnderTest,
  expected: ExpectedPayload,
  patience?: Patience,
): Promise<Verdict> {
  const lacks = ({ payload }: ReceivedPayload): readonly string[] =>
    describeMismatch(payload, expected, this.equals);
  let received: readonly ReceivedPayload[] = [];
  const found = await waitFor(
    async () => {
      received = await gateway.received({}, { timeoutMs: 0 });
      return received.find((each) => lacks(each).length === 0) ?? null;
    },
    () => gateway.stirred(),
    this.isNot ? { timeoutMs: 0 } : patience,
  );
  const nearest = received.findLast(({ payload }) => payload.op === expected.op);
  return verdict(found !== null, this.isNot ? 'no payload' : 'a payload', expected, {
    received: formatPayloads(received),
    nearest: nearest === undefined ? [] : lacks(nearest),
  });
}

async function toHaveCalledRest(
  this: MatcherState,
  gateway: GatewayUnderTest,
  expected: ExpectedCall,
  patience?: Patience,
): Promise<Verdict> {
  const lacks = (call: RestCall): readonly string[] => callMismatch(call, expected, this.equals);
  const found = await waitFor(
    () => gateway.restCalls.find((each) => lacks(each).length === 0) ?? null,
    () => gateway.stirred(),
    this.isNot ? { timeoutMs: 0 } : patience,
  );
  const { restCalls } = gateway;
  const nearest = restCalls.findLast(
    (call) => callMismatch(call, { path: expected.path }, this.equals).length === 0,
  );
  return verdict(found !== null, this.isNot ? 'no REST call' : 'a REST call', expected, {
    received: formatCalls(restCalls),
    nearest: nearest === undefined ? [] : lacks(nearest),
  });
}

async function toBeFullyPlayed(
  this: MatcherState,
  gateway: GatewayUnderTest,
  { timeoutMs = PATIENCE_MS }: Patience = {},
): Promise<Verdict> {
  const isFinished = await Promise.race([
    gateway.finished().then(() => true),
    pause(this.isNot ? 0 : timeoutMs).then(() => false),
  ]);
  const received = await gateway.received({}, { timeoutMs: 0 });
  return {
    pass: isFinished,
    message: () =>
      isFinished
        ? 'expected the tape not to be played to its end, but it was'
        : `expected the tape to be played to its end within ${timeoutMs} ms\nthe client has sent\n${formatPayloads(received)}`,
  };
}

async function toMatchRecording(
  this: MatcherState,
  gateway: GatewayUnderTest,
  { ignore = [], ...patience }: RecordingMatch = {},
): Promise<Verdict> {
  const compare = async () =>
    compareWithRecorded(gateway.recorded, await gateway.received({}, { timeoutMs: 0 }), ignore);
  let diff = await compare();
  await waitFor(
    async () => ((diff = await compare()).equal ? diff : null),
    () => gateway.stirred(),
    this.isNot ? { timeoutMs: 0 } : patience,
  );
  return {
    pass: diff.equal,
    message: () =>
      diff.equal
        ? 'expected the client to do something else than the recorded one'
        : `expected the client to do what the recorded one did (- recorded, + received)\n${formatDifferences(diff)}`,
  };
}

async function toObeyTheProtocol(
  this: MatcherState,
  gateway: GatewayUnderTest,
  judgement?: Judgement,
): Promise<Verdict> {
  const { traffic = null, gatewayUrl } = gateway;
  const report = await (gateway.lint?.(judgement) ?? lintMock({ traffic, gatewayUrl }, judgement));
  const errors = report.findings.filter(({ who, severity }) => who === 'client' && severity === 'error');
  const lines = errors.map(
    ({ rule, message, count, fix }) => `  ${rule}: ${message}${count > 1 ? ` [${count} times]` : ''}: ${fix}`,
  );
  return {
    pass: errors.length === 0,
    message: () =>
      errors.length === 0
        ? 'expected the client to break a rule of the protocol, but it broke none'
        : `expected the client to obey the protocol\nit broke\n${lines.join('\n')}`,
  };
}

function verdict(
  pass: boolean,
  what: string,
  expected: object,
  { received, nearest }: { readonly received: string; readonly nearest: readonly string[] },
): Verdict {
  const why =
    nearest.length === 0 ? '' : `\nin the nearest one\n${nearest.map((line) => `  ${line}`).join('\n')}`;
  return {
    pass,
    message: () => `expected ${what} like ${shown({ ...expected })}\nreceived\n${received}${why}`,
  };
}

/** Fields that differ between two runs of a client: what it makes up, what it is given, and where it runs. */
const RUN_RULES: readonly string[] = [
  ...CLIENT_RULES,
  'IDENTIFY:d.properties',
  'IDENTIFY:d.compress',
  'RESUME:d.seq',
  'PRESENCE_UPDATE:d.since',
  '*:d.nonce',
];

/** Compares the payloads of the recorded client with the received ones, in order; `ignore` names further fields. */
export function compareWithRecorded(
  recorded: readonly ReceivedPayload[],
  received: readonly ReceivedPayload[],
  ignore: readonly string[],
): Diff {
  return diffPayloads(
    listReceivedItems(recorded),
    listReceivedItems(received),
    new Mask([...RUN_RULES, ...ignore]),
  );
}

function listReceivedItems(payloads: readonly ReceivedPayload[]): readonly DiffItem[] {
  return payloads
    .filter(({ payload }) => !UNPLAYED_OPS.has(payload.op))
    .map(({ payload: { op, d } }) => ({ op, event: null, seq: null, text: JSON.stringify({ op, d }) }));
}
