/**
 * Message reader: the WebSocket messages of one client to payloads, or to null where a gateway would not make sense of them.
 *
 * With `isStrict` it also rejects input that Discord rejects but libraries get away with elsewhere: messages over 4,096
 * bytes, compressed ones, and ETF with atoms for keys. Otherwise the mock accepts them, as user accounts legally send
 * more.
 * Source: Discord Docs/Gateway, "Encoding and Compression" and "Rate Limiting".
 */
import { PayloadDecoder } from '../gateway/decode/decoder.js';
import type { Payload } from '../gateway/payload.js';
import { hasAtomKeys } from '../wire/etf/splice.js';
import { ETF_TAG, ETF_VERSION } from '../wire/etf/reader.js';
import type { MockTransport } from './message-cache.js';
import { hasZlibHeader } from '../wire/zlib/header.js';

const MAX_BYTES = 1024 * 1024;
const MAX_STRICT_BYTES = 4_096;

/** Reader of one client's messages. */
export class MessageReader {
  readonly #isStrict: boolean;
  readonly #maxBytes: number;
  readonly #decoder: PayloadDecoder;

  constructor(transport: MockTransport, isStrict: boolean) {
    this.#isStrict = isStrict;
    this.#maxBytes = isStrict ? MAX_STRICT_BYTES : MAX_BYTES;
    this.#decoder = new PayloadDecoder({
      sender: 'client',
      transport: { version: null, ...transport },
      extensions: null,
      maxPayloadBytes: MAX_BYTES,
    });
  }

  /** Payload of one message, or null if it holds none, or more than one. */
  read(data: Buffer, isBinary: boolean): Payload | null {
    if (data.length > this.#maxBytes || (this.#isStrict && isBinary && isRefusedAtDiscord(data))) return null;
    const kind = isBinary ? 'binary' : 'text';
    const frame = { kind, data, wireBytes: data.length, isDeflated: false, error: null } as const;
    const [payload, ...rest] = this.#decoder.push(frame);
    if (payload?.status !== 'ok' || rest.length > 0) return null;
    const { op, d, s, t } = payload;
    return { op, d, s, t };
  }
}

function isRefusedAtDiscord(data: Buffer): boolean {
  const [first, second] = data;
  if (first !== ETF_VERSION) return hasZlibHeader(data);
  return second === ETF_TAG.COMPRESSED || hasAtomKeys(data);
}
