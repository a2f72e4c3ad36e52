/**
 * Two journeys that every client makes through the recorder, in each transport that it speaks.
 *
 * The first goes to ready, is thrown out three ways, and comes back each time by the proxy; then the mock serves the
 * recording over every one of those transports, and the client reports the same again. The second loses its session
 * while it is away. The scripted gateway's log is the referee of what was recorded.
 */
import { describe, expect, it } from 'vitest';
import { lintCapture } from '../../src/library/lint.js';
import { startMockGateway } from '../../src/library/mock.js';
import { scratchFile } from '../support/scratch.js';
import { rowsOf } from '../support/stores.js';
import { whyNot } from './libraries.js';
import { Logbook, type Dispatch } from './logbook.js';
import { Stage, type Interruption, type StartClient } from './stage.js';

/** A client library in one of the transports that it speaks. */
export interface Variant {
  /** Query of the URL that it connects to. */
  readonly query: string;
  /** Other difference from the library's other variants. */
  readonly detail?: string;
  /** Packages of this folder without which it is skipped. */
  readonly needs: readonly string[];
  /** It comes back on the URL that it connected to first, whatever READY says. */
  readonly ignoresResumeUrl?: true;
  /** It drops, or stumbles over, what it has not inflated when its connection ends: what it reports of a mock depends on its speed. */
  readonly dropsOnClose?: boolean;
  readonly start: StartClient;
}

/** Where a client identifies again after INVALID_SESSION: where it is, on a new connection, or nowhere. */
export type SecondIdentify = 'same connection' | 'new connection' | 'nowhere';

const INTERRUPTIONS: readonly Interruption[] = ['op 7', 'close 4000', 'TCP reset'];

/**
 * Describes the journeys of a library, all at the same time: most of each is waiting. Variants that cannot run are
 * skipped, and why is printed.
 */
export function describeClient(
  library: string,
  secondIdentify: SecondIdentify,
  variants: readonly Variant[],
): void {
  const able = variants.filter((variant) => {
    const reason = whyNot(variant.needs);
    if (reason !== null) console.log(`skipped: ${library} over ${nameOf(variant)}, because ${reason}`);
    return reason === null;
  });
  describe.concurrent.each(variants.map((variant) => [nameOf(variant), variant] as const))(
    `${library} over %s`,
    (_, variant) => {
      const test = it.skipIf(!able.includes(variant));

      test('resumes through the proxy, is recorded in full, and reports the same of a mock', async (context) => {
        const db = scratchFile('first.sqlite', context.onTestFinished);
        const told = await recordJourney(variant, db);
        const steady = able.filter(({ dropsOnClose }) => dropsOnClose !== true);
        await Promise.all(steady.map((other) => replayJourney(other, db, told)));
      });

      if (secondIdentify === 'nowhere') return;
      test('whose session was forgotten begins another, and resumes that through the proxy', async (context) => {
        await recordLoss(variant, secondIdentify, scratchFile('second.sqlite', context.onTestFinished));
      });
    },
  );
}

/** Records the first journey; resolves to the log of the client. */
async function recordJourney({ query, start, ignoresResumeUrl }: Variant, db: string): Promise<Dispatch[]> {
  await using stage = await Stage.open(start, db);
  await stage.converse(60); // more than a compression window
  for (const [index, how] of INTERRUPTIONS.entries()) {
    await stage.interrupt(how);
    await stage.resumed(index + 1);
    await stage.converse(5);
  }
  await stage.finish();
  expect(await findErrors(db), 'breaches of the protocol').toEqual([]);
  const connections = INTERRUPTIONS.length + 1;
  expect(stage.gateway.peers.map(({ request }) => request.url?.replace(/^\/*\?/, ''))).toEqual(
    Array.from({ length: connections }, () => query),
  );
  expect(sessionsOf(db)).toEqual([{ connections, resumes: INTERRUPTIONS.length }]);
  expect(connectionsOf(db)).toEqual([
    { mode: query.includes('zstd-stream') ? 'reencoded' : 'converged', isRewritten: 0 },
    ...INTERRUPTIONS.map(() => ({ mode: 'verbatim', isRewritten: ignoresResumeUrl === true ? 0 : 1 })),
  ]);
  const { dispatches } = stage.logbook;
  expect(dispatches.map(({ s }) => s)).toEqual(dispatches.map((__, index) => index + 1));
  expect(dispatches).toHaveLength(stage.gateway.lastSeq);
  return comparable(dispatches);
}

/** Plays the recording to a client, who must tell the same as when it was recorded. */
async function replayJourney(variant: Variant, db: string, told: readonly Dispatch[]): Promise<void> {
  await using mock = await startMockGateway({ db, session: 'latest', speed: 'max' });
  const logbook = new Logbook();
  const stop = variant.start(mock, logbook);
  try {
    await logbook.until(() => logbook.counts.ready > 0 && logbook.dispatches.length >= told.length);
    await mock.finished();
    expect(logbook.counts.resumed, nameOf(variant)).toBe(INTERRUPTIONS.length);
    expect(comparable(logbook.dispatches), nameOf(variant)).toEqual(told);
  } finally {
    await stop();
  }
}

/** Records the second journey: RESUME is refused, and the session that follows is resumed once. */
async function recordLoss({ start }: Variant, secondIdentify: SecondIdentify, db: string): Promise<void> {
  await using stage = await Stage.open(start, db);
  await stage.converse(5);
  stage.gateway.forgetSession();
  await stage.interrupt('close 4000');
  await stage.logbook.until(() => stage.logbook.dispatches.filter(({ t }) => t === 'READY').length === 2);
  await stage.converse(5);
  await stage.interrupt('TCP reset');
  await stage.resumed(1);
  await stage.converse(5);
  await stage.finish();
  expect(await findErrors(db), 'breaches of the protocol').toEqual([]);
  const lost = secondIdentify === 'same connection' ? 2 : 3;
  expect(stage.gateway.peers).toHaveLength(lost + 1);
  // A refused RESUME does not resume the first session.
  expect(sessionsOf(db)).toEqual([
    { connections: 1, resumes: 0 },
    { connections: 2, resumes: 1 },
  ]);
}

/**
 * Breaches of the protocol in a recording, in a line each, but for what the tests themselves do: they take from
 * discord.js the five seconds that it waits between two IDENTIFYs.
 */
export async function findErrors(db: string): Promise<readonly string[]> {
  const { findings } = await lintCapture({ db, severity: 'error', ignore: ['id-concurrency'] });
  return findings.map(({ rule, who, message }) => `${who} ${rule}: ${message}`);
}

// Clients come back on paths that the recorder has made.
function connectionsOf(db: string): Record<string, unknown>[] {
  return rowsOf(db, "SELECT relay_mode AS mode, path LIKE '/r/%' AS isRewritten FROM connection ORDER BY id");
}

function sessionsOf(db: string): Record<string, unknown>[] {
  return rowsOf(
    db,
    'SELECT connection_count AS connections, resume_count AS resumes FROM session_view ORDER BY id',
  );
}

// READY and RESUMED carry what differs from one connection to the next; of the others every field must agree.
function comparable(dispatches: readonly Dispatch[]): Dispatch[] {
  return dispatches.map(({ t, s, d }) => ({ t, s, d: t === 'READY' || t === 'RESUMED' ? null : d }));
}

/** Transport of a variant, in words. */
export function nameOf({ query, detail }: Variant): string {
  const { encoding, compress } = Object.fromEntries(new URLSearchParams(query));
  return [encoding, compress ?? 'none', detail].filter((part) => part !== undefined).join(', ');
}
