/**
 * Lint: what a client or a gateway did wrong in a recording, by the rules of the protocol (src/lint/).
 */
import { setImmediate as turn } from 'node:timers/promises';
import { UsageError } from '../errors.js';
import { didYouMean } from '../closest.js';
import { compileGlob } from '../filter/glob.js';
import { OP } from '../gateway/opcodes.js';
import { asObject } from '../gateway/payload.js';
import { Linter } from '../lint/linter.js';
import {
  LINT_SEVERITIES,
  type LintFinding,
  type LintReport,
  type LintSeverity,
  type Rule,
  type RuleText,
  type Skipped,
  type UnjudgedRule,
} from '../lint/rule.js';
import { type ConnectionStory, StoryTeller } from '../lint/story.js';
import { RULE_FAMILIES, RULES } from '../lint/rules.js';
import type { Thresholds } from '../lint/thresholds.js';
import { UNJUDGED_RULES } from '../lint/unjudged.js';
import type { FilteredBy } from '../store/filter.js';
import { payloadOf } from '../store/frame-json.js';
import { openReader, type CaptureReader, type IdOrLatest } from '../store/reader.js';
import { blameFile } from './blame.js';
import type { Traffic } from '../mock/traffic.js';
import { feedTraffic } from './lint-traffic.js';
import { TAPE_MODE } from './lint-beside.js';
import { feedCapture, feedRecording, type LintSpan } from './lint-source.js';
import { loadRecording } from './recording.js';

export {
  LINT_SEVERITIES,
  type LintFinding,
  type LintReport,
  type LintSeverity,
  type RuleText,
  type Skipped,
  type UnjudgedRule,
} from '../lint/rule.js';
export type { ConnectionStory, StoryFrame, StoryStart } from '../lint/story.js';
export { RULE_FAMILIES } from '../lint/rules.js';
export { LINT_THRESHOLDS, THRESHOLD_NAMES, type Thresholds } from '../lint/thresholds.js';
export { UNJUDGED_RULES } from '../lint/unjudged.js';

/** What to lint, and by which rules; of a database, `filter` keeps the breaches with a frame that passes it. */
export interface LintOptions extends FilteredBy {
  /** Path of a tape file; without it a database is linted. */
  readonly tape?: string | undefined;
  /** Path of the database; default `gatetape.sqlite`. */
  readonly db?: string | undefined;
  /** Only what concerns this session or this connection. */
  readonly session?: IdOrLatest | undefined;
  readonly connection?: IdOrLatest | undefined;
  /** Only these rules, by name; `*` matches any part. */
  readonly rules?: readonly string[] | undefined;
  /** Without these rules, by name; `*` matches any part. */
  readonly ignore?: readonly string[] | undefined;
  /** Findings of this severity and worse; default `info`. */
  readonly severity?: LintSeverity | undefined;
  readonly thresholds?: Partial<Thresholds> | undefined;
  /** Called with the number of frames read, at intervals. */
  readonly onProgress?: ((frames: number) => void) | undefined;
}

const DEFAULT_DB = 'gatetape.sqlite';
/** Frames between two turns of the event loop. */
const TURN = 2_000;
/** How much of the time around a session is read too: what led to it, and what it led to. */
const AROUND_US = 600_000_000;
const BEAT_OPS: readonly number[] = [OP.HEARTBEAT, OP.QOS_HEARTBEAT];
/** How the names of their rules begin. */
const BEAT_RULES = 'hb-';
/** Reason for which a tape without heartbeats is not judged by their rules. */
const NO_BEATS = 'the tape has no heartbeats';

/**
 * Judges a recording. Rejects with a UsageError for an unknown rule, session or tape, and with a StoreError for a
 * database that cannot be read.
 */
export async function lintCapture(options: LintOptions = {}): Promise<LintReport> {
  const isWanted = chooseRules(options);
  const { tape, db = DEFAULT_DB } = options;
  if (tape !== undefined && options.filter !== undefined) {
    throw new UsageError('a filter needs a database', 'import the tape first, or leave the filter out');
  }
  if (tape !== undefined) return lintTape(tape, options, isWanted);
  try {
    using reader = openReader(db);
    return await lintReader(reader, options, isWanted);
  } catch (error) {
    throw blameFile(error, db);
  }
}

/** Judges what a mock and its clients have said. Throws a UsageError for an unknown rule. */
export function lintTraffic(
  traffic: readonly Traffic[],
  gatewayUrl: string,
  options: Omit<LintOptions, 'db' | 'tape' | 'session' | 'connection' | 'filter'> = {},
): LintReport {
  const isWanted = chooseRules(options);
  const linter = new Linter({ rules: RULES, isWanted, thresholds: options.thresholds });
  feedTraffic(traffic, gatewayUrl, linter);
  return complete(linter.finish(), options, isWanted, () => true);
}

