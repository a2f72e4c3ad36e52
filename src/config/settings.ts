/**
 * Every setting: what it accepts, its default, its purpose and what is expected.
 *
 * In the order of the documentation. Text forms become values here: addresses, bytes.
 */
import { parseBytes, parseDuration } from '../filter/quantities.js';
import { THRESHOLD_NAMES } from '../lint/thresholds.js';
import {
  anyKind,
  choiceKind,
  digits,
  integer,
  list,
  named,
  nothing,
  record,
  someText,
  text,
  yesOrNo,
  type Kind,
} from './kinds.js';
import type { ListenAddress } from '../serving/address.js';
import { isUrl, parseFileLimit, parseListen } from './values.js';

/** Form that a default has in the config file. */
type Initial = string | boolean | null | readonly string[] | Readonly<Record<string, string>>;

/** One setting. */
export interface Setting<Value> extends Kind<Value> {
  /** Its default, in the form of the config file. */
  readonly initially: Initial;
  /** `PURPOSE: WHAT IS EXPECTED`, for editors and for `--help`. */
  readonly about: string;
}

function setting<Value>(
  kind: Kind<Value>,
  initially: Initial,
  purpose: string,
  expected = kind.expected,
): Setting<Value> {
  return { ...kind, expected, initially, about: `${purpose}: ${expected}` };
}

/** Text or null. */
const someTextOrNothing = anyKind<string | null>(someText, nothing);

/** Shortest age at which payloads are compressed. */
const LEAST_COMPACT_AFTER_US = 1_000_000;
/** Most threads that decode: each takes memory, and a few already give one writer more than it can take. */
const MOST_DECODERS = 16;
/** Smallest limit of a database's size: its log alone takes much of it (store/upkeep/retention.ts). */
const LEAST_DB_BYTES = 67_108_864;

const bytesFrom = (least: number) =>
  anyKind(
    integer(least),
    text('bytes', (given) => {
      const bytes = given === '0' ? 0 : parseBytes(given);
      return bytes !== null && bytes >= least ? bytes : null;
    }),
  );

// An origin as browsers send it (RFC 6454 §7), with one `*` at most.
const ORIGIN = '^(?:null|[a-z][a-z0-9+.-]*://[^/\\s*]*\\*?[^/\\s*]*)$';

// A name, or an IPv6 address without brackets. A port or a path would never match.
const HOST = '^(?:[A-Za-z0-9._-]+|[0-9A-Fa-f]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)$';

const matching = (pattern: string) =>
  text('text', (given) => (new RegExp(pattern).test(given) ? given : null), { pattern });

const url = (schemes: readonly string[], pattern: string) =>
  text('a URL', (given) => (isUrl(given, schemes) && new RegExp(pattern, 'i').test(given) ? given : null), {
    pattern,
  });

// What ON CLUSTER takes without surprises.
const CLUSTER_NAME = '^[A-Za-z0-9_-]{1,64}$';

// What can be typed behind --view without quotes.
const VIEW_NAME = '^[A-Za-z0-9_][A-Za-z0-9_.-]*$';

/** A number of threads. */
const threads: Kind<number> = {
  ...integer(1),
  read: (given) => {
    const count = integer(1).read(given) ?? digits(1).read(given);
    return count === undefined || count > MOST_DECODERS ? undefined : count;
  },
  json: {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: MOST_DECODERS },
      { type: 'string', pattern: '^\\d+$' },
    ],
  },
};

