/**
 * Scaffold: a test of a recorded session, to begin with: its tape, and a file for vitest that plays it to a client of the
 * library, and with the transport, that was recorded.
 */
import { UsageError } from '../errors.js';
import { OP } from '../gateway/opcodes.js';
import { asInteger, asObject, asShard } from '../gateway/payload.js';
import type { PayloadStep, Recording } from '../replay/recording.js';
import { parseTape } from '../replay/tape/tape.js';
import type { CaptureReader } from '../store/reader.js';
import { exportLines } from './export.js';
import { formatScaffold, type ScaffoldFacts, type ScaffoldLibrary } from './scaffold-code.js';

export { SCAFFOLD_LIBRARIES, type ScaffoldLibrary } from './scaffold-code.js';

/** What to write. */
export interface Scaffold {
  readonly library: ScaffoldLibrary;
  /** Whether nothing in the recording names a library that scaffolds are written for. */
  readonly isLibraryUnknown: boolean;
  /** The tape, then the test; both belong in one folder. */
  readonly files: readonly { readonly name: string; readonly lines: readonly string[] }[];
}

/** Makes a scaffold of a session. Throws a UsageError for a session that no client can be played. */
export function makeScaffold(
  reader: CaptureReader,
  session: number,
  { library }: { readonly library?: ScaffoldLibrary | undefined } = {},
): Scaffold {
  const tape = `session-${session}.tape.ndjson`;
  const lines = [...exportLines({ as: 'tape', reader, filter: { session }, redact: 'secrets' }).lines];
  const recording = parseTape(lines.join('\n'), tape);
  const { intents, shard } = readIdentify(recording, session);
  const guess = library === undefined ? guessLibrary(reader, session, recording) : null;
  const chosen = library ?? guess ?? 'ws';
  const compress = recording.transport?.compress ?? 'none';
  const code = formatScaffold(chosen, { session, tape, shard, intents, compress });
  return {
    library: chosen,
    isLibraryUnknown: library === undefined && guess === null,
    files: [
      { name: tape, lines },
      { name: `session-${session}.test.ts`, lines: code },
    ],
  };
}

function readIdentify(
  { steps, shard }: Recording,
  session: number,
): Pick<ScaffoldFacts, 'intents' | 'shard'> {
  const payloads = steps.filter((step): step is PayloadStep => step.type === 'payload');
  if (!payloads.some(({ payload }) => payload.t === 'READY')) {
    throw new UsageError(
      `session ${session} has no READY, so that it cannot be played to a client`,
      'choose another: see gatetape sessions',
    );
  }
  const identify = payloads.find(({ sender, payload }) => sender === 'client' && payload.op === OP.IDENTIFY);
  const d = asObject(identify?.payload.d);
  const [id, count] = shard ?? asShard(d?.['shard']) ?? [0, 1];
  const isShard = id >= 0 && count > id;
  const intents = asInteger(d?.['intents']);
  return { intents: intents === null || intents < 0 ? null : intents, shard: isShard ? [id, count] : [0, 1] };
}

/** Libraries by what they call themselves in IDENTIFY. */
const NAMES: readonly (readonly [name: RegExp, library: ScaffoldLibrary])[] = [
  [/^@discordjs\/ws\b/i, '@discordjs/ws'],
  [/^discord\.?js\b/i, 'discord.js'],
  [/^eris\b/i, 'eris'],
  [/^oceanic/i, 'oceanic.js'],
  [/seyfert/i, 'seyfert'],
];

function guessLibrary(
  reader: CaptureReader,
  session: number,
  { library }: Recording,
): ScaffoldLibrary | null {
  const named = NAMES.find(([name]) => name.test(library ?? ''))?.[1] ?? null;
  if (named !== '@discordjs/ws') return named;
  // discord.js uses @discordjs/ws, and names itself in its REST calls only.
  for (const { userAgent } of reader.exchanges({ session })) {
    if (userAgent?.includes('discord.js/') === true) return 'discord.js';
  }
  return named;
}
