/** A TCP hop that notes every byte that passes, both ways: the witness beside each leg of the proxy. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What passed on one TCP connection. */
export interface TcpLog {
  readonly fromClient: Buffer[];
  readonly fromServer: Buffer[];
}

/** Listens on a free port and passes everything on to another. */
export class TcpHop {
  readonly logs: TcpLog[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(targetPort: number) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const server = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      const log: TcpLog = { fromClient: [], fromServer: [] };
      this.logs.push(log);
      this.#pass(client, server, log.fromClient);
      this.#pass(server, client, log.fromServer);
    });
  }

  static async start(targetPort: number): Promise<TcpHop> {
    const hop = new TcpHop(targetPort);
    hop.#server.listen(0, '127.0.0.1');
    await once(hop.#server, 'listening');
    return hop;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(from: Socket, to: Socket, log: Buffer[]): void {
    this.#sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      log.push(chunk);
      to.write(chunk);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => this.#sockets.delete(from));
  }
}

/** Bytes after the HTTP header that a WebSocket connection begins with. */
export function afterUpgrade(chunks: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(chunks);
  return bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
}
