/**
 * Writes and reads a tape's line for a REST call.
 *
 *   {"atUs":5,"durationUs":900,"request":{"method":"GET","path":"/v10/users/@me","type":null,"body":null},
 *    "response":{"status":200,"type":"application/json","headers":{"x-ratelimit-limit":"5"},"body":{"id":"1"}}}
 *
 * All on one line. `response` is null if no answer came. A body that is compact JSON is written as JSON, so that a
 * difference of two tapes is easy to read. Any other text is a string, and so is JSON that would not be restored to the
 * letter.
 */
import { asInteger, asObject, asString, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import type { RecordedExchange } from '../recording.js';
import { parseJson, type TapeLine } from './line.js';

/** The line of an exchange. */
export function formatExchange(exchange: RecordedExchange): string {
  const { atUs, durationUs, method, path, status } = exchange;
  const { requestType, requestBody, responseType, responseHeaders, responseBody } = exchange;
  const request = { method, path, type: requestType, body: formatBody(requestBody) };
  const response = {
    status,
    type: responseType,
    headers: responseHeaders,
    body: formatBody(responseBody),
  };
  return JSON.stringify({ atUs, durationUs, request, response: status === null ? null : response });
}

/** Reads the exchange of a line whose `request` is given. Throws the line's UsageError. */
export function parseExchange(line: TapeLine, object: JsonObject, request: JsonObject): RecordedExchange {
  const method = asString(request['method']);
  const path = asString(request['path']);
  if (method === null || path === null) {
    return line.refuse(
      'has no usable "request"',
      'a request is an object such as {"method":"GET","path":"/v10/users/@me"}',
    );
  }
  return {
    atUs: line.integer(object, 'atUs'),
    durationUs: (object['durationUs'] ?? null) === null ? null : line.count(object, 'durationUs'),
    method,
    path,
    requestType: asString(request['type']),
    requestBody: parseBody(request['body']),
    ...parseResponse(line, object['response'] ?? null),
  };
}

type ResponseFacts = Pick<RecordedExchange, 'status' | 'responseType' | 'responseBody' | 'responseHeaders'>;

function parseResponse(line: TapeLine, value: JsonValue): ResponseFacts {
  if (value === null) return { status: null, responseType: null, responseBody: null, responseHeaders: {} };
  const response = asObject(value);
  const status = asInteger(response?.['status']);
  if (response === null || status === null || status < 100 || status > 599) {
    return line.refuse('has no usable "response"', 'a response is an object such as {"status":204}, or null');
  }
  return {
    status,
    responseType: asString(response['type']),
    responseBody: parseBody(response['body']),
    responseHeaders: parseHeaders(response['headers']),
  };
}

function parseHeaders(value: JsonValue | undefined): Readonly<Record<string, string>> {
  const entries = Object.entries(asObject(value) ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => asString(entry[1]) !== null),
  );
}

function formatBody(body: string | null): JsonValue {
  if (body === null || !/^[[{]/.test(body)) return body;
  const value = parseJson(body);
  return value !== undefined && JSON.stringify(value) === body ? value : body;
}

function parseBody(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null) return null;
  return asString(value) ?? JSON.stringify(value);
}
