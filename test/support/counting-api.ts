/** An API of bare sockets that notes every request by its own strict reading of the bytes, and answers each. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** One request as an upstream reads it. */
export interface CountedRequest {
  readonly line: string;
  /** Header lines to the letter. */
  readonly headers: readonly string[];
  readonly body: string;
  /** Ordinal of its connection, from 0. */
  readonly socket: number;
}

/** What an API writes for a request. */
export type RawAnswer = (request: CountedRequest, socket: Socket) => void;

/** Answers with the target that was asked for. */
export const echoTarget: RawAnswer = ({ line }, socket) => {
  const body = line.split(' ')[1] ?? '';
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${line.startsWith('HEAD') ? '' : body}`,
  );
};

/** Notes what came, and what was no HTTP/1.1 request at all. */
export class CountingApi {
  readonly requests: CountedRequest[] = [];
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  private constructor(answer: RawAnswer) {
    this.#server = createServer((socket) => {
      const ordinal = this.sockets.push(socket) - 1;
      let bytes = '';
      socket.setEncoding('latin1').on('error', () => undefined);
      socket.on('data', (chunk: string) => {
        bytes += chunk;
        for (let read = readRequest(bytes); read !== null; read = readRequest(bytes)) {
          bytes = bytes.slice(read.length);
          const request = { ...read.request, socket: ordinal };
          this.requests.push(request);
          answer(request, socket);
        }
      });
    });
  }

  static async start(answer: RawAnswer = echoTarget): Promise<CountingApi> {
    const api = new CountingApi(answer);
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface Read {
  readonly request: Omit<CountedRequest, 'socket'>;
  readonly length: number;
}

/** The first request of some bytes; null while it is incomplete. Throws if it is not a request. */
function readRequest(bytes: string): Read | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [line = '', ...headers] = bytes.slice(0, end).split('\r\n');
  if (!/^[A-Z]+ \S+ HTTP\/1\.1$/.test(line)) throw new Error(`no request: ${JSON.stringify(line)}`);
  const valueOf = (name: string): string | undefined =>
    headers
      .find((header) => header.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const coding = valueOf('transfer-encoding')?.toLowerCase();
  const size = valueOf('content-length');
  if (coding !== undefined && size !== undefined) throw new Error('two framings');
  const rest = bytes.slice(end + 4);
  const body = coding === 'chunked' ? readChunks(rest) : readLength(rest, Number(size ?? 0));
  return body === null
    ? null
    : { request: { line, headers, body: body.text }, length: end + 4 + body.length };
}

function readLength(rest: string, size: number): { text: string; length: number } | null {
  return rest.length < size ? null : { text: rest.slice(0, size), length: size };
}

function readChunks(rest: string): { text: string; length: number } | null {
  let text = '';
  for (let at = 0; ;) {
    const end = rest.indexOf('\r\n', at);
    if (end === -1) return null;
    const size = parseInt(rest.slice(at, end), 16);
    const next = end + 2 + size + 2;
    if (rest.length < next) return null;
    text += rest.slice(end + 2, end + 2 + size);
    if (size === 0) return { text, length: next };
    at = next;
  }
}
