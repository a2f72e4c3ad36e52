/**
 * Redaction: takes secrets out of payloads, texts and raw bytes before they are written anywhere.
 *
 * There are three passes. By path and key: the entries of the table of secrets. By value: the secrets found so and the
 * credentials of clients, wherever else they occur, in any spelling. By shape: any token, in webhook URLs and
 * elsewhere; in undecodable bytes, everything that looks like a secret. The text is spliced, never serialised again, so
 * everything else stays unchanged. Equal secrets get equal placeholders, so that a redacted recording stays consistent.
 */
import { isWholePlaceholder } from './placeholder.js';
import { isUtf8 } from 'node:buffer';
import {
  byteAt,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  skipString,
  skipValue,
} from '../../wire/json/grammar.js';
import type { JsonKeys } from '../../wire/json/keys.js';
import type { DecodedPayload } from '../decode/decoded.js';
import { OP } from '../opcodes.js';
import { charListSplices } from './char-lists.js';
import { completeJson, endsMasked } from './cut-json.js';
import { redactEtf } from './etf.js';
import { escapedSplices, percentSplices, type Unmasking } from './escapes.js';
import { CREDENTIAL_ROUTE, type SecretClass } from './rules.js';
import { type Holder, MAX_SECRET_VALUES, SecretValues, type ValueMemory } from './secret-values.js';
import { scrubBytes, scrubText } from './scrub.js';
import { findSpelled, findTagged, replaceSpelled } from './spellings.js';
import { hashSplices, maskTokens, tokenSplices } from './token-patterns.js';
import { hasTermKey, readTermKey } from './term-keys.js';
import { isSecret, type KeyPlace, RedactionTree, type RuleNode } from './tree.js';
import { maskUrl, maskWebhooks, webhookSplices } from './url.js';
import { applySplices, type Splice } from '../../wire/splices.js';
import { type Finds, type Holding, RedactionWalk } from './walk.js';

/** Data to mask: secrets and identifiers, personal data as well, or nothing. */
export type Redaction = 'secrets' | 'personal' | 'none';

/** Stable placeholder of a secret: equal secrets give equal results, and it cannot be reversed. */
export type Placeholder = (secret: string) => string;

/** Facts of a payload that redaction needs. */
export type RedactablePayload = Pick<DecodedPayload, 'op' | 't' | 'bytes' | 'hasSecretKey'> & {
  /** ETF document whose projection the text is, or null. */
  readonly etf?: Uint8Array | null;
};

const CLASSES: Readonly<Record<Redaction, ReadonlySet<SecretClass>>> = {
  secrets: new Set(['S', 'I']),
  personal: new Set(['S', 'I', 'P']),
  none: new Set(),
};

/** Schemes before a token, which are not secret. */
const SCHEME = /^\s{0,8}(?:Bot|Bearer|Basic)\s{1,8}(?=\S)/i;
const BASIC = /^\s{0,8}Basic\s{1,8}([\w+/=]+)/i;
/** A value that is secret only by its key is searched for elsewhere if it looks random. */
const LOOKS_RANDOM = /^(?!\d+$)\S{16}\S*$/;
const LINE_ENDS = /[\r\n]+/g;
const PERCENT = 0x25;

/** Settings of the redaction of a capture. */
export interface RedactorOptions {
  readonly redaction: Redaction;
  readonly placeholder: Placeholder;
  /** Memory of secrets for later runs; default: no memory. */
  readonly memory?: ValueMemory | undefined;
}

/** Keys that a decoder should look for, or null if nothing is masked. */
export function findSecretKeys(redaction: Redaction): JsonKeys | null {
  return redaction === 'none' ? null : new RedactionTree(CLASSES[redaction]).secretKeys;
}

/** Redaction of one capture. */
export class Redactor {
  readonly #isOff: boolean;
  readonly #placeholder: Placeholder;
  readonly #tree: RedactionTree;
  readonly #values: SecretValues;
  readonly #unmasking: Unmasking;

