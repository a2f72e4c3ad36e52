/**
 * Rules about the sequence numbers of dispatches.
 */
import { OP } from '../../gateway/opcodes.js';
import type { ConnectionFacts } from '../facts.js';
import { defineRules, type Rule } from '../rule.js';
import { Memory, type Scene } from '../scene.js';
import { SOURCES } from '../words.js';

const SEQUENCE = `${SOURCES.gateway}, "Resuming": s rises by one for each dispatch of a session`;
/** Number of dispatches after a gap that can still fill it. */
const LATE_DISPATCHES = 10;
const LATE_US = 5_000_000;
/** Longest payload that is compared with the one before it, in characters. */
const MOST_COMPARED = 65_536;

interface Gap {
  readonly from: number;
  readonly until: number;
  readonly frameIds: readonly number[];
  readonly atUs: number;
  missing: number;
  left: number;
}

interface Order {
  gap: Gap | null;
  lastText: string | null;
}

const orders = new Memory<Order>(() => ({ gap: null, lastText: null }));

/** Whether the current dispatch continues what came before, so that its number can be judged. */
function findLast({ connection, frame }: Scene): number | null {
  const { phase, dispatchCount, lastSeq } = connection;
  if (frame.event === 'RESUMED' || frame.event === 'READY' || frame.seq === null) return null;
  if (dispatchCount === 0 || (phase !== 'live' && phase !== 'resuming')) return null;
  return lastSeq;
}

/** The rules. */
export const SEQUENCE_RULES: readonly Rule[] = defineRules([
  {
    id: 'gw-seq-gap',
    who: 'gateway',
    severity: 'error',
    needs: 'connection',
    title: 'Sequence numbers were left out',
    why: 'Events are lost, and no RESUME brings them back.',
    fix: 'Fetch by REST what matters, or identify.',
    source: SEQUENCE,
    on: {
      dispatch: (scene) => {
        const { connection, frame, nowUs } = scene;
        const order = orders.of(connection);
        if (order.gap !== null) fillGap(scene, order, order.gap);
        const last = findLast(scene);
        if (last === null || frame.seq === null || frame.seq <= last + 1) return;
        // A dispatch out of order can fill it soon; gw-seq-back reports that.
        if (order.gap !== null) reportGap(scene, order, connection);
        const missing = frame.seq - last - 1;
        order.gap = {
          from: last + 1,
          until: frame.seq - 1,
          frameIds: [frame.id],
          atUs: nowUs,
          missing,
          left: LATE_DISPATCHES,
        };
        scene.later(nowUs + LATE_US, () => reportGap(scene, order, connection));
      },
      ended: (scene, { connection }) => reportGap(scene, orders.of(connection), connection),
      stopped: (scene, connection) => reportGap(scene, orders.of(connection), connection),
    },
  },
  {
    id: 'gw-seq-duplicate',
    who: 'gateway',
    severity: 'error',
    needs: 'connection',
    title: 'A sequence number came twice',
    why: 'An event is handled twice, or one of two different events is lost by a RESUME.',
    fix: 'Let handlers bear to be called twice, or leave out a dispatch whose number was seen.',
    source: SEQUENCE,
    on: {
      dispatch: (scene) => {
        const { connection, frame } = scene;
        const order = orders.of(connection);
        const last = findLast(scene);
        const text = frame.payloadText;
        if (last !== null && frame.seq === last) {
          const isKnown = text !== null && order.lastText !== null;
          const isSame = !isKnown || text === order.lastText;
          scene.report({
            message: `${frame.event ?? 'a dispatch'} has the number ${last} again${isSame ? '' : ', with other content'}`,
            severity: isSame ? 'info' : 'error',
          });
        }
        order.lastText = text !== null && text.length <= MOST_COMPARED ? text : null;
      },
    },
  },
  {
    id: 'gw-seq-back',
    who: 'gateway',
    severity: 'error',
    needs: 'connection',
    title: 'A dispatch came out of order',
    why: 'Events are handled in a wrong order, and a RESUME may lose one.',
    fix: 'Store the highest number, and expect events about things that are not known yet.',
    source: SEQUENCE,
    on: {
      dispatch: (scene) => {
        const last = findLast(scene);
        const { seq, event } = scene.frame;
        if (last === null || seq === null || seq >= last) return;
        scene.report(`${event ?? 'a dispatch'} has the number ${seq}, after ${last}`);
      },
    },
  },
  {
    id: 'gw-seq-form',
    who: 'gateway',
    severity: 'warning',
    needs: 'frame',
    title: 'A payload has a wrong s or t',
    why: 'Several libraries stop at such payloads, or lose their sequence number.',
    fix: 'In a gateway of your own: integer `s` and text `t` on op 0, null on all others.',
    source: `${SOURCES.events}, "Payload Structure"`,
    on: {
      received: (scene) => {
        const { op, seq, event, payloadText } = scene.frame;
        if (op === OP.DISPATCH) {
          if (seq === null) scene.report(`${event ?? 'a dispatch'} has no integer \`s\``);
          if (event === null) scene.report('a dispatch has no `t`');
          return;
        }
        const [, named] = OTHER_FIELD.exec(payloadText ?? '') ?? [];
        if (named === undefined) return;
        const { s, t } = JSON.parse(payloadText ?? '{}') as { readonly s?: unknown; readonly t?: unknown };
        if (s != null || t != null)
          scene.report(`op ${op} has ${s == null ? '`t`' : '`s`'}, which only dispatches have`);
      },
    },
  },
]);

/** A member `s` or `t` with a value, at any depth. A match is parsed, to see whether it is the payload's own. */
const OTHER_FIELD = /"([st])"\s*:\s*(?!null)/;

function fillGap(scene: Scene, order: Order, gap: Gap): void {
  const { seq } = scene.frame;
  gap.left -= 1;
  if (seq !== null && seq >= gap.from && seq <= gap.until) gap.missing -= 1;
  if (gap.missing <= 0) order.gap = null;
  else if (gap.left <= 0) reportGap(scene, order, scene.connection);
}

function reportGap(scene: Scene, order: Order, connection: ConnectionFacts): void {
  const { gap } = order;
  order.gap = null;
  if (gap === null) return;
  const names = gap.from === gap.until ? String(gap.from) : `${gap.from} to ${gap.until}`;
  scene.report(
    { message: `the number ${names} never came`, frameIds: gap.frameIds, atUs: gap.atUs },
    connection,
  );
}
