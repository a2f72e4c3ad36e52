/**
 * Transport: reads and writes the query of a gateway URL, and gives the URL without it.
 *
 * Undocumented values become `unknown`, so that the decoder reports them instead of guessing.
 * Source: Discord Docs/Gateway, "Encoding and Compression".
 */

import { readUrl } from './url.js';

/** Encoding of payloads. */
export type Encoding = 'json' | 'etf' | 'unknown';

/** Transport compression of the gateway's frames; the client's are never compressed. */
export type Compression = 'none' | 'zlib-stream' | 'zstd-stream' | 'unknown';

/** API version, encoding and compression of a connection. */
export interface Transport {
  /** API version `v`, or null if the URL has no version. */
  readonly version: number | null;
  readonly encoding: Encoding;
  readonly compress: Compression;
}

/** A transport without anything unknown. */
export interface SpokenTransport extends Transport {
  readonly encoding: Exclude<Encoding, 'unknown'>;
  readonly compress: Exclude<Compression, 'unknown'>;
}

const ENCODINGS: ReadonlySet<string> = new Set(['json', 'etf'] satisfies Encoding[]);
const COMPRESSIONS: ReadonlySet<string> = new Set(['zlib-stream', 'zstd-stream'] satisfies Compression[]);

/** Reads a transport from a URL's query; `encoding` defaults to json, `compress` to none. Never throws. */
export function transportFromQuery(query: URLSearchParams): Transport {
  const version = Number(query.get('v') ?? Number.NaN);
  const encoding = query.get('encoding') ?? 'json';
  const compress = query.get('compress') ?? 'none';
  return {
    version: Number.isSafeInteger(version) ? version : null,
    encoding: ENCODINGS.has(encoding) ? (encoding as Encoding) : 'unknown',
    compress: compress === 'none' || COMPRESSIONS.has(compress) ? (compress as Compression) : 'unknown',
  };
}

/** The same transport with unknown values replaced by plain JSON. */
export function plainWhereUnknown(transport: Transport): SpokenTransport {
  const { version, encoding, compress } = transport;
  if (isSpoken(transport)) return transport;
  return {
    version,
    encoding: encoding === 'unknown' ? 'json' : encoding,
    compress: compress === 'unknown' ? 'none' : compress,
  };
}

function isSpoken(transport: Transport): transport is SpokenTransport {
  return transport.encoding !== 'unknown' && transport.compress !== 'unknown';
}

/** Gateway URL without query, fragment and slashes at its end; null if the text is not a `ws:` or `wss:` URL. */
export function parseGatewayUrl(text: string): string | null {
  const { protocol = '' } = readUrl(text) ?? {};
  if (protocol !== 'ws:' && protocol !== 'wss:') return null;
  const [page = ''] = text.split(/[?#]/, 1);
  let end = page.length;
  while (page[end - 1] === '/') end -= 1;
  return page.slice(0, end);
}

/** Query of a gateway URL for a transport, in the order most libraries use: `v`, `encoding`, `compress`. */
export function transportToQuery(transport: Transport): string {
  const query = new URLSearchParams();
  if (transport.version !== null) query.set('v', String(transport.version));
  query.set('encoding', transport.encoding);
  if (transport.compress !== 'none') query.set('compress', transport.compress);
  return query.toString();
}
