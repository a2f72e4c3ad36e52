/** Small recordings for tests: steps by hand, payload texts as a gateway writes them. */
import { toPayload } from '../../src/gateway/payload.js';
import type { JsonValue } from '../../src/gateway/payload.js';
import type { Recording, RecordingStep } from '../../src/replay/recording.js';

export type Sender = 'client' | 'gateway';

/** A payload step; `text` is the payload as JSON text. */
export function step(atUs: number, connection: number, sender: Sender, text: string): RecordingStep {
  const payload = toPayload(JSON.parse(text) as JsonValue)!;
  return { type: 'payload', connection, atUs, sender, payload, text };
}

/** A dispatch of the gateway. */
export function dispatch(
  atUs: number,
  seq: number,
  event: string,
  d: JsonValue = {},
  connection = 1,
): RecordingStep {
  return step(atUs, connection, 'gateway', JSON.stringify({ t: event, s: seq, op: 0, d }));
}

/** READY with what clients need from it. */
export function ready(atUs: number, seq = 1, sessionId = 'recorded-session'): RecordingStep {
  return dispatch(atUs, seq, 'READY', {
    v: 10,
    user: { id: '1', username: 'bot' },
    guilds: [],
    session_id: sessionId,
    resume_gateway_url: 'wss://gateway-us-east1-b.discord.gg',
    shard: [0, 1],
    application: { id: '1', flags: 0 },
  });
}

export const HELLO = '{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250,"_trace":[]}}';
export const IDENTIFY = '{"op":2,"d":{"token":"redacted:1","intents":1,"properties":{},"shard":[0,1]}}';
export const RECONNECT = '{"t":null,"s":null,"op":7,"d":null}';
export const ACK = '{"t":null,"s":null,"op":11,"d":null}';

/** RESUME of the recorded client. */
export function resume(atUs: number, connection: number, seq: number): RecordingStep {
  const d = { token: 'redacted:1', session_id: 'recorded-session', seq };
  return step(atUs, connection, 'client', JSON.stringify({ op: 6, d }));
}

export function recording(...steps: RecordingStep[]): Recording {
  return { shard: [0, 1], library: null, transport: null, steps, exchanges: [] };
}

/** HELLO, IDENTIFY, READY, then what is given. */
export function opened(...steps: RecordingStep[]): Recording {
  return recording(step(0, 1, 'gateway', HELLO), step(10, 1, 'client', IDENTIFY), ready(20), ...steps);
}
