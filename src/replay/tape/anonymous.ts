/**
 * Anonymous: makes a recording fit for git, without secrets and without personal data.
 *
 *   redaction by path and value ─► nets for possible secrets ─► pseudonyms ─► written content, masked
 *
 * It does not rely on earlier redaction. Names of guilds, channels, roles, commands and emojis are kept, because
 * programs look things up by them.
 */
import { isObfuscatedChannel, OBFUSCATED_NAME } from '../../gateway/obfuscation.js';
import { asObject, type JsonValue } from '../../gateway/payload.js';
import { formatPlaceholder, isPlaceholder, PLACEHOLDER } from '../../gateway/redact/placeholder.js';
import { Redactor } from '../../gateway/redact/redact.js';
import { parseRoute } from '../../gateway/rest-path.js';
import { WRITTEN_KEYS } from '../../gateway/redact/rules.js';
import { masked, withoutSecrets } from './free-text.js';
import { type Cover, mapLeaves, sliceObject, type LeafLocation } from './json-leaves.js';
import { Pseudonyms, type Digest } from './pseudonyms.js';
import { withText } from '../payload-splice.js';
import type { RecordedExchange, Recording, RecordingStep } from '../recording.js';

/** Parts of a recording that are kept unchanged; its secrets never are. */
export interface Privacy {
  /** Ids, names and pictures of people. */
  readonly people: 'pseudonymise' | 'keep';
  /** Text written by users. */
  readonly content: 'mask' | 'keep';
}

/** Text that people write, by the rules of the redaction; links are searched for secrets instead. */
const WRITTEN = WRITTEN_KEYS.filter((key) => !key.endsWith('url')).map((key) => key.split('.'));
/** Keys of what people write, wherever they are: those of the table, and more, since a tape needs none of them. */
const CONTENT: ReadonlySet<string> = new Set([
  ...WRITTEN.filter((path) => path.length === 1).flat(),
  ...'topic description title text state details query large_text small_text filename'.split(' '),
]);
/** Such keys within the object of another key. */
const CONTENT_WITHIN: ReadonlySet<string> = new Set([
  ...WRITTEN.filter((path) => path.length === 2).map((path) => path.join('.')),
  'connected_accounts.name',
]);
const DISPLAY_NAMES: ReadonlySet<string> = new Set(['global_name', 'nick', 'display_name', 'nickname']);
const USERNAMES: ReadonlySet<string> = new Set(['username', 'legacy_username']);
/** Keys of numbers that can be as long as an id. */
const NO_IDS = /permissions|flags|intents|^(?:allow|deny)$/;
const PICTURE_KEYS: ReadonlySet<string> = new Set(
  'avatar banner icon splash discovery_splash cover_image asset image x-ratelimit-bucket'.split(' '),
);
const PICTURE = /^(?:a_)?[0-9a-f]{32}$/;
const PICTURE_PATH = /(?<=\/)(?:a_)?[0-9a-f]{32}(?=\.(?:png|jpe?g|webp|gif|avif)\b)/g;
/** Keys of secrets beyond those that the redaction knows. */
const SECRET_KEY = /token|secret|passw|session_?id|authorization|cookie|e-?mail|phone|api_?key/i;
/** Keys of objects of secrets, whose keys are their names. */
const SECRETS_KEY = /(?:secret|token|password|cookie)s?$/i;

/** `recording` in a form for any reader who does not have the key of `digest`. */
export function anonymise(recording: Recording, privacy: Privacy, digest: Digest): Recording {
  const anonymiser = new Anonymiser(privacy, digest);
  const { library, steps, exchanges } = recording;
  return {
    ...recording,
    library: library === null ? null : anonymiser.text(library),
    steps: steps.map((step) => anonymiser.step(step)),
    exchanges: exchanges.map((exchange) => anonymiser.exchange(exchange)),
  };
}

class Anonymiser {
  readonly #privacy: Privacy;
  readonly #pseudonyms: Pseudonyms;
  readonly #redactor: Redactor;
  readonly #placeholder: (secret: string) => string;

  constructor(privacy: Privacy, digest: Digest) {
    this.#privacy = privacy;
    this.#pseudonyms = new Pseudonyms(digest);
    this.#placeholder = (secret) => formatPlaceholder(digest(`secret ${secret}`));
    this.#redactor = new Redactor({ redaction: 'secrets', placeholder: this.#placeholder });
  }

  step(step: RecordingStep): RecordingStep {
    if (step.type === 'close') return { ...step, reason: this.text(step.reason) };
    const { op, t } = step.payload;
    const bytes = Buffer.from(step.text);
    const redacted = this.#redactor.body({ op, t, bytes, hasSecretKey: true });
    const text = this.#json(redacted === bytes ? step.text : Buffer.from(redacted).toString());
    return withText(step, text);
  }

