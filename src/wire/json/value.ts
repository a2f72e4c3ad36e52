/**
 * Types of JSON values. Their meaning in the gateway is in gateway/payload.ts.
 *
 * Source: RFC 8259 section 3.
 */

/** Any value of JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
