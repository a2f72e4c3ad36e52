/**
 * Shapes: what `d` of a client's payload has to hold, by opcode.
 *
 * Only what is documented as required, or what a gateway was seen to close for; further members are always allowed,
 * and opcodes without a row take anything. IDENTIFY and RESUME have rules of their own (strictness.ts).
 * Source: Discord Docs/Gateway Events, "Send Events"; discord-api-docs issue 2226 (op 3); for user accounts
 * docs.discord.food/gateway/gateway-events.
 */
import { OP } from '../../gateway/opcodes.js';
import { asInteger, asObject, type JsonValue } from '../../gateway/payload.js';

type Kind = 'string' | 'stringOrNull' | 'numberOrNull' | 'boolean' | 'list' | 'object' | 'ids';
type Row = readonly [op: number, ...members: (readonly [name: string, kind: Kind])[]];

// prettier-ignore
const ROWS: readonly Row[] = [
  [3, ['since', 'numberOrNull'], ['activities', 'list'], ['status', 'string'], ['afk', 'boolean']],
  [4, ['guild_id', 'stringOrNull'], ['channel_id', 'stringOrNull']],
  [8, ['guild_id', 'ids']],
  [14, ['guild_id', 'string']],
  [31, ['guild_ids', 'list']],
  [34, ['guild_id', 'string'], ['channel_ids', 'list']],
  [35, ['guild_id', 'string'], ['query', 'string']],
  [36, ['guild_id', 'string']],
  [37, ['subscriptions', 'object']],
  [38, ['guild_id', 'string']],
  [39, ['guild_id', 'string'], ['channel_id', 'string']],
  [40, ['seq', 'numberOrNull']],
  [43, ['guild_id', 'string'], ['fields', 'list']],
];

const MEMBERS = new Map(ROWS.map(([op, ...members]) => [op, members]));

/** Whether `d` is what a payload with this opcode may hold. */
export function hasShape(op: number, d: JsonValue): boolean {
  if (op === OP.HEARTBEAT) return d === null || asInteger(d) !== null;
  const object = asObject(d);
  const members = MEMBERS.get(op);
  return members === undefined || members.every(([name, kind]) => isOfKind(kind, object?.[name]));
}

function isOfKind(kind: Kind, value: JsonValue | undefined): boolean {
  switch (kind) {
    case 'string':
    case 'boolean':
      return typeof value === kind;
    case 'stringOrNull':
      return value === null || typeof value === 'string';
    case 'numberOrNull':
      return value === null || typeof value === 'number';
    case 'list':
      return Array.isArray(value);
    case 'object':
      return asObject(value) !== null;
    case 'ids':
      return Array.isArray(value) || typeof value === 'string';
  }
}
