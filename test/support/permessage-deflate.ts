/** permessage-deflate as `ws` does it: the referee for ours. */
import * as ws from 'ws';

interface WsDeflate {
  readonly params: Record<string, unknown>;
  accept(configurations: readonly Record<string, readonly unknown[]>[]): Record<string, unknown>;
  compress(data: Buffer, fin: boolean, done: (error: Error | null, result: Buffer) => void): void;
  decompress(data: Buffer, fin: boolean, done: (error: Error | null, result: Buffer) => void): void;
  cleanup(): void;
}

const { PerMessageDeflate } = ws as unknown as {
  readonly PerMessageDeflate: new (options: Record<string, unknown>) => WsDeflate;
};

/** What both sides agreed on, as in the header: parameters with or without a value. */
export type DeflateParameters = Readonly<Record<string, true | number>>;

/** One side of a connection on which `parameters` were agreed. */
export class WsDeflater {
  readonly #deflate: WsDeflate;

  constructor(side: 'client' | 'gateway', parameters: DeflateParameters = {}) {
    const isServer = side === 'gateway';
    this.#deflate = new PerMessageDeflate({
      isServer,
      threshold: 0,
      maxPayload: 0,
      clientMaxWindowBits: true,
    });
    const offer = Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, [value === true ? true : String(value)]]),
    );
    this.#deflate.accept([offer]);
  }

  /** Data of one message, as it goes into frames with RSV1. */
  compress(plain: Uint8Array): Promise<Buffer> {
    return this.#run('compress', plain);
  }

  /** What a message with RSV1 says; rejects where `ws` does. */
  decompress(data: Uint8Array): Promise<Buffer> {
    return this.#run('decompress', data);
  }

  close(): void {
    this.#deflate.cleanup();
  }

  #run(method: 'compress' | 'decompress', data: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#deflate[method](Buffer.from(data), true, (error, result) => {
        if (error) reject(error);
        else resolve(Buffer.from(result));
      });
    });
  }
}

/** `Sec-WebSocket-Extensions` for parameters. */
export function extensionsHeader(parameters: DeflateParameters): string {
  const parts = Object.entries(parameters).map(([name, value]) =>
    value === true ? name : `${name}=${value}`,
  );
  return ['permessage-deflate', ...parts].join('; ');
}