/** Rules whose names match a pattern, those that cannot be judged too. Throws a UsageError if none does. */
export function findRuleTexts(pattern: string): readonly (RuleText | UnjudgedRule)[] {
  const all: readonly (RuleText | UnjudgedRule)[] = [...listRules(), ...UNJUDGED_RULES];
  const isMeant = compileGlob(pattern);
  const found = all.filter(({ id }) => isMeant(id));
  if (found.length > 0) return found;
  const names = all.map(({ id }) => id);
  throw new UsageError(
    `there is no rule ${pattern}`,
    didYouMean(pattern, names, 'list them with `gatetape lint --rules`'),
  );
}

/** Names of the rules of a family, such as `efficiency`. Throws a UsageError for an unknown one. */
export function listFamily(family: string): readonly string[] {
  const rules = Object.hasOwn(RULE_FAMILIES, family) ? RULE_FAMILIES[family] : undefined;
  if (rules !== undefined) return rules.map(({ id }) => id);
  const names = Object.keys(RULE_FAMILIES);
  throw new UsageError(
    `there is no family of rules ${family}`,
    didYouMean(family, names, `name one of ${names.join(', ')}`),
  );
}

/** What the rules say that can be judged, without their functions. */
export function listRules(): readonly RuleText[] {
  return RULES.map(({ id, who, severity, title, why, fix, source }) => ({
    ...{ id, who, severity, title, why, fix, source },
  }));
}

/** Titles of these rules by their names. */
export function findTitles(): ReadonlyMap<string, string> {
  return new Map(RULES.map(({ id, title }) => [id, title]));
}

const findNames = (pattern: string): readonly string[] => findRuleTexts(pattern).map(({ id }) => id);

type IsWanted = (rule: Pick<Rule, 'id'>) => boolean;

/** Whether a rule is asked for. Throws a UsageError for an unknown one. */
export function chooseRules({ rules, ignore = [] }: LintOptions): IsWanted {
  const chosen = rules === undefined ? null : new Set(rules.flatMap(findNames));
  const ignored = new Set(ignore.flatMap(findNames));
  return ({ id }) => (chosen?.has(id) ?? true) && !ignored.has(id);
}

function lintTape(path: string, options: LintOptions, isWanted: IsWanted): LintReport {
  const { recording } = loadRecording({ tape: path });
  const hasBeats = recording.steps.some(
    (step) => step.type === 'payload' && step.sender === 'client' && BEAT_OPS.includes(step.payload.op),
  );
  const isJudged: IsWanted = (rule) => isWanted(rule) && (hasBeats || !rule.id.startsWith(BEAT_RULES));
  const linter = new Linter({ rules: RULES, isWanted: isJudged, thresholds: options.thresholds });
  feedRecording(recording, linter);
  const report = linter.finish();
  const silent = hasBeats ? [] : RULES.filter((rule) => isWanted(rule) && !isJudged(rule));
  const skipped = [...report.skipped, ...silent.map(({ id }) => ({ rule: id, reason: NO_BEATS }))];
  return complete({ ...report, skipped }, options, isWanted, () => true);
}

/**
 * Tells how each connection began and ended, in batches, in the order of their ends. Rejects as `lintCapture` does.
 */
export async function* tellStories(
  options: Pick<LintOptions, 'db' | 'session' | 'connection' | 'thresholds'> = {},
): AsyncGenerator<readonly ConnectionStory[], void> {
  const { db = DEFAULT_DB } = options;
  try {
    using reader = openReader(db);
    const { spans, isMeant } = findSpans(reader, options);
    let stories: ConnectionStory[] = [];
    const teller = new StoryTeller((story) => {
      if (isMeant(story)) stories.push(story);
    });
    const rules = [...RULES, teller.rule];
    const linter = new Linter({
      rules,
      thresholds: options.thresholds,
      watch: (finding) => teller.note(finding),
    });
    const feed = feedSpans(reader, linter, spans);
    while ((await feed.next()).done !== true) {
      if (stories.length > 0) yield stories;
      stories = [];
    }
    linter.finish();
    yield stories;
  } catch (error) {
    throw blameFile(error, db);
  }
}

/** Hands a linter everything that the spans hold; yields the number of frames now and then, and takes a breath. */
async function* feedSpans(
  reader: CaptureReader,
  linter: Linter,
  spans: readonly LintSpan[],
): AsyncGenerator<number, void> {
  let frames = 0;
  for (const span of spans) {
    const feed = feedCapture(reader, linter, span);
    while (feed.next().done !== true) {
      frames += 1;
      if (frames % TURN !== 0) continue;
      yield frames;
      await turn();
    }
  }
}

