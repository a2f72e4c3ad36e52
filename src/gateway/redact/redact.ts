/**
 * Redaction: takes secrets out of payloads, texts and raw bytes before they are written anywhere.
 *
 * In three passes. By path: what the rules name, and keys that always mean a secret. By value: what was found so,
 * and what identifies a client, wherever else it turns up, even behind escapes. By shape: tokens in the URLs of
 * webhooks anywhere, and in bytes that could not be decoded whatever looks like a secret. The text is spliced, never serialised again, so that everything else
 * stays as it came. Equal secrets get equal placeholders, so that a redacted recording still fits together.
 */
import type { JsonKeys } from '../../wire/json/keys.js';
import type { DecodedPayload } from '../decoded.js';
import { OP } from '../opcodes.js';
import { redactEtf } from './etf.js';
import { escapedSplices, type Unmasking } from './escapes.js';
import { scrubBytes, scrubText } from './shapes.js';
import { maskUrl, maskWebhooks, webhookSplices } from './url.js';
import { valueSplices } from './values.js';
import type { Splice } from './walk.js';
import { applySplices, RedactionWalk } from './walk.js';
import type { SecretClass } from './rules.js';
import { ALL_SECRET, RedactionTree, type RuleNode } from './tree.js';
import { SecretValues } from './secret-values.js';

/** What to mask: secrets and identifiers, personal data as well, or nothing. */
export type Redaction = 'secrets' | 'personal' | 'none';

/** Stable stand-in for a secret: equal secrets give equal results, and nothing leads back. */
export type Placeholder = (secret: string) => string;

/** What redaction needs to know of a payload. */
export type RedactablePayload = Pick<DecodedPayload, 'op' | 't' | 'bytes' | 'hasSecretKey'>;

const CLASSES: Readonly<Record<Redaction, ReadonlySet<SecretClass>>> = {
  secrets: new Set(['S', 'I']),
  personal: new Set(['S', 'I', 'P']),
  none: new Set(),
};

/** Schemes in front of a token, which are no secret. */
const SCHEME = /^(Bot|Bearer) (?=.)/;
/** Stand-ins of an earlier redaction stay, so that recording a redacted recording changes nothing. */
const PLACEHOLDER = /^redacted:[0-9a-f]{8,64}$/;
/** Values that only their key gives away are searched for elsewhere when they look random. */
const LOOKS_RANDOM = /^(?!\d+$)\S{16}\S*$/;

/** Redaction of one capture. */
export class Redactor {
  readonly #isOff: boolean;
  readonly #placeholder: Placeholder;
  readonly #tree: RedactionTree;
  readonly #values = new SecretValues();
  readonly #unmasking: Unmasking;

  constructor(options: { readonly redaction: Redaction; readonly placeholder: Placeholder }) {
    this.#isOff = options.redaction === 'none';
    this.#placeholder = (secret) => (PLACEHOLDER.test(secret) ? secret : options.placeholder(secret));
    this.#tree = new RedactionTree(CLASSES[options.redaction]);
    this.#unmasking = {
      without: (text) => maskWebhooks(this.#values.replaceIn(text, this.#placeholder), this.#placeholder),
      placeholder: this.#placeholder,
    };
  }

  /** Keys that a decoder should look for, or null when nothing is masked. */
  get secretKeys(): JsonKeys | null {
    return this.#isOff ? null : this.#tree.secretKeys;
  }

  /** Remembers credentials that are known from elsewhere, such as an `Authorization` header. */
  learn(secrets: readonly string[]): void {
    for (const secret of secrets) this.#remember(secret.replace(SCHEME, ''), true);
  }

  /** Whether everything is kept as it came. */
  get isOff(): boolean {
    return this.#isOff;
  }

