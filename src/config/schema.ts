/**
 * Schema of the configuration: every key, its type, its default and what it is for.
 *
 * The program checks the config file, the environment and the flags with it, and `config.schema.json`, which
 * editors read, is generated from it (test/config/schema.test.ts). Text forms become values here: addresses, bytes.
 */
import * as z from 'zod';
import { isUrl, parseBytes, parseListen } from './values.js';

/** Transforms text with a parser that returns null for text it cannot read. */
function parsed<Value>(parse: (text: string) => Value | null) {
  return (text: string, context: z.RefinementCtx<string>): Value => {
    const value = parse(text);
    if (value !== null) return value;
    context.addIssue({ code: 'custom', input: text });
    return z.NEVER;
  };
}

// An origin as browsers send it (RFC 6454 §7), with one `*` at most.
const ORIGIN = /^(?:null|[a-z][a-z0-9+.-]*:\/\/[^/\s*]*\*?[^/\s*]*)$/;

/** Path of a file that need not be given. */
const file = z.string().min(1).nullable().default(null);

const bytes = z.union([z.int().positive(), z.string().transform(parsed(parseBytes))]);

const url = (schemes: readonly string[], pattern: RegExp) =>
  z
    .string()
    .regex(pattern)
    .refine((text) => isUrl(text, schemes));

/** Smallest database that can be asked for: much less would be its log alone (store/retention.ts). */
const LEAST_DB_BYTES = 67_108_864;

function parseDbSize(text: string): number | null {
  const size = parseBytes(text);
  return size !== null && size >= LEAST_DB_BYTES ? size : null;
}

/** `PURPOSE: WHAT IS EXPECTED`, for editors, for `--help` and, the second half, for errors. */
const about = (purpose: string, expected: string) => ({ description: `${purpose}: ${expected}` });

/** Schema of a config file's content; the keys of every other source are the same. */
export const configSchema = z
  .strictObject({
    $schema: z.string().optional().meta(about('where this schema stands', 'a path or URL for editors')),
    listen: z
      .string()
      .transform(parsed(parseListen))
      .prefault('127.0.0.1:7331')
      .meta(about('where to listen', 'HOST:PORT, with port 0 for a free one')),
    upstream: url(['ws:', 'wss:'], /^wss?:\/\//i)
      .default('wss://gateway.discord.gg')
      .meta(about('gateway to dial', 'a ws:// or wss:// URL')),
    api: url(['http:', 'https:'], /^https?:\/\//i)
      .default('https://discord.com/api')
      .meta(about('REST API to pass requests to', 'an http:// or https:// URL, up to and with /api')),
    upstreamCa: file.meta(
      about(
        'certificates to trust in the upstream and the API besides the public ones',
        'a file in PEM, or null',
      ),
    ),
    db: z.string().min(1).default('gatetape.sqlite').meta(about('database', 'the path of a file')),
    mode: z
      .enum(['reverse', 'forward'])
      .default('reverse')
      .meta(
        about(
          'mode of capture',
          'reverse (the client is pointed here) or forward (it takes this for its proxy)',
        ),
      ),
    others: z
      .enum(['tunnel', 'refuse'])
      .default('refuse')
      .meta(
        about('in forward mode, what hosts other than gateways and APIs get', 'tunnel (unseen) or refuse'),
      ),
    tls: z
      .boolean()
      .default(false)
      .meta(
        about('whether clients may speak TLS, shown a certificate of the local authority', 'true or false'),
      ),
    tlsCert: file.meta(about('certificate to show to clients that speak TLS', 'a file in PEM, or null')),
    tlsKey: file.meta(about('key of that certificate', 'a file in PEM, or null')),
    caDir: file.meta(about('folder of the local certificate authority', 'a path, or null for the usual one')),
    allowRemote: z
      .boolean()
      .default(false)
      .meta(about('whether other machines may use the proxy', 'true or false')),
    allowOrigins: z
      .array(z.string().regex(ORIGIN))
      .readonly()
      .default([])
      .meta(about('web pages that may use the proxy', 'a list of origins, such as https://app.example.org')),
    rewrite: z
      .boolean()
      .default(true)
      .meta(about('whether READY leads clients back through the proxy when they resume', 'true or false')),
    redact: z
      .enum(['secrets', 'personal', 'none'])
      .default('secrets')
      .meta(about('what never reaches the disk', 'secrets, personal (personal data too) or none')),
    onOverload: z
      .enum(['pause', 'drop'])
      .default('pause')
      .meta(about('when the recorder falls behind', 'pause (slow the traffic) or drop (record a gap)')),
    maxPayloadBytes: bytes
      .prefault('64MiB')
      .meta(about('payloads over this size pass through undecoded', 'bytes, such as 1048576 or 64MiB')),
    maxBodyBytes: z
      .union([z.literal(0), z.literal('0').transform(() => 0), bytes])
      .prefault('1MiB')
      .meta(
        about('how much of a REST call’s bodies is recorded', 'bytes, such as 65536 or 1MiB; 0 for none'),
      ),
    queueBytes: bytes
      .prefault('64MiB')
      .meta(about('traffic that may wait for the recorder', 'bytes, such as 1048576 or 64MiB')),
    maxDbSizeBytes: z
      .union([z.int().min(LEAST_DB_BYTES), z.string().transform(parsed(parseDbSize)), z.null()])
      .default(null)
      .meta(
        about('size that the oldest frames are deleted for', 'bytes, 64MiB or more, such as 20GiB, or null'),
      ),
    allowHosts: z
      .array(z.string().min(1))
      .readonly()
      .default([])
      .meta(about('gateways that may be dialled besides those of the upstream', 'a list of host names')),
  })
  .meta({ title: 'Configuration of gatetape', description: 'Flags and GATETAPE_* variables override it.' });

/** Complete configuration: every key has a value. */
export type Config = Readonly<Omit<z.output<typeof configSchema>, '$schema'>>;

/** Name of a setting. */
export type ConfigKey = keyof Config;

/** Every setting, in the order of the documentation. */
export const CONFIG_KEYS: readonly ConfigKey[] = Object.keys(configSchema.shape).filter(
  (key): key is ConfigKey => key !== '$schema',
);

/** Every key of a config file. */
type FileKey = keyof typeof configSchema.shape;

/** What a setting is for and what it expects, as `PURPOSE: EXPECTED`. */
export function describeSetting(key: FileKey): string {
  return configSchema.shape[key].meta()?.description ?? '';
}

/** A setting's default as a file would give it, or null where there is nothing to show. */
export function defaultOf(key: ConfigKey): string | null {
  const { defaultValue } = configSchema.shape[key].def;
  return defaultValue === null || Array.isArray(defaultValue) ? null : String(defaultValue);
}

/** Content of `config.schema.json`. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input' });
}
