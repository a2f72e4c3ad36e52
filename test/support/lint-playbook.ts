/**
 * Playbooks of a recording for the linter: one line an event, `SECONDS [#CONNECTION] EVENT`.
 *
 *   0 open                      a connection opens; JSON behind it changes its facts
 *   0.1 < hello 41250           the gateway: hello, ack, beat, reconnect, invalid true, ready {…}, resumed S, NAME S {…}
 *   0.2 > identify {…}          the client: identify, resume {…}, beat S, op N {…}; JSON is added to usual fields
 *   9 > close 4000              a close frame; 1 byte: `close -`
 *   9 < binary ack, < again ack  in a binary message, in the same message as the payload before
 *   9 < broken not_json text    a message without a payload, by its status
 *   9 gap                       bytes went unrecorded
 *   9 remark NAME               an observation
 *   9 end client 4000           the connection ends
 *   9 call GET /path 200 {headers} {body}       `call +2.5 GET …` is answered after 2.5 s
 */
import { expect, it } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import type { LintedCall, LintedConnection, LintedEnd, LintedFrame } from '../../src/lint/events.js';
import { Linter } from '../../src/lint/linter.js';
import type { LintReport, Rule, LintSeverity } from '../../src/lint/rule.js';
import { RULES } from '../../src/lint/rules.js';
import type { Thresholds } from '../../src/lint/thresholds.js';
import type { FrameKind, Sender } from '../../src/wire/frame.js';
import { encodeClose } from '../../src/wire/websocket.js';
import { attached, closed, exchange, facts, frame, opened } from './capture/records.js';
import { storeRecords } from './stores.js';

/** Time 0 of a playbook, in µs. */
export const LINT_EPOCH_US = 1_800_000_000_000_000;
export const LINT_TOKEN = 'redacted:0123456789abcdef';
const PROPERTIES = { os: 'linux', browser: 'test', device: 'test' };

/** A connection up to READY, with the usual fields. */
export const READY_LINES = ['0 open', '0.1 < hello 41250', '0.2 > identify', '0.5 < ready'];

/** One event of a playbook, as the linter is given it. */
export type LintStep =
  | { readonly type: 'frame'; readonly frame: LintedFrame }
  | { readonly type: 'open'; readonly opened: LintedConnection }
  | {
      readonly type: 'gap' | 'remark';
      readonly connection: number;
      readonly atUs: number;
      readonly name: string;
    }
  | { readonly type: 'end'; readonly end: LintedEnd }
  | { readonly type: 'call'; readonly call: LintedCall };