  /** Text of a payload without its secrets; the very same bytes when there are none. */
  body({ op, t, bytes, hasSecretKey }: RedactablePayload): Uint8Array {
    if (this.#isOff) return bytes;
    const rules = this.#tree.rulesFor(op, t);
    const splices: Splice[] = [];
    if (hasSecretKey || (rules !== null && !rules.isByKeyOnly)) {
      this.#walk(bytes, rules?.root ?? null, op === OP.IDENTIFY || op === OP.RESUME, splices);
    }
    return this.#withoutValues(bytes, splices);
  }

  /**
   * JSON text of a REST call without its secrets; the very same bytes when there are none. `isCredential` masks
   * every value in it.
   */
  json(bytes: Uint8Array, isCredential: boolean): Uint8Array {
    if (this.#isOff) return bytes;
    const splices: Splice[] = [];
    this.#walk(bytes, isCredential ? ALL_SECRET : this.#tree.rest, isCredential, splices);
    return this.#withoutValues(bytes, splices);
  }

  /** Whether the value of a key of this name is secret wherever it stands. */
  isSecretKey(key: string): boolean {
    return this.#tree.meaningOf(key) === 'secret';
  }

  /** Stand-in for a secret that is known by its place; from now on it is masked wherever it turns up. */
  secret(value: string): string {
    this.#remember(value, false);
    return this.#placeholder(value);
  }

  /** ETF document of a payload whose projection became `body`; null when it cannot be freed of its secrets. */
  etf({ etf, bytes }: Pick<DecodedPayload, 'etf' | 'bytes'>, body: Uint8Array): Uint8Array | null {
    if (this.#isOff || etf === null) return etf;
    const redacted = body === bytes ? etf : redactEtf(etf, bytes, body);
    return redacted !== null && this.#values.findIn(redacted).length === 0 ? redacted : null;
  }

  /** Bytes that could not be decoded, or of a control frame, without what is or looks like a secret. */
  raw(bytes: Uint8Array): Uint8Array {
    if (this.#isOff) return bytes;
    const splices = this.#values
      .findIn(bytes)
      .map(({ start, end, value }) => ({ start, end, text: this.#placeholder(value) }));
    return scrubBytes(splices.length === 0 ? bytes : applySplices(bytes, splices), this.#placeholder);
  }

  /** A short text from a peer, such as a close reason, without what is or looks like a secret. */
  text(text: string): string {
    return this.#isOff ? text : scrubText(this.#values.replaceIn(text, this.#placeholder), this.#placeholder);
  }

  /** Stand-in for a session id or a client's token; the same in every mode, so that captures of all modes agree on it. */
  alias(credential: string): string {
    const bare = credential.replace(SCHEME, '');
    this.#remember(bare, true);
    return this.#placeholder(bare);
  }

  #walk(bytes: Uint8Array, rules: RuleNode | null, isCredential: boolean, splices: Splice[]): void {
    const walk = new RedactionWalk(bytes, this.#tree, splices, {
      mask: (secret, what, isListed) => this.#mask(secret, what, isListed, isCredential),
      maskWithin: (text, meaning) =>
        meaning === 'url' ? maskUrl(text, this.#placeholder) : this.#maskBinary(text),
    });
    walk.run(rules);
  }

  /** `bytes` with the splices, and without the values that are known and the tokens of webhooks. */
  #withoutValues(bytes: Uint8Array, splices: Splice[]): Uint8Array {
    const text = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    webhookSplices(text, this.#placeholder, splices);
    if (!this.#values.isEmpty) valueSplices(bytes, this.#values, this.#placeholder, splices);
    escapedSplices(text, this.#unmasking, splices);
    return splices.length === 0 ? bytes : applySplices(bytes, splices);
  }

  #mask(secret: string, what: SecretClass, isListed: boolean, isCredential: boolean): string {
    const bare = secret.replace(SCHEME, '');
    if (what === 'S' && (isListed || LOOKS_RANDOM.test(bare))) this.#remember(bare, isCredential);
    return secret.slice(0, secret.length - bare.length) + this.#placeholder(bare);
  }

  #maskBinary(base64: string): string {
    const bytes = Buffer.from(base64, 'base64');
    return this.raw(bytes) === bytes ? base64 : this.#placeholder(base64);
  }

  #remember(value: string, isCredential: boolean): void {
    if (!PLACEHOLDER.test(value)) this.#values.remember(value, isCredential);
  }
}
