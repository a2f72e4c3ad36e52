/** Mocks and bare WebSocket clients for tests, closed when the test ends. */
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { systemHost } from '../../src/host.js';
import type { ServedGateway, ServeOptions } from '../../src/mock/gateway.js';
import { serveRecordings } from '../../src/mock/server.js';
import type { Recording } from '../../src/replay/recording.js';

export const IDENTIFY = '{"op":2,"d":{"token":"t","intents":1,"properties":{},"shard":[0,1]}}';

/** Serves a recording on a free port. */
export async function serve(
  recording: Recording | readonly Recording[],
  speed: ServeOptions['speed'] = 'max',
  options: Partial<ServeOptions> = {},
): Promise<ServedGateway> {
  const listen = { host: '127.0.0.1', port: 0 };
  const mock = await serveRecordings([recording].flat(), { host: systemHost(), listen, speed, ...options });
  onTestFinished(() => mock.close());
  return mock;
}

/** A bare client: sends given messages, and returns received ones one by one. */
export class BareClient {
  readonly #messages: Buffer[] = [];
  readonly #waiting: ((message: Buffer) => void)[] = [];
  readonly ws: WebSocket;

  constructor(url: string) {
    this.ws = new WebSocket(url, { perMessageDeflate: false });
    this.ws.on('message', (data: Buffer, isBinary) => {
      const message = Object.assign(data, { isBinary });
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#messages.push(message);
      else waiting(message);
    });
    onTestFinished(() => this.ws.terminate());
  }

  /** Next message, waited for. */
  async next(): Promise<Buffer> {
    return this.#messages.shift() ?? new Promise<Buffer>((resolve) => this.#waiting.push(resolve));
  }

  async take(count: number): Promise<Buffer[]> {
    const taken: Buffer[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }

  async texts(count: number): Promise<string[]> {
    return (await this.take(count)).map((message) => message.toString());
  }

  /** Close code, waited for. */
  async closed(): Promise<number> {
    const [code] = (await once(this.ws, 'close')) as [number];
    return code;
  }
}
