/**
 * The scripted gateway's wire: payload texts to messages as a transport asks, and client messages back to texts.
 *
 * Built on node:zlib and on codecs that a test brings along, none of them ours. One wire serves one connection.
 */
import { constants, createDeflate } from 'node:zlib';

/** External Term Format of another implementation; erlpack has this shape. */
export interface EtfCodec {
  pack(value: unknown): Buffer;
  unpack(bytes: Buffer): unknown;
}

/** A compressing stream that can be flushed; those of node:zlib and zstd-napi have this shape. */
export interface Compressor {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  write(bytes: Buffer): unknown;
  flush(done: () => void): unknown;
}

/** What node:zlib of every Node lacks. */
export interface WireCodecs {
  /** Speaks `encoding=etf`. */
  readonly etf?: EtfCodec;
  /** Makes the context of one `compress=zstd-stream`. */
  readonly zstd?: () => Compressor;
}

/** A payload on its way out. */
export interface WireMessage {
  readonly data: string | Buffer;
  /** Length before compression. */
  readonly payloadBytes: number;
}

/** Encoder and decoder of one connection. */
export class GatewayWire {
  readonly #etf: EtfCodec | null;
  readonly #compressor: Compressor | null;
  #compressed: Buffer[] = [];

  /** Reads the transport off the URL; throws for one that it has no codec for. */
  constructor(url: string, codecs: WireCodecs) {
    const query = new URL(url, 'ws://localhost').searchParams;
    this.#etf = query.get('encoding') === 'etf' ? need(codecs.etf, 'etf') : null;
    this.#compressor = compressorOf(query.get('compress'), codecs);
    this.#compressor?.on('data', (chunk) => this.#compressed.push(chunk));
  }

  /** Message of a payload's JSON text; one at a time. */
  async encode(text: string): Promise<WireMessage> {
    const payload = this.#etf === null ? Buffer.from(text) : this.#etf.pack(JSON.parse(text));
    const payloadBytes = payload.length;
    const compressor = this.#compressor;
    if (compressor === null) return { data: this.#etf === null ? text : payload, payloadBytes };
    compressor.write(payload);
    await new Promise<void>((resolve) => void compressor.flush(resolve));
    const data = Buffer.concat(this.#compressed);
    this.#compressed = [];
    return { data, payloadBytes };
  }

  /** JSON text of what a client sent. */
  decode(message: Buffer): string {
    return this.#etf === null ? message.toString() : JSON.stringify(this.#etf.unpack(message));
  }
}

function compressorOf(compress: string | null, codecs: WireCodecs): Compressor | null {
  if (compress === 'zstd-stream') return need(codecs.zstd, compress)();
  if (compress !== 'zlib-stream') return null;
  const deflate = createDeflate();
  return {
    on: (event, listener) => deflate.on(event, listener),
    write: (bytes) => deflate.write(bytes),
    flush: (done) => deflate.flush(constants.Z_SYNC_FLUSH, done),
  };
}

function need<Codec>(codec: Codec | undefined, name: string): Codec {
  if (codec === undefined) throw new Error(`the scripted gateway was given no codec for ${name}`);
  return codec;
}