  exchange(exchange: RecordedExchange): RecordedExchange {
    const headers = Object.entries(exchange.responseHeaders);
    const route = parseRoute(exchange.path);
    return {
      ...exchange,
      path: this.text(exchange.path),
      requestBody: this.#body(exchange.requestBody, route),
      responseBody: this.#body(exchange.responseBody, route),
      responseHeaders: Object.fromEntries(
        headers.map(([key, value]) => [
          key,
          this.#string(value, { key, parent: '', cover: null, objectAt: -1 }),
        ]),
      ),
    };
  }

  /** Anonymises a text outside of JSON. */
  text(text: string): string {
    return this.#ids(this.#pictures(withoutSecrets(this.#redactor.text(text), this.#placeholder)));
  }

  #body(body: string | null, route: string): string | null {
    if (body === null) return null;
    if (isJson(body)) {
      const redacted = this.#redactor.json(Buffer.from(body), route);
      return this.#json(Buffer.from(redacted).toString());
    }
    return this.#privacy.content === 'keep' ? this.text(body) : masked(this.text(body));
  }

  #json(json: string): string {
    const hidden = new HiddenChannelText(json);
    return mapLeaves(json, {
      string: (value, place) => (hidden.has(value, place) ? value : this.#string(value, place)),
      key: (name) => this.text(name),
      number: (text, { key }) => (NO_IDS.test(key) ? text : this.#ids(text)),
      cover: findCover,
    });
  }

  #string(value: string, place: LeafLocation): string {
    if (PICTURE_KEYS.has(place.key) && PICTURE.test(value)) return this.#picture(value);
    const isSecret = place.cover === 'secret' || SECRET_KEY.test(place.key);
    if (isSecret && isSecretValue(value)) return this.#placeholder(value);
    const name = this.#privacy.people === 'keep' ? null : this.#name(value, place);
    if (name !== null) return name;
    const text = NO_IDS.test(place.key) ? value : this.text(value);
    return this.#privacy.content === 'mask' && isContent(place) ? masked(text) : text;
  }

  // The pseudonym of a name, or null if the value is not a name.
  #name(value: string, { key }: LeafLocation): string | null {
    if (value === '' || isPlaceholder(value)) return null;
    if (USERNAMES.has(key)) return this.#pseudonyms.username(value);
    if (DISPLAY_NAMES.has(key)) return this.#pseudonyms.displayName(value);
    return key === 'discriminator' ? this.#pseudonyms.discriminator(value) : null;
  }

  #picture(hash: string): string {
    return this.#privacy.people === 'keep' ? hash : this.#pseudonyms.picture(hash);
  }

  #pictures(text: string): string {
    return text.replace(PICTURE_PATH, (hash) => this.#picture(hash));
  }

  #ids(text: string): string {
    return this.#privacy.people === 'keep' ? text : this.#pseudonyms.ids(text);
  }
}

/** Obfuscated channels of a JSON text: their name and topic are the gateway's words, and mark what a program must know. */
class HiddenChannelText {
  readonly #json: string;
  readonly #known = new Map<number, boolean>();

  constructor(json: string) {
    this.#json = json;
  }

  /** Whether a text is that of an obfuscated channel; a real one can have the same name, without the flag. */
  has(value: string, { objectAt }: LeafLocation): boolean {
    if (value !== OBFUSCATED_NAME || objectAt === -1) return false;
    const known = this.#known.get(objectAt);
    if (known !== undefined) return known;
    const object = asObject(JSON.parse(sliceObject(this.#json, objectAt)) as JsonValue);
    const isHidden = object !== null && isObfuscatedChannel(object);
    this.#known.set(objectAt, isHidden);
    return isHidden;
  }
}

/** Values that cannot be secret: a number alone is an id; a placeholder is kept. */
const HARMLESS = new RegExp(String.raw`^\d+$|^(?:(?:Bot|Bearer) )?${PLACEHOLDER}$`);

function isSecretValue(value: string): boolean {
  return value.length >= 8 && !HARMLESS.test(value);
}

function findCover(place: LeafLocation): Cover | null {
  if (place.cover === 'secret' || SECRETS_KEY.test(place.key)) return 'secret';
  return isContent(place) ? 'content' : null;
}

function isContent({ key, parent, cover }: LeafLocation): boolean {
  return cover === 'content' || CONTENT.has(key) || CONTENT_WITHIN.has(`${parent}.${key}`);
}

function isJson(text: string): boolean {
  if (!/^\s*[[{"]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
