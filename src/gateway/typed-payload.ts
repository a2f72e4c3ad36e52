/**
 * Payloads with the types of their opcode or event, for code that expects a specific payload.
 *
 * The types are those of the documentation; a peer may violate them. `opcodeData` looks at the members that shapes.ts
 * knows, `eventData` at the name only.
 * Source: discord-api-types v10; payload-shapes.ts for what it leaves out.
 */
import { OP } from './opcodes.js';
import type { GatewayDispatchPayload } from 'discord-api-types/v10';
import { findMisfit, type OpcodeData, type TypedOpcode } from './payload-shapes.js';
import type { JsonValue, Payload } from './payload.js';

/** `d` of each event that is documented, by its name. */
export type EventData = { readonly [Event in GatewayDispatchPayload as `${Event['t']}`]: Event['d'] };

/** Name of a documented event. */
export type EventName = keyof EventData;

/** `d` of an opcode; any JSON where the opcode is unknown, or not known before it runs. */
export type DataOf<Op extends number> = Op extends TypedOpcode ? OpcodeData[Op] : JsonValue;

/** A payload of an opcode. */
export interface OpcodePayload<Op extends number = number> extends Omit<Payload, 'op' | 'd'> {
  readonly op: Op;
  readonly d: DataOf<Op>;
}

/** `T` with every member optional, at any depth, and names as plain text: enough of a payload for a test. */
export type Loose<T> = T extends string
  ? `${T}`
  : T extends readonly (infer Element)[]
    ? readonly Loose<Element>[]
    : T extends object
      ? { readonly [Key in keyof T]?: Loose<T[Key]> }
      : T;

/** `d` of a dispatch with this event name, or null if the payload is not that event. */
export function eventData<Event extends EventName>(payload: Payload, event: Event): EventData[Event] | null {
  return payload.op === OP.DISPATCH && payload.t === event
    ? (payload.d as unknown as EventData[Event])
    : null;
}

/** `d` of a payload with this opcode, or null if the payload has another opcode or its `d` does not fit. */
export function opcodeData<Op extends TypedOpcode>(payload: Payload, op: Op): OpcodeData[Op] | null {
  const isSuch = payload.op === op && findMisfit(op, payload.t, payload.d) === null;
  return isSuch ? (payload.d as unknown as OpcodeData[Op]) : null;
}
