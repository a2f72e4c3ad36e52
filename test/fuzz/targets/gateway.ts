/** Targets of the recorder and of the rewrite: whole connections, in every transport. */
import type { CaptureRecorder } from '../../../src/capture/recorder.js';
import type { CaptureRecord } from '../../../src/capture/records.js';
import { gzipSync } from 'node:zlib';
import { GatewayRewriter, RewriteShare } from '../../../src/gateway/rewrite/rewriter.js';
import { encodeEtf } from '../../../src/wire/etf/encode.js';
import { streamMessage, streamOpening, deflateOnce } from '../../../src/wire/deflate.js';
import { SENDERS, type Sender } from '../../../src/wire/frame.js';
import type { Compression, Encoding, Transport } from '../../../src/wire/transport.js';
import { encodeFrame } from '../../../src/wire/websocket.js';
import { inShort, newRecorder } from '../../support/capture-playbook.js';
import { inPieces } from '../../support/splits.js';
import { handshake } from '../../support/capture/tap-events.js';
import { readMessages, requireSame, requireThat, type Target, writeMessages } from '../target.js';

/** What must never come out of the recorder; a client's credential, as the handshake says. */
const SECRET = 'planted.credential.of-a-client-0123456789';

interface Spoken extends Transport {
  readonly encoding: Encoding;
  readonly compress: Compression;
  readonly extensions: string | null;
}

const TRANSPORTS: readonly Spoken[] = (['none', 'zlib-stream', 'zstd-stream'] as const).flatMap((compress) =>
  (['json', 'etf'] as const).flatMap((encoding) =>
    [null, 'permessage-deflate'].map((extensions) => ({ version: 10, encoding, compress, extensions })),
  ),
);

const MASK = Uint8Array.of(1, 2, 3, 4);
const GATEWAY = 'wss://gateway-us-east1-b.discord.gg';
const PROXY = 'ws://127.0.0.1:7331/r/gateway-us-east1-b.discord.gg';
const HELLO = { t: null, s: null, op: 10, d: { heartbeat_interval: 41_250 } };
const READY = {
  t: 'READY',
  s: 1,
  op: 0,
  d: {
    v: 10,
    session_id: 'planted-session-0123456789',
    resume_gateway_url: GATEWAY,
    user: { id: '1' },
    guilds: [],
  },
};
const MESSAGE = {
  t: 'MESSAGE_CREATE',
  s: 2,
  op: 0,
  d: { content: SECRET, author: { id: '1' }, token: SECRET },
};
const IDENTIFY = { op: 2, d: { token: SECRET, intents: 1, properties: { os: 'x' } } };

function encode(payload: object, { encoding }: Spoken): Uint8Array {
  return encoding === 'etf' ? encodeEtf(payload as never) : Buffer.from(JSON.stringify(payload));
}

/** What a gateway sends of payloads in a transport. */
function gatewayBytes(payloads: readonly object[], transport: Spoken): Buffer {
  const { compress, encoding } = transport;
  const frames = payloads.map((payload, at) => {
    const bytes = encode(payload, transport);
    if (compress === 'none') {
      const kind = encoding === 'etf' || at === 2 ? 'binary' : 'text';
      return encodeFrame({ kind, data: at === 2 ? deflateOnce(bytes) : bytes });
    }
    if (compress === 'unknown') return encodeFrame({ kind: 'binary', data: bytes });
    const opening = at === 0 ? streamOpening(compress) : Buffer.alloc(0);
    return encodeFrame({ kind: 'binary', data: Buffer.concat([opening, streamMessage(compress, bytes)]) });
  });
  return Buffer.concat(frames);
}

const clientBytes = (transport: Spoken): Uint8Array =>
  encodeFrame(
    { kind: transport.encoding === 'etf' ? 'binary' : 'text', data: encode(IDENTIFY, transport) },
    MASK,
  );