async function lintReader(
  reader: CaptureReader,
  options: LintOptions,
  isWanted: IsWanted,
): Promise<LintReport> {
  const linter = new Linter({
    rules: RULES,
    isWanted,
    thresholds: options.thresholds,
    isMeant: selectBreaches(reader, options),
  });
  const { spans, isMeant } = findSpans(reader, options);
  for await (const frames of feedSpans(reader, linter, spans)) options.onProgress?.(frames);
  return complete(linter.finish(), options, isWanted, isMeant);
}

/** Test of a breach: of its frames, one has to pass the filter; a tape without heartbeats has no late ones. */
function selectBreaches(
  reader: CaptureReader,
  { filter }: LintOptions,
): ((breach: LintFinding) => boolean) | undefined {
  const beatless = new Set(reader.captureIds().filter((id) => isTapeWithoutBeats(reader, id)));
  if (filter === undefined && beatless.size === 0) return undefined;
  const passes = filter === undefined ? null : reader.frameTest(filter);
  return ({ rule, connectionId, frameIds }) => {
    if (rule.startsWith(BEAT_RULES) && connectionId !== null && beatless.size > 0) {
      const captureId = reader.row('connection', connectionId)?.['capture_id'];
      if (beatless.has(Number(captureId))) return false;
    }
    if (passes === null) return true;
    return frameIds.some((id) => {
      const frame = reader.frame(id);
      return frame !== null && passes(frame);
    });
  };
}

function isTapeWithoutBeats(reader: CaptureReader, captureId: number): boolean {
  if (reader.row('capture', captureId)?.['mode'] !== TAPE_MODE) return false;
  const beats = { capture: captureId, sender: 'client', ops: BEAT_OPS, limit: 1 } as const;
  return reader.frames(beats).next().done === true;
}

type IsMeant = (place: Pick<LintFinding, 'sessionId' | 'connectionId'>) => boolean;

/** What to read, and whether a finding or a story concerns what was asked for. */
function findSpans(
  reader: CaptureReader,
  { session, connection }: LintOptions,
): { readonly spans: readonly LintSpan[]; readonly isMeant: IsMeant } {
  if (session === undefined && connection === undefined) {
    return { spans: reader.captureIds().map((captureId) => ({ captureId })), isMeant: () => true };
  }
  if (session !== undefined && connection !== undefined) {
    throw new UsageError('a session and a connection exclude each other', 'leave one of them out');
  }
  const sessionId = session === undefined ? undefined : reader.resolveSession(session);
  const connectionId = connection === undefined ? undefined : reader.resolveConnection(connection);
  const asked = reader.connections({ session: sessionId, connection: connectionId });
  const ids = new Set(asked.map(({ id }) => id));
  const spans = [...new Set(asked.map(({ captureId }) => captureId))].map((captureId) => {
    const own = asked.filter((row) => row.captureId === captureId);
    const known = findSessions(reader, own).flatMap((id) =>
      reader.connections({ session: id, capture: captureId }),
    );
    const ends = own.map(({ closedAtUs, lastAtUs, openedAtUs }) => closedAtUs ?? lastAtUs ?? openedAtUs);
    return {
      captureId,
      sinceUs: Math.min(...[...own, ...known].map(({ openedAtUs }) => openedAtUs)) - AROUND_US,
      untilUs: Math.max(...ends) + AROUND_US,
    };
  });
  const isMeant: IsMeant = (place) =>
    (place.sessionId !== null && place.sessionId === sessionId) ||
    (place.connectionId !== null && ids.has(place.connectionId));
  return { spans, isMeant };
}

/** Sessions of connections, and those that they asked for in vain: what they may do depends on these from the start. */
function findSessions(
  reader: CaptureReader,
  rows: readonly { readonly id: number; readonly sessionId: number | null }[],
): readonly number[] {
  const ids = new Set(rows.flatMap(({ sessionId }) => (sessionId === null ? [] : [sessionId])));
  const named = new Set<unknown>();
  for (const { id } of rows) {
    for (const frame of reader.frames({ connection: id, sender: 'client', ops: [OP.RESUME] })) {
      named.add(asObject(payloadOf(frame)?.d)?.['session_id']);
    }
  }
  for (const { id, sessionAlias } of named.size === 0 ? [] : reader.sessions()) {
    if (sessionAlias !== null && named.has(sessionAlias)) ids.add(id);
  }
  return [...ids];
}

/** A report with what was asked for only, and with the rules that no recording can be judged by. */
export function complete(
  report: LintReport,
  { severity = 'info' }: LintOptions,
  isWanted: IsWanted,
  isMeant: IsMeant,
): LintReport {
  const worst = LINT_SEVERITIES.slice(0, LINT_SEVERITIES.indexOf(severity) + 1);
  const findings = report.findings.filter((finding) => worst.includes(finding.severity) && isMeant(finding));
  const unjudged = UNJUDGED_RULES.filter(isWanted).map(({ id, reason }): Skipped => ({ rule: id, reason }));
  return { ...report, findings, skipped: [...report.skipped, ...unjudged] };
}
