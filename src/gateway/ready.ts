/**
 * READY in a payload's text: what a rewriter has to know of each payload, found without parsing it whole.
 *
 * Source: Discord Docs/Gateway Events, "Ready" and "Resumed".
 */
import { scanEnvelope } from '../wire/json-envelope.js';
import { findString, replaceString } from '../wire/json-splice.js';

/** What a payload means to a rewriter. */
export type Sighting =
  | {
      readonly type: 'ready';
      /** `resume_gateway_url`, or null when it has none. */
      readonly url: string | null;
      /** The payload with another URL, every other byte as it came. */
      readonly withUrl: (url: string) => Uint8Array;
      /** Bytes behind the URL, which stay as they are. */
      readonly bytesBehind: number;
    }
  /** A session goes on; there will be no READY for it. */
  | { readonly type: 'resumed' }
  /** Any other payload. */
  | { readonly type: 'other' }
  /** No payload at all. */
  | { readonly type: 'unreadable' };

const OTHER: Sighting = { type: 'other' };

/** Looks at a payload in JSON. */
export function sightJson(payload: Uint8Array): Sighting {
  // A flush with nothing in it is a message of zlib-stream that says nothing.
  if (payload.length === 0) return OTHER;
  const envelope = scanEnvelope(payload, null);
  if (typeof envelope === 'string') return { type: 'unreadable' };
  if (envelope.op !== 0) return OTHER;
  if (envelope.t === 'RESUMED') return { type: 'resumed' };
  if (envelope.t !== 'READY') return OTHER;
  const place = findString(payload, envelope.dStart, ['resume_gateway_url']);
  return {
    type: 'ready',
    url: place?.value ?? null,
    withUrl: (url) => (place === null ? payload : replaceString(payload, place, url)),
    bytesBehind: payload.length - (place?.end ?? 0),
  };
}