/** Events of a playbook. */
export function readPlaybook(lines: readonly string[]): readonly LintStep[] {
  const frameNos = new Map<number, number>();
  let frames = 0;
  let calls = 0;
  return lines.map((line): LintStep => {
    const [, seconds, number = '1', rest = ''] = /^([\d.]+)(?: #(\d+))? (.*)$/.exec(line) ?? [];
    const atUs = LINT_EPOCH_US + Math.round(Number(seconds) * 1_000_000);
    const connection = Number(number);
    const [, verb = '', tail = ''] = /^(\S+) ?(.*)$/.exec(rest) ?? [];
    switch (verb) {
      case 'open':
        return { type: 'open', opened: { ...opening(connection, atUs), ...json(tail) } };
      case 'gap':
      case 'remark':
        return { type: verb, connection, atUs, name: tail };
      case 'end':
        return { type: 'end', end: ending(connection, atUs, tail) };
      case 'call':
        return { type: 'call', call: call((calls += 1), atUs, tail) };
      default: {
        const sender: Sender = verb === '>' ? 'client' : 'gateway';
        const frameNo = (frameNos.get(connection) ?? 0) + (tail.startsWith('again ') ? 0 : 1);
        frameNos.set(connection, frameNo);
        const head = { id: (frames += 1), connectionId: connection, sessionId: null, frameNo, atUs, sender };
        const plain = content(sender, tail.replace(/^(?:again )?(?:binary )?/, ''));
        const isBinary = /^(?:again )?binary /.test(tail);
        return { type: 'frame', frame: { ...head, ...plain, ...(isBinary && { kind: 'binary' }) } };
      }
    }
  });
}

/** Hands an event to a linter. */
export function giveStep(linter: Linter, step: LintStep): void {
  switch (step.type) {
    case 'frame': {
      linter.frameArrived(step.frame);
      return;
    }
    case 'open': {
      linter.open(step.opened);
      return;
    }
    case 'gap': {
      linter.gap(step.connection, step.atUs);
      return;
    }
    case 'remark': {
      linter.remark(step.connection, step.atUs, step.name);
      return;
    }
    case 'end': {
      linter.end(step.end);
      return;
    }
    case 'call': {
      linter.call(step.call);
      return;
    }
  }
}

/** Path of a database with a playbook's events. */
export function storePlaybook(lines: readonly string[]): string {
  return storeRecords(playbookRecords(readPlaybook(lines)));
}

/** Records of these events, as a recorder would write them. */
export function playbookRecords(steps: readonly LintStep[]): CaptureRecord[] {
  let sessions = 0;
  const ofConnection = new Map<number, number>();
  const ofAlias = new Map<unknown, number>();
  return steps.flatMap((step): CaptureRecord[] => {
    switch (step.type) {
      case 'open': {
        const { id, openedAtUs, path: asked, upstreamUrl, transport, userAgent } = step.opened;
        const how = transport ?? { version: 10, encoding: 'json', compress: 'none' };
        return [
          opened({ connection: id, atUs: openedAtUs, path: asked, upstreamUrl, transport: how, userAgent }),
        ];
      }
      case 'gap':
        return [
          {
            type: 'gap',
            connection: step.connection,
            sender: 'gateway',
            fromUs: step.atUs,
            untilUs: step.atUs,
            bytes: 1,
          },
        ];
      case 'remark': {
        const { connection, atUs, name } = step;
        return [{ type: 'observation', connection, session: null, frameNo: 1, atUs, name, detail: name }];
      }
      case 'end': {
        const { connectionId, atUs, closeCode, closeReason, closedBy } = step.end;
        const end = {
          closeCode,
          closeReason,
          closedBy: closedBy ?? 'proxy',
          relayMode: 'converged' as const,
        };
        return [closed({ connection: connectionId, atUs, ...end })];
      }
      case 'call': {
        const {
          startedAtUs,
          endedAtUs,
          method,
          path: asked,
          route,
          tokenAlias,
          status,
          responseHeaders,
          responseBody,
        } = step.call;
        const text = responseBody === null ? null : Buffer.from(responseBody);
        const response = {
          contentType: 'application/json',
          wireBytes: text?.length ?? 0,
          text,
          isCut: false,
        };
        return [
          exchange({
            startedAtUs,
            endedAtUs,
            method,
            path: asked,
            route,
            tokenAlias,
            status,
            responseHeaders,
            response,
          }),
        ];
      }
      case 'frame': {
        const { connectionId: connection, atUs, payloadText, closeCode, op, event } = step.frame;
        const isStart = step.frame.sender === 'client' && (op === 2 || op === 6);
        const { d } = JSON.parse(payloadText ?? '{}') as {
          readonly d?: { readonly session_id?: string } | null;
        };
        const alias = isStart || event === 'READY' ? (d?.session_id ?? null) : null;
        // A refused RESUME joins no session.
        const joined = isStart && !isRefused(steps, step.frame) ? ofAlias.get(alias) : undefined;
        if (isStart) ofConnection.set(connection, joined ?? (sessions += 1));
        const session = ofConnection.get(connection) ?? null;
        if (event === 'READY' && session !== null) ofAlias.set(alias, session);
        const raw = closeCode === null ? null : encodeClose(closeCode);
        const body = payloadText === null ? null : Buffer.from(payloadText);
        const made = frame({ ...step.frame, connection, session, atUs, raw });
        const attachment = attached({ session: session ?? 0, connection, atUs, isResume: op === 6 });
        const known = facts({ session: session ?? 0, atUs, alias: event === 'READY' ? alias : null });
        return [...(isStart ? [attachment] : []), { ...made, body }, ...(alias === null ? [] : [known])];
      }
    }
  });
}

function isRefused(steps: readonly LintStep[], { id, connectionId, op }: LintedFrame): boolean {
  const answer = steps.find(
    (step) =>
      step.type === 'frame' &&
      step.frame.id > id &&
      step.frame.connectionId === connectionId &&
      step.frame.sender === 'gateway',
  );
  return op === 6 && answer?.type === 'frame' && answer.frame.op === 9;
}

/** What the linter says about a playbook. */
export function lintPlaybook(lines: readonly string[], thresholds: Partial<Thresholds> = {}): LintReport {
  return lintSteps(readPlaybook(lines), thresholds);
}

/** What the linter says about some events. */
export function lintSteps(steps: readonly LintStep[], thresholds: Partial<Thresholds> = {}): LintReport {
  const linter = new Linter({ rules: RULES, thresholds });
  for (const step of steps) giveStep(linter, step);
  return linter.finish();
}

function opening(id: number, openedAtUs: number) {
  return {
    id,
    captureId: 1,
    mode: 'reverse',
    openedAtUs,
    path: '/?v=10&encoding=json',
    upstreamUrl: 'wss://gateway.discord.gg/?v=10&encoding=json',
    transport: { version: 10, encoding: 'json', compress: 'none' },
    extensions: null,
    userAgent: 'test',
    upgradeStatus: 101,
    hasPseudonyms: false,
  } as const;
}

function ending(connectionId: number, atUs: number, tail: string) {
  const [closedBy = 'client', code = '-', ...reason] = tail.split(' ');
  return {
    connectionId,
    atUs,
    closedBy: closedBy as Sender | 'proxy',
    closeCode: code === '-' ? null : Number(code),
    closeReason: reason.join(' ') || null,
    relayMode: 'converged',
  } as const;
}

function call(id: number, startedAtUs: number, tail: string) {
  const [, seconds = '0.001', method = '', path = '', status = '', headers = '{}', body = null] =
    /^(?:\+([\d.]+) )?(\S+) (\S+) (\d+)(?: (\{.*?\}))?(?: (\{.*\}))?$/.exec(tail) ?? [];
  return {
    id,
    captureId: 1,
    startedAtUs,
    endedAtUs: startedAtUs + Math.round(Number(seconds) * 1_000_000),
    method,
    path,
    route: path.replace(/\/\d+/g, '/:id').replace(/^\/v\d+/, ''),
    tokenAlias: LINT_TOKEN,
    status: Number(status),
    responseHeaders: json(headers) as Record<string, string>,
    responseBody: body,
  };
}

function content(sender: Sender, text: string) {
  const [, word = '', tail = ''] = /^(\S+) ?(.*)$/s.exec(text) ?? [];
  if (word === 'close') return control('close', tail);
  if (word === 'broken' || word === 'partial') {
    const [status = 'partial', kind = 'binary'] = tail.split(' ');
    return nothing(word === 'partial' ? 'partial' : status, kind as FrameKind);
  }
  return payload(sender === 'client' ? sent(word, tail) : received(word, tail));
}

function control(kind: FrameKind, tail: string) {
  const isOneByte = tail === '-';
  const [code = '', bytes = '2'] = tail.split(' ');
  return {
    ...nothing('control', kind),
    wireBytes: isOneByte ? 1 : code === '' ? 0 : Number(bytes),
    closeCode: isOneByte || code === '' ? null : Number(code),
  };
}

function nothing(status: string, kind: FrameKind) {
  return {
    kind,
    status: status as LintedFrame['status'],
    op: null,
    event: null,
    seq: null,
    wireBytes: 10,
    payloadBytes: null,
    closeCode: null,
    payloadText: null,
  };
}

function payload(given: {
  readonly op: number;
  readonly d?: unknown;
  readonly s?: number | null;
  readonly t?: string | null;
}) {
  const { op, s = null, t = null } = given;
  const payloadText = JSON.stringify({ t, s, ...given });
  const { length } = payloadText;
  const sizes = { wireBytes: length, payloadBytes: length };
  return {
    kind: 'text',
    status: 'ok',
    op,
    event: t,
    seq: s,
    ...sizes,
    closeCode: null,
    payloadText,
  } as const;
}

function sent(word: string, tail: string) {
  switch (word) {
    case 'identify':
      return { op: 2, d: { token: LINT_TOKEN, intents: 1, properties: PROPERTIES, ...json(tail) } };
    case 'resume':
      return { op: 6, d: { token: LINT_TOKEN, session_id: 'session-1', seq: 1, ...json(tail) } };
    case 'beat':
      return { op: 1, d: tail === '' ? null : (JSON.parse(tail) as unknown) };
    default: {
      const [op = '0', ...rest] = tail.split(' ');
      return { op: Number(op), d: rest.length === 0 ? null : (JSON.parse(rest.join(' ')) as unknown) };
    }
  }
}

function received(word: string, tail: string) {
  switch (word) {
    case 'hello':
      return { op: 10, d: { heartbeat_interval: tail === '' ? 41_250 : (JSON.parse(tail) as unknown) } };
    case 'ack':
      return { op: 11, d: null };
    case 'beat':
      return { op: 1, d: null };
    case 'reconnect':
      return { op: 7, d: null };
    case 'invalid':
      return { op: 9, d: JSON.parse(tail || 'false') as unknown };
    case 'op': {
      const [op = '0', ...rest] = tail.split(' ');
      return { op: Number(op), ...(json(rest.join(' ')) as object) };
    }
    case 'ready': {
      const usual = { session_id: 'session-1', user: { id: '1', bot: true }, guilds: [] };
      return { op: 0, t: 'READY', s: 1, d: { ...usual, ...json(tail) } };
    }
    default: {
      const [s = '', ...rest] = tail.split(' ');
      return { op: 0, t: word.toUpperCase(), s: s === '' ? null : Number(s), d: json(rest.join(' ')) };
    }
  }
}

function json(text: string): Record<string, unknown> {
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** What a rule must and must not say: its severity, a playbook that breaks it, one that comes close. */
export type RuleCase = readonly [
  rule: string,
  severity: LintSeverity,
  breaking: readonly string[],
  close: readonly string[],
];

/** Tests of a family: each case is a rule, and errors of other rules are none. */
export function testRules(family: readonly Rule[], cases: readonly RuleCase[]): void {
  it.each(cases)('%s sees %s', (rule, severity, breaking, close) => {
    const { findings } = lintPlaybook(breaking);
    const own = findings.filter((finding) => finding.rule === rule);
    expect(own.map((finding) => finding.severity)).toContain(severity);
    expect(findings.filter((finding) => finding.severity === 'error' && finding.rule !== rule)).toEqual([]);
    const near = lintPlaybook(close).findings;
    expect(near.filter((finding) => finding.severity === 'error')).toEqual([]);
    const same = near.filter((finding) => finding.rule === rule && finding.severity === severity);
    expect(same).toEqual([]);
  });

  it('has a case for each rule, and for its worst severity', () => {
    const seen = new Set(cases.map(([rule, severity]) => `${rule} ${severity}`));
    expect(family.filter(({ id, severity }) => !seen.has(`${id} ${severity}`)).map(({ id }) => id)).toEqual(
      [],
    );
  });
}