  constructor(options: RedactorOptions) {
    this.#values = new SecretValues(options.memory);
    this.#isOff = options.redaction === 'none';
    // Placeholders of an earlier redaction stay, so that recording a redacted recording changes nothing.
    this.#placeholder = (secret) => (isWholePlaceholder(secret) ? secret : options.placeholder(secret));
    this.#tree = new RedactionTree(CLASSES[options.redaction]);
    this.#unmasking = {
      without: (text) => this.#without(text),
      placeholder: this.#placeholder,
      isQuoteHiding: () => this.#values.hasQuoted,
    };
  }

  /** Keys that a decoder should look for, or null if nothing is masked. */
  get secretKeys(): JsonKeys | null {
    return this.#isOff ? null : this.#tree.secretKeys;
  }

  /** Whether everything is kept unchanged. */
  get isOff(): boolean {
    return this.#isOff;
  }

  /** Holder for the credentials of one connection, which are remembered while it is open. */
  hold(): Holder {
    return this.#values.hold();
  }

  /** Remembers credentials that are known from elsewhere, such as an `Authorization` header. */
  learn(secrets: readonly string[], holder: Holder | null = null): void {
    for (const secret of secrets) {
      this.#remember(secret.replace(SCHEME, ''), true, holder);
      const [, pair] = BASIC.exec(secret) ?? [];
      const password =
        pair === undefined
          ? ''
          : Buffer.from(pair, 'base64')
              .toString()
              .replace(/^[^:]*:/, '');
      if (password !== '') this.#remember(password, true, holder);
    }
  }

  /**
   * Text of a payload without its secrets; the identical buffer if it has no secrets. Its credentials are remembered
   * for `holder`.
   */
  body({ op, t, bytes, hasSecretKey, etf }: RedactablePayload, holder: Holder | null = null): Uint8Array {
    if (this.#isOff) return bytes;
    const rules = this.#tree.rulesFor(op, t);
    const finds: Finds = { splices: [], holdings: [] };
    const isEtf = etf instanceof Uint8Array;
    const hasKey = hasSecretKey || (isEtf && hasTermKey(toBuffer(bytes)));
    if (hasKey || rules?.isByKeyOnly === false) {
      const secrets = this.#walk(bytes, rules?.root ?? null, 'gateway', finds);
      this.#rememberOf(op, secrets, holder);
    }
    // Only Erlang writes strings as lists of bytes.
    if (isEtf) charListSplices(toBuffer(bytes), this.#values, finds.splices);
    return this.#withoutKnown(bytes, finds);
  }

  /** JSON text of a REST call on a route without its secrets; the identical buffer if it has no secrets. */
  json(bytes: Uint8Array, route: string): Uint8Array {
    if (this.#isOff) return bytes;
    const finds: Finds = { splices: [], holdings: [] };
    const isCredential = CREDENTIAL_ROUTE.test(route);
    const place = isCredential ? 'credentials' : 'rest';
    const secrets = this.#walk(bytes, this.#tree.rulesForRoute(route), place, finds);
    for (const secret of secrets) this.#remember(secret, isCredential, null);
    charListSplices(toBuffer(bytes), this.#values, finds.splices);
    return this.#withoutKnown(bytes, finds);
  }

  /** Stand-in for the value of a field in a query or a form, or null if its name is not that of a secret. */
  field(name: string, value: string): string | null {
    const meaning = this.#tree.findMeaning(name, '', 'field');
    if (!isSecret(meaning)) return null;
    return meaning?.what === 'S' ? this.secret(value) : this.#placeholder(value);
  }

  /** Stand-in for a secret that is known by its place; from now on it is masked wherever it occurs. */
  secret(value: string): string {
    if (LOOKS_RANDOM.test(value)) this.#remember(value, false, null);
    return this.#placeholder(value);
  }

  /** ETF document of a payload whose projection became `body`; null if its secrets cannot be removed. */
  etf({ etf, bytes }: Pick<DecodedPayload, 'etf' | 'bytes'>, body: Uint8Array): Uint8Array | null {
    if (this.#isOff || etf === null) return etf;
    const redacted = body === bytes ? etf : redactEtf(etf, bytes, body);
    if (redacted === null || this.#values.findIn(redacted).length > 0) return null;
    return findTagged(this.#values, redacted).length === 0 ? redacted : null;
  }

  /** Bytes that could not be decoded, or of a control frame, without what is or looks like a secret. */
  raw(bytes: Uint8Array): Uint8Array {
    if (this.#isOff) return bytes;
    const json = isJson(bytes) ? this.#bare(bytes) : this.#brokenJson(bytes);
    const splices = [...findSpelled(this.#values, json), ...findTagged(this.#values, json)].map(
      ({ start, end, value }) => ({ start, end, text: this.#placeholder(value) }),
    );
    return scrubBytes(splices.length === 0 ? json : applySplices(json, splices), this.#placeholder);
  }

  /** JSON that is not a payload, by its keys. */
  #bare(bytes: Uint8Array): Uint8Array {
    return this.body({ op: -1, t: null, bytes, hasSecretKey: true, etf: bytes });
  }

  /** The same for the valid beginning of other text. */
  #brokenJson(bytes: Uint8Array): Uint8Array {
    const completed = completeJson(bytes);
    if (completed === null || !isJson(completed.text)) return bytes;
    const { text, closers } = completed;
    const masked = this.#bare(text);
    if (masked === text) return bytes;
    const beginning = masked.subarray(0, masked.length - closers.length);
    // A cut string that is masked goes with its last word, which may be half a secret.
    const isCutMasked = closers[0] === QUOTE && endsMasked(beginning);
    return isCutMasked ? beginning : Buffer.concat([beginning, bytes.subarray(text.length - closers.length)]);
  }

  /** A short text from a peer, such as a close reason, without what is or looks like a secret. */
  text(text: string): string {
    return this.#isOff ? text : scrubText(this.#without(text), this.#placeholder);
  }

  /** A URL without what is or looks like a secret, and without fields that hold one. */
  url(url: string): string {
    if (this.#isOff) return url;
    return this.#without(maskUrl(url, this.#placeholder, (name, value) => this.field(name, value)));
  }

  /** Stand-in for a session id or a client's token; the same in every mode, so that captures of all modes agree on it. */
  alias(credential: string, holder: Holder | null = null): string {
    const bare = credential.replace(SCHEME, '');
    this.#remember(bare, true, holder);
    return this.#placeholder(bare);
  }

  /** `text` without known values in any spelling, and without any token. */
  #without(text: string): string {
    const known = replaceSpelled(text, this.#values, this.#placeholder);
    return maskTokens(maskWebhooks(known, this.#placeholder), this.#placeholder);
  }

  /** Finds the entries of the table of secrets; returns the secrets to remember, at most the last ones. */
  #walk(bytes: Uint8Array, rules: RuleNode | null, place: KeyPlace, finds: Finds): readonly string[] {
    const secrets: string[] = [];
    const walk = new RedactionWalk(bytes, this.#tree, place, finds, (secret, what, isListed) => {
      const bare = secret.replace(SCHEME, '');
      if (what === 'S' && (isListed || LOOKS_RANDOM.test(bare.replace(LINE_ENDS, '')))) secrets.push(bare);
      return secret.slice(0, secret.length - bare.length) + this.#placeholder(bare);
    });
    walk.run(rules);
    return secrets.slice(-MAX_SECRET_VALUES / 2);
  }

  /** `bytes` with the finds replaced, and without secrets by value or by shape. */
  #withoutKnown(bytes: Uint8Array, { splices, holdings }: Finds): Uint8Array {
    const text = toBuffer(bytes);
    for (const holding of holdings) {
      const masked = this.#withinHolding(holding);
      if (masked === holding.text) continue;
      splices.push({ start: holding.start, end: holding.end, text: JSON.stringify(masked) });
    }
    const hasPercent = text.indexOf(PERCENT) !== -1;
    webhookSplices(text, hasPercent, this.#placeholder, splices);
    tokenSplices(text, this.#placeholder, splices);
    hashSplices(text, this.#placeholder, splices);
    valueSplices(bytes, this.#values, this.#placeholder, splices);
    if (hasPercent) percentSplices(text, this.#unmasking, splices);
    escapedSplices(text, this.#unmasking, splices);
    return splices.length === 0 ? bytes : applySplices(bytes, splices);
  }

  /** A URL, base64 of other bytes than UTF-8, or a key of ETF, without its secret parts, or as it is. */
  #withinHolding({ text, what }: Holding): string {
    if (what === 'url') return this.url(text);
    const bytes = (what === 'term' ? readTermKey(text) : null) ?? Buffer.from(text, 'base64');
    return this.raw(bytes) === bytes ? text : this.#placeholder(text);
  }

  /** Remembers the secrets of a payload. */
  #rememberOf(op: number, secrets: readonly string[], holder: Holder | null): void {
    const isCredential = op === OP.IDENTIFY || op === OP.RESUME;
    for (const secret of secrets) this.#remember(secret, isCredential, isCredential ? holder : null);
  }

  #remember(value: string, isCredential: boolean, holder: Holder | null): void {
    if (isWholePlaceholder(value)) return;
    if (holder === null) this.#values.remember(value, isCredential);
    else holder.add(value);
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Whether bytes are a JSON text of bounded depth with a string in it, or an array or object. */
function isJson(bytes: Uint8Array): boolean {
  const start = skipSpace(bytes, 0);
  const first = byteAt(bytes, start);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET && first !== QUOTE) return false;
  const end = skipValue(bytes, start, null);
  return end > 0 && skipSpace(bytes, end) === bytes.length && isUtf8(bytes);
}

/**
 * Adds the splices for the values in strings of the valid JSON text `bytes`. A value in a number or between strings is
 * not masked: it is not a secret there, and the text must stay JSON for any token. Values with a quote are not
 * searched for here, so no match crosses the end of a string.
 */
export function valueSplices(
  bytes: Uint8Array,
  values: SecretValues,
  placeholder: (secret: string) => string,
  splices: Splice[],
): void {
  const found = values.findInJson(bytes);
  if (found.length === 0) return;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let next = 0;
  for (let open = text.indexOf(QUOTE); open >= 0 && next < found.length;) {
    const close = skipString(bytes, open);
    for (let one = found[next]; one !== undefined && one.start < close; one = found[(next += 1)]) {
      if (one.start > open) splices.push({ start: one.start, end: one.end, text: placeholder(one.value) });
    }
    open = text.indexOf(QUOTE, close);
  }
}
