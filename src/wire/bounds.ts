/**
 * Bounds on the time, memory and nesting depth that input from a peer may use. This is the only table of them, with
 * units and reasons; the bounds on HTTP heads and responses are in serving/http.ts.
 *
 * Exceeding a bound never closes a connection: the traffic is relayed unchanged, and the record has the status
 * `too_complex` (or `too_large` if the user sets the bound, with --max-payload and --max-body). For the bounds of the
 * relay it is `rewrite_given_up`. docs/reference.md has the same table; a test compares the two. Bounds that come from
 * a format itself, such as the length of a deflate match, are constants of the file that reads it.
 */

/** One bound: amount, unit, scope and reason. */
export type Bound = readonly [amount: number, unit: string, per: string, reason: string];

const KIB = 1024;
const MIB = 1024 * KIB;
/** First half of a surrogate pair. */
const HIGH_SURROGATE = /[\ud800-\udbff]/;

const TABLE = Object.freeze({
  jsonDepth: [
    1000,
    'levels',
    'message',
    'arrays and objects within each other; payloads of Discord have about 12',
  ],
  messageValues: [
    2_000_000,
    'values',
    'message',
    'values of JSON or terms of ETF; parsed they take 100 bytes each. The READY of a user in 200 guilds has about 500,000',
  ],
  messagePayloads: [1024, 'payloads', 'message', 'gateways send one'],
  inflateBase: [
    4 * MIB,
    'bytes',
    'connection and sender',
    'output of decompression that needs no input to pay for it',
  ],
  inflateRatio: [
    64,
    'bytes out per byte in',
    'connection and sender',
    'output of decompression in the long run; JSON of the gateway has 5 to 20',
  ],
  inflateGrant: [4 * KIB, 'bytes', 'message', 'the same for short messages, which may repeat the one before'],
  inflateRefill: [
    512 * KIB,
    'bytes',
    'second',
    'what a connection and sender get back of inflateBase while recording; the times of a file prove nothing',
  ],
  inflateBlock: [
    2 * KIB,
    'bytes',
    'block of zstd',
    'what a block counts besides its output, since its tables have to be built',
  ],
  zstdWindow: [
    128 * MIB,
    'bytes',
    'zstd frame',
    'the default limit of libzstd; memory grows with the output, and what is over 1 MiB counts as held',
  ],
  contentCodings: [4, 'codings', 'REST body', 'servers use one'],
  decodePayload: [
    128 * MIB,
    'bytes',
    'payload of `decode`',
    'more than a gateway sends by far; it fits in memory several times',
  ],
  decodeBase: [
    64 * MIB,
    'bytes',
    'input of `decode`',
    'output of decompression that needs no input to pay for it; --max-output raises it',
  ],
  decodeRatio: [
    256,
    'bytes out per byte in',
    'input of `decode`',
    'a whole stream, which the user has and trusts more than a peer',
  ],
  decodeEach: [
    64,
    'bytes',
    'payload of `decode`',
    'what a payload counts besides its output, as writing a line takes time, too',
  ],
  heldBytes: [
    512 * MIB,
    'bytes',
    'process',
    'unfinished messages, payloads and REST bodies of all connections together',
  ],
  resyncBytes: [
    64 * MIB,
    'bytes',
    'gap',
    'decoded in vain to find the next frame, a binary one counting as the output of its decompression',
  ],
  nameChars: [
    256,
    'characters',
    'cell',
    'event names, libraries, user agents, close reasons, ids and header values',
  ],
  urlChars: [8 * KIB, 'characters', 'cell', 'paths and URLs; Node reads 16 KiB of headers at the most'],
  undecodedBytes: [
    1 * MIB,
    'bytes',
    'frame',
    'text that is not a payload is kept up to this length, as it has to be searched for anything secret',
  ],
  searchedString: [
    1 * MIB,
    'bytes',
    'string of a payload',
    'longer ones that can hide a secret behind escapes are masked whole; what people write has some thousand',
  ],
  etfDecimalBytes: [
    1 * KIB,
    'bytes',
    'integer of ETF',
    'longer ones are written in hexadecimal, as decimal takes quadratic time',
  ],
  rewritePayload: [
    16 * MIB,
    'bytes',
    'payload of the relay',
    'on the wire and inflated, for READY to be looked for in it; in some hundred guilds it has about 10 MB',
  ],
  rewriteFrames: [
    1024,
    'frames',
    'payload of the relay',
    'fragments and messages that READY may be cut into; the gateway sends one',
  ],
  rewriteBase: [
    32 * MIB,
    'bytes',
    'connection of the relay',
    'the same as inflateBase, up to READY and in the thread that all connections share',
  ],
  rewriteShared: [
    256 * MIB,
    'bytes',
    'relay',
    'the same as rewriteBase over all connections; what they send pays for the rest, at inflateRatio',
  ],
  rewriteHeld: [
    256 * MIB,
    'bytes',
    'relay',
    'frames that are held back and payloads that are not complete, until READY, over all connections',
  ],
  openHeartbeats: [256, 'heartbeats', 'connection', 'beyond it the oldest counts as missed'],
  knownSessions: [
    65_536,
    'sessions',
    'capture',
    'found again by id when they resume; beyond it the oldest are forgotten',
  ],
  remarks: [64, 'remarks', 'connection', 'of each kind of remark that is made once for an opcode'],
  frameFacts: [
    20_000,
    'combinations',
    'capture',
    'kinds of frames that are looked up in memory; a peer may invent event names',
  ],
  shapeFields: [100_000, 'fields', 'comparison', 'fields that drift distinguishes'],
  shapeKinds: [5_000, 'kinds', 'comparison', 'kinds of payloads that drift distinguishes'],
  shapeKeys: [200, 'keys', 'object', 'more keys make it a map, whose members have one shape'],
  shapeDepth: [64, 'levels', 'payload', 'fields below it are not distinguished'],
} satisfies Readonly<Record<string, Bound>>);

/** Amounts of the bounds, by name. */
export const BOUNDS = readAmounts(TABLE);

/** Row of a table of bounds, for the documentation. */
export type BoundRow = readonly [name: string, ...bound: Bound];

/** Rows of the table. */
export const BOUND_ROWS = readRows(TABLE);

/** Amounts of a table, by name. */
export function readAmounts<Name extends string>(
  table: Readonly<Record<Name, Bound>>,
): Readonly<Record<Name, number>> {
  const amounts = Object.entries<Bound>(table).map(([name, [amount]]) => [name, amount] as const);
  return Object.freeze(Object.fromEntries(amounts)) as Readonly<Record<Name, number>>;
}

/** Rows of a table, in its order. */
export function readRows(table: Readonly<Record<string, Bound>>): readonly BoundRow[] {
  return Object.entries(table).map(([name, bound]) => [name, ...bound] as const);
}

/** `text` up to `maxChars` characters; a longer text is cut and ends in `…`. The body has the full text. */
export function cutCell(text: string, maxChars: number = BOUNDS.nameChars): string {
  if (text.length <= maxChars) return text;
  const end = maxChars - 1;
  const isPair = HIGH_SURROGATE.test(text.charAt(end - 1));
  return `${text.slice(0, isPair ? end - 1 : end)}…`;
}
