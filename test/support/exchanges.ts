/** Recorded REST calls for tests. */
import type { JsonValue } from '../../src/gateway/payload.js';
import type { RecordedExchange } from '../../src/replay/recording.js';

/** A call with JSON both ways; null for none. */
export function exchange(
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
