/**
 * Lint of a fleet: the rules of efficiency, which need the frames, the payloads of sessions' beginnings, and what was
 * shipped of connections, gaps and observations. All other rules need the files.
 */
import { UsageError } from '../errors.js';
import { OP } from '../gateway/opcodes.js';
import type { LintedCall } from '../lint/events.js';
import { Linter } from '../lint/linter.js';
import type { LintReport } from '../lint/rule.js';
import { RULES } from '../lint/rules.js';
import type { FleetCaptures } from '../ship/fleet-captures.js';
import type { FleetReader } from '../ship/fleet-reader.js';
import type { WantedPayloads } from '../ship/fleet-frames.js';
import type { CopiedTable, TableRow } from '../store/table-rows.js';
import { Beside, type BesideSource } from './lint-beside.js';
import { chooseRules, complete, findRuleTexts, type LintOptions } from './lint.js';

/** Rules that a fleet is judged by. */
export const FLEET_RULES = 'ef-*';

const READ_OPS: ReadonlySet<number | null> = new Set<number | null>([
  OP.HELLO,
  OP.IDENTIFY,
  OP.RESUME,
  OP.INVALID_SESSION,
  OP.REQUEST_GUILD_MEMBERS,
]);

/** Payloads that these rules, and the facts that they use, read. */
const PAYLOADS: WantedPayloads = {
  isRequired: true,
  isNeeded: ({ op, event }) => READ_OPS.has(op) || event === 'READY',
};

/** Options of `lint` that make sense for a fleet. */
export type LintFleetOptions = Pick<
  LintOptions,
  'rules' | 'ignore' | 'severity' | 'thresholds' | 'onProgress'
>;

/** A report on each recorder, by the name of its file. Rejects with UsageError for rules that need the files. */
export async function lintFleet(
  fleet: FleetReader,
  options: LintFleetOptions,
): Promise<readonly { readonly file: string; readonly report: LintReport }[]> {
  const rules = options.rules ?? [FLEET_RULES];
  requireFleetRules(rules);
  const isWanted = chooseRules({ ...options, rules });
  const reports: { readonly file: string; readonly report: LintReport }[] = [];
  let frames = 0;
  for (const { recorder, file } of fleet.recorders) {
    const linter = new Linter({ rules: RULES, isWanted, thresholds: options.thresholds });
    for await (const count of feedRecorder(fleet.choose([recorder]), linter)) {
      options.onProgress?.((frames += count));
    }
    reports.push({ file, report: complete(linter.finish(), options, isWanted, () => true) });
  }
  return reports;
}

function requireFleetRules(patterns: readonly string[]): void {
  const known = new Set(findRuleTexts(FLEET_RULES).map(({ id }) => id));
  const other = patterns.flatMap(findRuleTexts).find(({ id }) => !known.has(id));
  if (other === undefined) return;
  throw new UsageError(
    `a fleet is judged by the rules of efficiency, and ${other.id} is not one`,
    "choose them with --rule 'ef-*', or lint the files with --db",
  );
}

/** Hands a linter all that the fleet has of one recorder; yields the number of frames of each page. */
async function* feedRecorder(fleet: FleetReader, linter: Linter): AsyncGenerator<number, void> {
  const captures = await fleet.captures();
  const ids = captures.captures.map(({ id }) => Number(id));
  for (const captureId of ids) {
    const beside = new Beside(linter, captureId);
    beside.takeAll(new FleetBeside(captures));
    const sources = await fleet.frames({ capture: ids.length === 1 ? undefined : captureId }, PAYLOADS);
    for (const { pages } of sources) {
      for await (const page of pages) {
        for (const frame of page) {
          beside.advance(frame.atUs, frame.connectionId);
          linter.frameArrived(beside.asSent(frame));
        }
        yield page.length;
      }
    }
    beside.advance(Infinity, null);
  }
}

/** What a fleet has beside the frames, in the form of a file. */
class FleetBeside implements BesideSource {
  readonly #tables: Partial<Record<CopiedTable, readonly TableRow[]>>;
  readonly #captures: FleetCaptures['captures'];

  constructor({ captures, connections, gaps, observations }: FleetCaptures) {
    this.#tables = { capture: captures, connection: connections, gap: gaps, observation: observations };
    this.#captures = captures;
  }

  row(table: CopiedTable, id: number): TableRow | null {
    return this.#tables[table]?.find((row) => row['id'] === id) ?? null;
  }

  *rows(table: CopiedTable): Generator<TableRow, void> {
    yield* this.#tables[table] ?? [];
  }

  /** Only when the last call of each capture was made: the recording lasts until then. */
  *exchanges(): Generator<LintedCall, void> {
    for (const { id, last_call_at_us: atUs } of this.#captures) {
      if (typeof atUs === 'number') yield toCall(Number(id), atUs);
    }
  }
}

function toCall(captureId: number, atUs: number): LintedCall {
  return {
    ...{ id: 0, captureId, startedAtUs: atUs, endedAtUs: atUs, method: '', path: '', route: '' },
    ...{ tokenAlias: null, status: null, responseHeaders: {}, responseBody: null },
  };
}