/** Settings by their key in the config file. */
export const SETTINGS = {
  listen: setting(
    text('HOST:PORT', (given) => Object.freeze(parseListen(given))),
    '127.0.0.1:7331',
    'where to listen',
    'HOST:PORT, with port 0 for a free one',
  ),
  upstream: setting(
    url(['ws:', 'wss:'], '^wss?://[^@?#]+$'),
    'wss://gateway.discord.gg',
    'gateway to dial',
    'a ws:// or wss:// URL',
  ),
  api: setting(
    url(['http:', 'https:'], '^https?://[^@?#]+$'),
    'https://discord.com/api',
    'REST API to pass requests to',
    'an http:// or https:// URL, up to and with /api',
  ),
  upstreamCa: setting(
    someTextOrNothing,
    null,
    'certificates to trust in the upstream and the API besides the public ones',
    'a file in PEM',
  ),
  db: setting(someText, 'gatetape.sqlite', 'database', 'the path of a file'),
  keyFile: setting(
    someTextOrNothing,
    null,
    'file that keeps the key of placeholders, in place of the database; created if missing',
    'the path of a file',
  ),
  mode: setting(
    choiceKind('reverse', 'forward'),
    'reverse',
    'mode of capture',
    'reverse (the client is pointed here) or forward (it takes this for its proxy)',
  ),
  others: setting(
    choiceKind('tunnel', 'refuse'),
    'refuse',
    'in forward mode, what hosts other than gateways and APIs get',
    'tunnel (unseen) or refuse',
  ),
  tls: setting(yesOrNo, false, 'whether clients may speak TLS, shown a certificate of the local authority'),
  tlsCert: setting(someTextOrNothing, null, 'certificate to show to clients that speak TLS', 'a file in PEM'),
  tlsKey: setting(someTextOrNothing, null, 'key of that certificate', 'a file in PEM'),
  caDir: setting(someTextOrNothing, null, 'folder of the local certificate authority', 'a path'),
  allowRemote: setting(yesOrNo, false, 'whether other machines may use the proxy'),
  allowOrigins: setting(
    list(matching(ORIGIN)),
    [],
    'web pages that may use the proxy or the mock',
    'a list of origins, such as https://app.example.org',
  ),
  rewrite: setting(yesOrNo, true, 'whether READY leads clients back through the proxy when they resume'),
  redact: setting(
    choiceKind('secrets', 'personal', 'none'),
    'secrets',
    'what never reaches the disk',
    'secrets, personal (personal data too) or none',
  ),
  onOverload: setting(
    choiceKind('pause', 'drop'),
    'pause',
    'when the recorder falls behind',
    'pause (slow the traffic) or drop (record a gap)',
  ),
  onRecordError: setting(
    choiceKind('pass', 'stop'),
    'pass',
    'when nothing can be recorded',
    'pass (traffic goes on unrecorded until it works again) or stop (end with exit code 3)',
  ),
  maxPayloadBytes: setting(
    bytesFrom(1),
    '64MiB',
    'payloads over this size pass through undecoded',
    'bytes, such as 1048576 or 64MiB',
  ),
  maxBodyBytes: setting(
    bytesFrom(0),
    '1MiB',
    'how much of a REST call’s bodies is recorded',
    'bytes, such as 65536 or 1MiB; 0 for none',
  ),
  queueBytes: setting(
    bytesFrom(1),
    '64MiB',
    'traffic that may wait for the recorder',
    'bytes, such as 1048576 or 64MiB',
  ),
  decoders: setting(
    anyKind<number | 'auto'>(threads, choiceKind('auto')),
    '1',
    'threads that decode; more than one for bots with many shards',
    `a whole number from 1 to ${MOST_DECODERS}, or auto (two processors fewer than there are, 1 to 8)`,
  ),
  maxDbSizeBytes: setting(
    anyKind<number | null>(bytesFrom(LEAST_DB_BYTES), nothing),
    null,
    'size limit, kept by deleting the oldest frames',
    'bytes, 64MiB or more, such as 20GiB',
  ),
  compactAfter: setting(
    anyKind<string | null>(
      text('a time', (given) => ((parseDuration(given) ?? 0) < LEAST_COMPACT_AFTER_US ? null : given)),
      nothing,
    ),
    null,
    'age at which payloads are compressed while recording',
    'a time from 1s on, such as 10m',
  ),
  rotate: setting(
    anyKind<string | null>(
      text('a time or bytes', (given) => (parseFileLimit(given) === null ? null : given)),
      nothing,
    ),
    null,
    'age or size at which the database is put aside, and a new one begun',
    'a time from 1s on, such as 1d, or bytes from 1MiB on, such as 10GiB',
  ),
  keep: setting(
    anyKind<number | null>(integer(1), digits(1), nothing),
    null,
    'how many databases that were put aside are kept; the oldest are deleted',
    'a whole number from 1',
  ),
  metrics: setting(
    anyKind<ListenAddress | null>(
      text('HOST:PORT', (given) => Object.freeze(parseListen(given))),
      nothing,
    ),
    null,
    'where to answer /metrics and /healthz',
    'HOST:PORT, with port 0 for a free one',
  ),
  shipTo: setting(
    anyKind<string | null>(url(['http:', 'https:'], '^https?://[^@?#]+$'), nothing),
    null,
    'ClickHouse to which what is recorded is copied',
    'an http:// or https:// URL, with the database as its path',
  ),
  shipFrames: setting(yesOrNo, false, 'whether a row for each frame is copied there, too'),
  shipBodies: setting(yesOrNo, false, 'whether payloads are copied there, too'),
  shipCluster: setting(
    anyKind<string | null>(matching(CLUSTER_NAME), nothing),
    null,
    'cluster on which the tables are made there',
    'a name of letters, digits, _ and -',
  ),
  shipTtl: setting(
    anyKind<number | null>(integer(1), digits(1), nothing),
    null,
    'days after which the server deletes frames and payloads',
    'a whole number from 1',
  ),
  logFormat: setting(
    choiceKind('text', 'json'),
    'text',
    'form of the log on stderr',
    'text (for people) or json (an object a line)',
  ),
  logLevel: setting(
    choiceKind('error', 'warn', 'info', 'debug'),
    'info',
    'least important lines that are logged',
    'error, warn, info or debug',
  ),
  allowHosts: setting(
    list(matching(HOST)),
    [],
    'gateways that may be dialled besides those of the upstream',
    'a list of host names, without port and path',
  ),
  lint: setting(
    record(THRESHOLD_NAMES, integer(0)),
    {},
    'thresholds of the rules of lint',
    'an object of names and numbers, such as {"ackMs": 5000}; the names are in docs/rules.md',
  ),
  views: setting(
    named(VIEW_NAME, someText),
    {},
    'filters with names, for --view',
    'an object of names and filters, such as {"quiet": "-op:HEARTBEAT"}',
  ),
};