const COMMON_WORDS = [
  '"op":',
  '"d":',
  '"t":"READY"',
  '"token":"',
  '"session_id":"',
  SECRET,
  GATEWAY,
  '{"op":11}',
  '\\u0070',
];

function connection(transport: Spoken, chunks: readonly (readonly [Sender, Uint8Array])[]): CaptureRecord[] {
  const recorder: CaptureRecorder = newRecorder('secrets', 20_000);
  const { extensions } = transport;
  const records = recorder.accept({
    type: 'open',
    connection: 1,
    handshake: handshake({ transport, extensions, secrets: [SECRET] }),
  });
  const all = [...records];
  for (const [sender, bytes] of chunks)
    all.push(
      ...recorder.accept({
        type: 'chunk',
        connection: 1,
        sender,
        atUs: 1_000_000,
        bytes: Uint8Array.from(bytes),
      }),
    );
  all.push(
    ...recorder.accept({
      type: 'end',
      connection: 1,
      end: { atUs: 2_000_000, endedBy: 'client', relayMode: 'verbatim' },
    }),
  );
  return all;
}

/** First byte: the transport. The messages that follow are chunks, of the client and the gateway by turns. */
export const recorder: Target = {
  promise:
    'a connection gives the same records however it is cut, and no record has the secret of its client',
  seeds: () =>
    TRANSPORTS.map((transport, at) =>
      Buffer.concat([
        Buffer.of(at),
        writeMessages([
          gatewayBytes([HELLO], transport),
          clientBytes(transport),
          gatewayBytes([HELLO, READY, MESSAGE], transport),
          clientBytes(transport),
        ]),
      ]),
    ),
  words: COMMON_WORDS,
  maxBytes: 4000,
  run: ([first = 0, ...rest]) => {
    const transport = TRANSPORTS[first % TRANSPORTS.length]!;
    const chunks = readMessages(Uint8Array.from(rest)).map(
      (bytes, at) => [SENDERS[(at + 1) % SENDERS.length]!, bytes] as const,
    );
    const whole = connection(transport, chunks);
    const bytewise = connection(
      transport,
      chunks.flatMap(([sender, bytes]) => inPieces(bytes, 1).map((piece) => [sender, piece] as const)),
    );
    requireSame(bytewise.map(inShort), whole.map(inShort), 'records byte by byte');
    for (const record of whole) {
      if (record.type !== 'frame') continue;
      const { body, raw } = record;
      for (const bytes of [body, raw])
        requireThat(bytes === null || !Buffer.from(bytes).includes(SECRET), 'a record has the secret');
    }
  },
};

/** First byte: the transport; the rest is what the gateway sends. */
export const rewriter: Target = {
  promise: 'what is not rewritten is unchanged, and the client gets the same however the stream is cut',
  seeds: () =>
    TRANSPORTS.map((transport, at) =>
      Buffer.concat([Buffer.of(at), gatewayBytes([HELLO, READY, HELLO, MESSAGE, MESSAGE], transport)]),
    ),
  words: COMMON_WORDS,
  maxBytes: 4000,
  run: ([first = 0, ...rest]) => {
    const transport = TRANSPORTS[first % TRANSPORTS.length]!;
    const stream = Uint8Array.from(rest);
    const whole = rewrite(transport, [stream]);
    const bytewise = rewrite(transport, inPieces(stream, 1));
    if (!whole.isChanged) requireThat(whole.sent.equals(stream), 'an unchanged stream is not the same');
    requireSame(bytewise.isChanged, whole.isChanged, 'changed byte by byte');
    // Re-encoded messages are cut where they came.
    if (!whole.isChanged)
      requireThat(bytewise.sent.equals(stream), 'an unchanged stream is not the same byte by byte');
  },
};

