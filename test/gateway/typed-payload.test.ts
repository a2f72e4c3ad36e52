import { describe, expect, expectTypeOf, it } from 'vitest';
import type { APIInteraction } from 'discord-api-types/v10';
import type { JsonValue, Payload } from '../../src/gateway/payload.js';
import {
  eventData,
  opcodeData,
  type DataOf,
  type EventData,
  type Loose,
  type OpcodePayload,
} from '../../src/gateway/typed-payload.js';

const payload = (op: number, d: JsonValue, t: string | null = null): Payload => ({ op, d, s: null, t });

describe('eventData', () => {
  it('is the data of the event that was asked for, and of no other', () => {
    const message = payload(0, { content: 'hi' }, 'MESSAGE_CREATE');
    expect(eventData(message, 'MESSAGE_CREATE')?.content).toBe('hi');
    expect(eventData(message, 'MESSAGE_UPDATE')).toBeNull();
    expect(eventData(payload(9, false, 'MESSAGE_CREATE'), 'MESSAGE_CREATE')).toBeNull();
  });
});

describe('opcodeData', () => {
  it('is the data of the opcode, where it is such a thing', () => {
    expect(opcodeData(payload(10, { heartbeat_interval: 41_250 }), 10)?.heartbeat_interval).toBe(41_250);
    expect(opcodeData(payload(40, { seq: 7, qos: {} }), 40)?.seq).toBe(7);
    expect(opcodeData(payload(10, { heartbeat_interval: '41250' }), 10)).toBeNull();
    expect(opcodeData(payload(11, null), 10)).toBeNull();
  });
});

describe('types', () => {
  it('follow opcode and event', () => {
    expectTypeOf<DataOf<1>>().toEqualTypeOf<number | null>();
    expectTypeOf<OpcodePayload<2>['d']['token']>().toEqualTypeOf<string>();
    expectTypeOf<DataOf<999>>().toEqualTypeOf<JsonValue>();
    expectTypeOf<DataOf<number>>().toEqualTypeOf<JsonValue>();
    expectTypeOf<EventData['INTERACTION_CREATE']>().toEqualTypeOf<APIInteraction>();
    expectTypeOf<Loose<{ a: { b: string; c: number[] } }>>().toEqualTypeOf<{
      readonly a?: { readonly b?: string; readonly c?: readonly number[] };
    }>();
  });
});
