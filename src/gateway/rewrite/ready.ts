/**
 * Finds READY among the payloads, and classifies each for the rewriter, without decoding it completely.
 *
 * A new URL is spliced in; every other byte stays. Source: Discord Docs/Gateway Events, "Ready" and "Resumed".
 */
import {
  findEtfMember,
  replaceWithBinary,
  rootMap,
  readSmallIntegerTerm,
  readTermText,
} from '../../wire/etf/splice.js';
import { scanEnvelope } from '../../wire/json/envelope.js';
import { findString, replaceString } from '../../wire/json/splice.js';
import type { Encoding } from '../../wire/transport.js';
import { OP } from '../opcodes.js';

/** READY, the payload that opens a session. */
export interface Ready {
  readonly type: 'ready';
  /** `resume_gateway_url`, or null if it is missing. */
  readonly url: string | null;
  /** The payload with another URL, all other bytes unchanged. */
  readonly withUrl: (url: string) => Uint8Array;
  /** Bytes after the URL, which stay unchanged. */
  readonly bytesBehind: number;
}

/**
 * Meaning of a payload for a rewriter. `resumed`: a session goes on, and there will be no READY for it.
 * `invalidated`: INVALID_SESSION, after which another session may begin on the same socket.
 * `unreadable`: not a payload, or in an undocumented encoding.
 */
export type ReadResult = Ready | { readonly type: 'resumed' | 'invalidated' | 'other' | 'unreadable' };

const OTHER: ReadResult = { type: 'other' };
const RESUMED: ReadResult = { type: 'resumed' };
const INVALIDATED: ReadResult = { type: 'invalidated' };
const UNREADABLE: ReadResult = { type: 'unreadable' };
const URL_KEY = 'resume_gateway_url';

/** Looks at a payload in a transport's encoding. */
export function readReady(payload: Uint8Array, encoding: Encoding): ReadResult {
  // An empty flush is a message without a payload.
  if (payload.length === 0) return OTHER;
  if (encoding === 'json') return readReadyJson(payload);
  return encoding === 'etf' ? readReadyEtf(payload) : UNREADABLE;
}

function readReadyJson(payload: Uint8Array): ReadResult {
  const envelope = scanEnvelope(payload);
  if (typeof envelope === 'string') return UNREADABLE;
  if (envelope.op !== OP.DISPATCH) return envelope.op === OP.INVALID_SESSION ? INVALIDATED : OTHER;
  if (envelope.t === 'RESUMED') return RESUMED;
  if (envelope.t !== 'READY') return OTHER;
  const place = findString(payload, envelope.dStart, [URL_KEY]);
  return {
    type: 'ready',
    url: place?.value ?? null,
    withUrl: (url) => (place === null ? payload : replaceString(payload, place, url)),
    bytesBehind: place === null ? payload.length : payload.length - place.end,
  };
}

function readReadyEtf(payload: Uint8Array): ReadResult {
  const root = rootMap(payload);
  if (root === null) return UNREADABLE;
  const [op, event, d] = ['op', 't', 'd'].map((name) => findEtfMember(payload, root, name));
  const opcode = op ? readSmallIntegerTerm(payload, op) : null;
  if (opcode !== OP.DISPATCH) return opcode === OP.INVALID_SESSION ? INVALIDATED : OTHER;
  const name = event ? readTermText(payload, event) : null;
  if (name === 'RESUMED') return RESUMED;
  if (name !== 'READY') return OTHER;
  const place = d ? findEtfMember(payload, d, URL_KEY) : null;
  return {
    type: 'ready',
    url: place === null ? null : readTermText(payload, place),
    withUrl: (url) => (place === null ? payload : replaceWithBinary(payload, place, url)),
    bytesBehind: place === null ? payload.length : payload.length - place.end,
  };
}