function rewrite(transport: Spoken, chunks: readonly Uint8Array[]): { sent: Buffer; isChanged: boolean } {
  const subject = new GatewayRewriter({
    share: new RewriteShare(),
    transport,
    extensions: transport.extensions,
    rewriteUrl: (url) => (url === GATEWAY ? PROXY : null),
  });
  const sent = chunks.map((chunk) => Buffer.from(subject.push(Uint8Array.from(chunk))));
  sent.push(Buffer.from(subject.end()));
  return { sent: Buffer.concat(sent), isChanged: subject.isChanged };
}

const TYPES = [
  'application/json',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'text/plain; charset=utf-8',
  null,
];
const CODINGS = [null, 'gzip', 'br', 'deflate'];
const PATHS = [
  '/channels/1/messages',
  `/webhooks/1/${SECRET}`,
  `/interactions/1/${SECRET}/callback`,
  '/users/@me?x=1',
];

/** First three bytes: content type, coding and whether the body is cut; the path. The rest is the body. */
export const exchange: Target = {
  promise: 'a REST body is recorded without the secret of its client, or not at all',
  seeds: () => [
    Buffer.concat([
      Buffer.of(0, 0, 0),
      Buffer.from(JSON.stringify({ content: SECRET, token: SECRET, embeds: [{}] })),
    ]),
    Buffer.concat([
      Buffer.of(0, 4, 1),
      Buffer.from(JSON.stringify({ token: SECRET, url: `https://x/?token=${SECRET}` })),
    ]),
    Buffer.concat([
      Buffer.of(1, 0, 2),
      Buffer.from(
        `--x\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{"token":"${SECRET}"}\r\n--x--`,
      ),
    ]),
    Buffer.concat([Buffer.of(2, 0, 3), Buffer.from(`grant_type=x&token=${SECRET}&code=%7B%22a%22%3A1%7D`)]),
    Buffer.concat([
      Buffer.of(3, 0, 0),
      Buffer.from(`see https://discord.com/api/webhooks/1/${SECRET} and ${SECRET}`),
    ]),
    Buffer.concat([Buffer.of(0, 1, 0), gzipSync(JSON.stringify({ token: SECRET }))]),
    Buffer.concat([Buffer.of(4, 0, 1), Buffer.from('\ufeff[{"op":1}, {"session_id":"x"}')]),
  ],
  words: [
    ...COMMON_WORDS,
    '--x\r\n',
    'name="payload_json"',
    '\r\n\r\n',
    '&token=',
    '%22',
    '%2F',
    'https://',
    '/webhooks/1/',
  ],
  maxBytes: 3000,
  run: ([type = 0, coding = 0, path = 0, ...rest]) => {
    const subject = newRecorder('secrets', 20_000);
    const bytes = Uint8Array.from(rest);
    const wireBytes = bytes.length + ((coding & 4) === 0 ? 0 : 10);
    const head = {
      contentType: TYPES[type % TYPES.length]!,
      contentEncoding: CODINGS[coding % CODINGS.length]!,
    };
    const records = [
      subject.accept({
        type: 'exchange',
        exchange: 1,
        start: {
          atUs: 0,
          method: 'POST',
          path: PATHS[path % PATHS.length]!,
          ...head,
          userAgent: null,
          authorization: `Bot ${SECRET}`,
          secrets: [SECRET],
        },
      }),
      subject.accept({ type: 'body', exchange: 1, message: 'request', bytes }),
      subject.accept({
        type: 'answer',
        exchange: 1,
        answer: { status: 200, ...head, headers: { via: SECRET } },
      }),
      subject.accept({ type: 'body', exchange: 1, message: 'response', bytes }),
      subject.accept({
        type: 'exchange_end',
        exchange: 1,
        end: { atUs: 1, requestBytes: wireBytes, responseBytes: wireBytes, fault: null },
      }),
    ].flat();
    requireSame(records.length, 1, 'records of a call');
    requireThat(!textOf(records).includes(SECRET), 'the record has the secret');
  },
};

/** Everything in records as text. */
function textOf(records: readonly CaptureRecord[]): string {
  return JSON.stringify(records, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
}
