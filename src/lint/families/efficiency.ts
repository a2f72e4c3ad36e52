/**
 * Rules about needless costs. Requests for members: members.ts.
 */
import { INTENTS } from '../../gateway/intents.js';
import type { ConnectionFacts } from '../facts.js';
import { defineRules, type Rule } from '../rule.js';
import { Memory, type Scene } from '../scene.js';
import { inSeconds, SOURCES } from '../words.js';

const INTENT_SOURCE = `${SOURCES.gateway}, "Gateway Intents"`;
const MINUTE_US = 60_000_000;
const HALF = 0.5;
/** Most event names that are counted of one connection. */
const MOST_EVENTS = 500;
/** Intents that enable no events of their own, or whose events are rare by nature. */
const NOT_JUDGED: ReadonlySet<string> = new Set(['GUILDS', 'MESSAGE_CONTENT']);

interface Cost {
  bytes: number;
  readonly byEvent: Map<string, number>;
}

const costs = new Memory<Cost>(() => ({ bytes: 0, byEvent: new Map() }));
const traffic = new Memory<{ bytes: number; fromUs: number; isReported: boolean }>(() => ({
  bytes: 0,
  fromUs: 0,
  isReported: false,
}));

function findIntents({ session, identify }: ConnectionFacts): number | null {
  return (session?.identify ?? identify?.identify)?.intents ?? null;
}

/** Intents of a connection with the bytes of their events. */
function sumByIntent(connection: ConnectionFacts): readonly (readonly [name: string, bytes: number])[] {
  const intents = findIntents(connection) ?? 0;
  const { byEvent } = costs.of(connection);
  return INTENTS.filter(({ bit, name }) => Math.floor(intents / bit) % 2 === 1 && !NOT_JUDGED.has(name)).map(
    ({ name, events }) => [name, events.reduce((sum, event) => sum + (byEvent.get(event) ?? 0), 0)] as const,
  );
}

function count({ connection, frame }: Scene): void {
  const cost = costs.of(connection);
  const bytes = frame.payloadBytes ?? 0;
  cost.bytes += bytes;
  const event = frame.event ?? '';
  const known = cost.byEvent.get(event);
  if (known !== undefined || cost.byEvent.size < MOST_EVENTS) cost.byEvent.set(event, (known ?? 0) + bytes);
}

/** Time of a connection's first dispatch in its session, or null. */
const readySince = ({ ready, resumed }: ConnectionFacts): number | null =>
  ready?.atUs ?? resumed?.atUs ?? null;

/** The rules. */
export const EFFICIENCY_RULES: readonly Rule[] = defineRules([
  {
    id: 'ef-intent-unused',
    who: 'client',
    severity: 'info',
    needs: 'connection',
    title: 'No event came of an intent',
    why: 'It may be left out; each intent costs traffic when the events do come.',
    fix: 'Leave the intent out, if nothing depends on it.',
    source: `${INTENT_SOURCE}; 30 minutes are chosen here`,
    on: {
      dispatch: count,
      ended: (scene, { connection, atUs }) => reportUnused(scene, connection, atUs),
      stopped: (scene, connection) => reportUnused(scene, connection, scene.nowUs),
    },
  },
  {
    id: 'ef-intent-cost',
    who: 'client',
    severity: 'info',
    needs: 'connection',
    title: 'One intent costs more than half of the traffic',
    why: 'Mostly it is GUILD_PRESENCES, which few bots need.',
    fix: 'Leave the intent out, if nothing depends on it.',
    source: `${INTENT_SOURCE}; chosen here`,
    on: {
      ended: (scene, { connection }) => reportCost(scene, connection),
      stopped: reportCost,
    },
  },
  {
    id: 'ef-no-compression',
    who: 'client',
    severity: 'info',
    needs: 'frame',
    title: 'Much traffic, and no compression',
    why: 'Compression makes it five to ten times smaller.',
    fix: 'Connect with `compress=zlib-stream`.',
    source: `${SOURCES.gateway}, "Encoding and Compression"; 1 MB a minute is chosen here`,
    on: {
      received: (scene) => {
        const { connection, frame, nowUs, limits } = scene;
        if (connection.opened?.transport?.compress !== 'none' || connection.opened.extensions !== null)
          return;
        const state = traffic.of(connection);
        if (nowUs - state.fromUs >= MINUTE_US) {
          state.fromUs = nowUs;
          state.bytes = 0;
        }
        state.bytes += frame.payloadBytes ?? 0;
        if (state.isReported || state.bytes <= limits.plainBytesPerMinute) return;
        state.isReported = true;
        scene.report(`${state.bytes} bytes within a minute, uncompressed`);
      },
    },
  },
  {
    id: 'ef-slow-start',
    who: 'client',
    severity: 'info',
    needs: 'connection',
    title: 'It took long until the session was ready',
    why: 'Events wait, and libraries with little patience start again.',
    fix: 'Look where the time goes: until HELLO, IDENTIFY or READY.',
    source: '10 s are chosen here',
    on: {
      ready: (scene) => {
        const { connection, nowUs, limits } = scene;
        const { hello, identify, openedAtUs } = connection;
        const tookUs = nowUs - openedAtUs;
        // A second session on a connection begins later.
        if (tookUs <= limits.slowReadyMs || connection.invalid !== null) return;
        const parts = `HELLO after ${inSeconds((hello?.atUs ?? openedAtUs) - openedAtUs)}, IDENTIFY after ${inSeconds((identify?.atUs ?? openedAtUs) - openedAtUs)}`;
        scene.report(`READY ${inSeconds(tookUs)} after the connection: ${parts}`);
      },
    },
  },
]);

function reportUnused(scene: Scene, connection: ConnectionFacts, untilUs: number): void {
  const sinceUs = readySince(connection);
  if (sinceUs === null || untilUs - sinceUs < scene.limits.intentUnusedMs) return;
  const unused = sumByIntent(connection)
    .filter(([, bytes]) => bytes === 0)
    .map(([name]) => name);
  if (unused.length === 0) return;
  scene.report(
    { message: `in ${inSeconds(untilUs - sinceUs)} no event came of ${unused.join(', ')}`, frameIds: [] },
    connection,
  );
}

function reportCost(scene: Scene, of: ConnectionFacts): void {
  const { bytes } = costs.of(of);
  if (bytes < scene.limits.costBytes) return;
  for (const [name, own] of sumByIntent(of)) {
    if (own <= HALF * bytes) continue;
    const percent = Math.round((100 * own) / bytes);
    scene.report({ message: `${name} has ${percent} % of ${bytes} bytes of events`, frameIds: [] }, of);
  }
}
