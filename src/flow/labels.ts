/**
 * Labels: words for a frame, an end or a gap.
 *
 * Payloads come from peers: a field without the documented shape is left out of the words.
 */
import { findCloseCode } from '../gateway/close-codes.js';
import { intentNames } from '../gateway/intents.js';
import { OP, opcodeName } from '../gateway/opcodes.js';
import {
  asInteger,
  asObject,
  asShard,
  asString,
  type JsonObject,
  type JsonValue,
} from '../gateway/payload.js';
import { formatBytes, formatCount, formatDuration, plural } from '../units.js';
import type { FlowConnection, FlowEnd, FlowFrame, FlowGap } from './recorded.js';
import type { FlowTone } from './diagram.js';

/** Words of a step. */
export interface Label {
  readonly label: string;
  readonly tone: FlowTone;
}

/** Longest label, in characters. */
const LONGEST = 160;
/** Most intents that are named; the others are counted. */
const MOST_INTENTS = 3;

/** `text` cut to a length, with `…` at the cut. */
export function shorten(text: string, longest: number = LONGEST): string {
  if (text.length <= longest) return text;
  // Never cut between the two halves of a surrogate pair.
  return `${text.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Whether a frame is a heartbeat of the client, or the answer to one. A gateway's request for one is not. */
export function isBeat({ op, sender }: Pick<FlowFrame, 'op' | 'sender'>): boolean {
  if (op === OP.HEARTBEAT_ACK) return true;
  return sender === 'client' && (op === OP.HEARTBEAT || op === OP.QOS_HEARTBEAT);
}

type LabelLandmark = (frame: FlowFrame, replayed: number) => Label;

/** Frames that change a session, by opcode or event. Each is parsed and drawn by itself. */
const LANDMARKS: ReadonlyMap<number | string, LabelLandmark> = new Map<number | string, LabelLandmark>([
  [OP.HELLO, labelHello],
  [OP.IDENTIFY, labelIdentify],
  [OP.RESUME, labelResume],
  [
    OP.RECONNECT,
    () => ({ label: 'RECONNECT: the client is to open a new connection, and RESUME', tone: 'strong' }),
  ],
  [OP.INVALID_SESSION, labelInvalid],
  ['READY', labelReady],
  [
    'RESUMED',
    (_frame, replayed) => ({ label: `RESUMED: ${plural(replayed, 'event')} replayed`, tone: 'strong' }),
  ],
]);

/** Words for a frame that changes a session; null for any other. `replayed` counts dispatches since RESUME. */
export function labelLandmark(frame: FlowFrame, replayed: number): Label | null {
  return frame.status === 'ok' ? (findLandmark(frame)?.(frame, replayed) ?? null) : null;
}

/** Whether the words for such a frame need its payload; no other payload is parsed. */
export function isPayloadLabelled(frame: Pick<FlowFrame, 'op' | 'event'>): boolean {
  return findLandmark(frame) !== undefined;
}

function findLandmark({ op, event }: Pick<FlowFrame, 'op' | 'event'>): LabelLandmark | undefined {
  return op === null ? undefined : LANDMARKS.get(op === OP.DISPATCH ? (event ?? '') : op);
}

/** Words for any other frame. */
export function labelFrame({ status, kind, op, event, closeCode, sender }: FlowFrame): Label {
  if (status === 'ok') {
    if (op === OP.HEARTBEAT && sender === 'gateway') {
      return { label: 'HEARTBEAT: the gateway asks for one', tone: 'quiet' };
    }
    const name = event ?? (op === null ? kind : (opcodeName(op) ?? `opcode ${op}`));
    return { label: shorten(name), tone: op !== null && isBeat({ op, sender }) ? 'quiet' : 'plain' };
  }
  if (kind === 'close') return { label: labelClose(closeCode, null), tone: 'strong' };
  if (status === 'control') return { label: kind, tone: 'quiet' };
  return { label: `not decoded: ${status}`, tone: 'bad' };
}

/** Words for the opening of a connection. */
export function labelOpening({ transport, sessionId, shard }: FlowConnection): string {
  const how =
    transport === null
      ? []
      : [
          transport.version === null ? 'no version' : `v${transport.version}`,
          transport.encoding,
          transport.compress,
        ];
  const whose = [
    ...(sessionId === null ? [] : [`session ${sessionId}`]),
    ...(shard === null ? [] : [`shard ${shard.join('/')}`]),
  ];
  const words = [...how.filter((word) => word !== 'none'), ...whose];
  return words.length === 0 ? 'connects' : `connects: ${words.join(', ')}`;
}

/** Words for an end; they follow the name of the side that closed. */
export function labelEnd({ closeCode, closeReason, closedBy }: FlowEnd): Label {
  if (closedBy === 'proxy') return { label: 'gatetape ended the connection', tone: 'quiet' };
  if (closeCode === null) {
    const who = closedBy === null ? 'the connection ended' : 'ends the connection';
    return { label: `${who} without a close frame`, tone: closedBy === null ? 'quiet' : 'bad' };
  }
  const row = findCloseCode(closeCode);
  const isBad = row?.isReconnectable === false || (closedBy === 'gateway' && closeCode >= 4000);
  return { label: labelClose(closeCode, closeReason), tone: isBad ? 'bad' : 'strong' };
}

function labelClose(code: number | null, reason: string | null): string {
  if (code === null) return 'closes without a code';
  const row = findCloseCode(code);
  const words = row === null ? '' : ` ${row.name}: ${row.description.replace(/\.$/, '')}`;
  return shorten(`closes with ${code}${words}${reason === null || reason === '' ? '' : ` (“${reason}”)`}`);
}

/** Words for a gap. */
export function labelGap({ bytes, sender, fromUs, untilUs }: FlowGap): string {
  const span = untilUs > fromUs ? ` in ${formatDuration(untilUs - fromUs)}` : '';
  return `gap: ${formatBytes(bytes)} from the ${sender} not recorded${span}`;
}

/** Words for the heartbeats of a connection that are not drawn. */
export function labelBeats(sent: number, acknowledged: number): string {
  const answers = acknowledged === 0 ? '' : `, ${formatCount(acknowledged)} acknowledged`;
  return `${plural(sent, 'heartbeat')}${answers}`;
}

function labelHello(frame: FlowFrame): Label {
  const interval = readData(frame)?.['heartbeat_interval'];
  const every =
    typeof interval === 'number' && interval > 0
      ? `: heartbeat every ${formatDuration(interval * 1_000)}`
      : '';
  return { label: `HELLO${every}`, tone: 'strong' };
}

function labelIdentify(frame: FlowFrame): Label {
  const d = readData(frame);
  const properties = asObject(d?.['properties']);
  const library = asString(properties?.['browser'] ?? properties?.['$browser']) ?? '';
  const shard = asShard(d?.['shard']);
  const words = [
    ...(library === '' ? [] : [shorten(library, 40)]),
    ...(shard === null ? [] : [`shard ${shard.join('/')}`]),
    ...nameIntents(asInteger(d?.['intents'])),
  ];
  return { label: words.length === 0 ? 'IDENTIFY' : `IDENTIFY: ${words.join(', ')}`, tone: 'strong' };
}

function nameIntents(intents: number | null): readonly string[] {
  if (intents === null) return [];
  const names = intentNames(intents);
  if (names.length > MOST_INTENTS) return [plural(names.length, 'intent')];
  return [names.length === 0 ? 'no intents' : names.join(' and ')];
}

function labelResume(frame: FlowFrame): Label {
  const seq = asInteger(readData(frame)?.['seq']);
  return { label: seq === null ? 'RESUME' : `RESUME: after event ${seq}`, tone: 'strong' };
}

function labelReady(frame: FlowFrame): Label {
  const guilds = readData(frame)?.['guilds'];
  const words = [
    ...(frame.sessionId === null ? [] : [`session ${frame.sessionId}`]),
    ...(Array.isArray(guilds) ? [plural(guilds.length, 'guild')] : []),
  ];
  return { label: words.length === 0 ? 'READY' : `READY: ${words.join(', ')}`, tone: 'strong' };
}

function labelInvalid(frame: FlowFrame): Label {
  const isResumable = readValue(frame) === true;
  const fate = isResumable ? 'the client may RESUME' : 'the session is over';
  return { label: `INVALID_SESSION: ${fate}`, tone: isResumable ? 'strong' : 'bad' };
}

function readData(frame: FlowFrame): JsonObject | null {
  return asObject(readValue(frame));
}

function readValue({ payloadText }: FlowFrame): JsonValue | undefined {
  if (payloadText === null) return undefined;
  try {
    return asObject(JSON.parse(payloadText) as JsonValue)?.['d'];
  } catch {
    return undefined;
  }
}
