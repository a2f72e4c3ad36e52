/** Recordings by their steps and REST calls, for tests of replay: the test gives the time and the text of each. */
import { toPayload } from '../../../src/gateway/payload.js';
import type { JsonValue } from '../../../src/gateway/payload.js';
import type { RecordedExchange, Recording, RecordingStep } from '../../../src/replay/recording.js';

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

/** Close of a connection by the gateway. */
export function closed(atUs: number, code: number, connection = 1): RecordingStep {
  return { type: 'close', connection, atUs, sender: 'gateway', code, reason: '' };
}

export function recording(...steps: RecordingStep[]): Recording {
  return { shard: [0, 1], library: null, transport: null, steps, exchanges: [] };
}

/** HELLO, IDENTIFY, READY, then what is given. */
export function readySession(...steps: RecordingStep[]): Recording {
  return recording(step(0, 1, 'gateway', HELLO), step(10, 1, 'client', IDENTIFY), ready(20), ...steps);
}

/** A call with JSON both ways; null for none. */
export function call(
  method: string,
  path: string,
  asked: JsonValue,
  answer: JsonValue,
  more: Partial<RecordedExchange> = {},
): RecordedExchange {
  return {
    atUs: 0,
    durationUs: 1000,
    method,
    path,
    status: answer === null ? 204 : 200,
    requestType: asked === null ? null : 'application/json',
    responseType: answer === null ? null : 'application/json',
    requestBody: asked === null ? null : JSON.stringify(asked),
    responseBody: answer === null ? null : JSON.stringify(answer),
    responseHeaders: {},
    ...more,
  };
}
