/**
 * Paired frames: requests and answers on the same connection, found for either of the two.
 */
import { findOpcode, OP, OPCODES } from '../gateway/opcodes.js';
import type { JsonObject } from '../gateway/payload.js';
import type { FrameFilter } from '../store/filter.js';
import type { FrameDetail, FrameRow } from '../store/frame-rows.js';
import type { PageQueries } from '../store/page-queries.js';
import type { PairedFrame } from './answers.js';
import { searchFrames } from './frame-search.js';

/** Names of a request and of its answers: opcodes or events. */
interface Pair {
  readonly asks: string;
  readonly answers: readonly string[];
  readonly forwards: string;
  readonly backwards: string;
  /** Whether there can be several answers. They have the `nonce` or the guild of the request. */
  readonly isMany?: boolean;
}

const ANSWERED = { forwards: 'answered by', backwards: 'answers' } as const;

const PAIRS: readonly Pair[] = [
  {
    asks: 'HEARTBEAT',
    answers: ['HEARTBEAT_ACK'],
    forwards: 'acknowledged by',
    backwards: 'acknowledges',
  },
  {
    asks: 'QOS_HEARTBEAT',
    answers: ['HEARTBEAT_ACK'],
    forwards: 'acknowledged by',
    backwards: 'acknowledges',
  },
  { asks: 'IDENTIFY', answers: ['READY', 'INVALID_SESSION'], ...ANSWERED },
  { asks: 'RESUME', answers: ['RESUMED', 'INVALID_SESSION'], ...ANSWERED },
  { asks: 'REQUEST_GUILD_MEMBERS', answers: ['GUILD_MEMBERS_CHUNK'], ...ANSWERED, isMany: true },
  { asks: 'REQUEST_SOUNDBOARD_SOUNDS', answers: ['SOUNDBOARD_SOUNDS'], ...ANSWERED, isMany: true },
  { asks: 'REQUEST_CHANNEL_INFO', answers: ['CHANNEL_INFO'], ...ANSWERED, isMany: true },
];

const OP_BY_NAME: ReadonlyMap<string, number> = new Map(OPCODES.map(({ op, name }) => [name, op]));

/** Greatest time between a request and its answer, in µs. */
const APART_US = 120_000_000;
/** Most answers that are listed. */
const MOST_ANSWERS = 20;

/** Limit of the search, and the signal that cancels it. */
export interface PairSearch {
  readonly endMs: number;
  readonly signal: AbortSignal;
}

/** Frames paired with one whose content is `d`. */
export async function findPaired(
  queries: PageQueries,
  frame: FrameDetail,
  d: JsonObject | null,
  search: PairSearch,
): Promise<readonly PairedFrame[]> {
  const name = nameRow(frame);
  if (name === null) return [];
  const found: PairedFrame[] = [];
  for (const pair of PAIRS) {
    if (pair.asks === name) {
      const rows = await findAnswers(queries, frame, pair, d, search);
      found.push(...rows.map((row) => toPaired(frame, row, pair.forwards)));
    } else if (pair.answers.includes(name)) {
      const row = await findAsking(queries, frame, pair, search);
      if (row !== null) found.push(toPaired(frame, row, pair.backwards));
    }
  }
  return nearestAsking(found);
}

/** Name of a frame's opcode or event, as the table has it. */
function nameRow({ op, event }: FrameRow): string | null {
  return event ?? (op === null ? null : (findOpcode(op)?.name ?? null));
}

/** Condition for frames by their names. */
function whereNamed(names: readonly string[]): string {
  return names
    .map((name) => (OP_BY_NAME.has(name) ? `op:${OP_BY_NAME.get(name) ?? OP.DISPATCH}` : `event:${name}`))
    .join(' or ');
}

async function findAnswers(
  queries: PageQueries,
  { id, connectionId, atUs }: FrameDetail,
  { answers, isMany = false }: Pair,
  d: JsonObject | null,
  { endMs, signal }: PairSearch,
): Promise<readonly FrameRow[]> {
  const nonce = d?.['nonce'];
  const guild = d?.['guild_id'];
  const own = typeof nonce === 'string' ? [`d.nonce:${JSON.stringify(nonce)}`] : [];
  const ofGuild =
    typeof guild === 'string' && own.length === 0 ? [`d.guild_id:${JSON.stringify(guild)}`] : [];
  const filter: FrameFilter = {
    connection: connectionId,
    filter: [whereNamed(answers), ...(isMany ? [...own, ...ofGuild] : [])],
    afterId: id,
    sinceUs: atUs,
    untilUs: atUs + APART_US,
  };
  const limit = isMany ? MOST_ANSWERS : 1;
  return (await searchFrames(queries, { filter, isBackwards: false, limit, endMs, signal })).rows;
}

async function findAsking(
  queries: PageQueries,
  { id, connectionId, atUs }: FrameDetail,
  { asks }: Pair,
  { endMs, signal }: PairSearch,
): Promise<FrameRow | null> {
  const filter: FrameFilter = {
    connection: connectionId,
    filter: whereNamed([asks]),
    beforeId: id,
    sinceUs: Math.max(0, atUs - APART_US),
    untilUs: atUs + 1,
  };
  return (
    (await searchFrames(queries, { filter, isBackwards: true, limit: 1, endMs, signal })).rows[0] ?? null
  );
}

/** Of several possible requests, only the last one before the answer. */
function nearestAsking(found: readonly PairedFrame[]): readonly PairedFrame[] {
  const earlier = found.filter(({ afterUs }) => afterUs < 0);
  const nearest = earlier.toSorted((one, other) => other.afterUs - one.afterUs)[0];
  return found.filter((pair) => pair.afterUs >= 0 || pair === nearest);
}

function toPaired(from: FrameRow, { id, atUs, opName, event }: FrameRow, relation: string): PairedFrame {
  return { relation, id, atUs, afterUs: atUs - from.atUs, opName, event };
}
