/**
 * Shapes of secrets and personal data, as a referee of what redaction has left.
 *
 * This list is on purpose not the redactor's: what one of them overlooks the other one is to find. It says what a
 * secret looks like wherever it stands, and where it does not count. Source: shapes of Discord's tokens
 * (Discord Docs/Reference, "Authentication"), RFC 7519 (JWT), RFC 7468 (PEM), ITU-T E.164 (telephone numbers).
 */

/** One shape. */
export interface LeakPattern {
  /** Short stable name. */
  readonly kind: string;
  readonly pattern: RegExp;
  /** Whether a match is harmless: by itself, by the key that it stands under, by what follows it. */
  readonly isHarmless?: (match: string, key: string, after: string) => boolean;
}

const PICTURE_KEY = /avatar|banner|icon|splash|cover_image|asset|image|ratelimit-bucket/i;
const PICTURE_FILE = /^\.(?:png|jpe?g|webp|gif|avif)\b/i;
const IS_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const isPicture = (_match: string, key: string, after: string): boolean =>
  PICTURE_KEY.test(key) || PICTURE_FILE.test(after);

/** Every shape; of several that match at one place the first counts. */
export const LEAK_PATTERNS: readonly LeakPattern[] = [
  {
    kind: 'discord-token',
    pattern: /(?<![\w.-])[A-Za-z0-9_-]{18,30}\.[A-Za-z0-9_-]{5,7}\.[A-Za-z0-9_-]{25,60}(?![\w-])/g,
  },
  { kind: 'discord-mfa-token', pattern: /\bmfa\.[\w-]{20}[\w-]*/g },
  { kind: 'webhook-url', pattern: /\/webhooks\/\d{15,20}\/[\w-]{20}[\w-]*/g },
  { kind: 'interaction-token', pattern: /aW50ZXJhY3Rpb246[\w+/=-]{8}[\w+/=-]*/g }, // base64 of `interaction:`
  { kind: 'jwt', pattern: /\beyJ[\w-]{8}[\w-]*\.[\w-]{8}[\w-]*\.[\w-]*/g },
  { kind: 'private-key', pattern: /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----/g },
  { kind: 'authorization', pattern: /\b(?:Bearer|Bot|Basic)\s+(?!redacted\b)[\w.~+/=-]{16}[\w.~+/=-]*/g },
  {
    kind: 'api-key',
    pattern:
      /\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}\w*|xox[abprs]-[\w-]{10}[\w-]*|sk_live_\w{16}\w*|AIza[\w-]{35})/g,
  },
  { kind: 'cookie', pattern: /\bcookie["']?\s*[:=]\s*["']?[\w-]+=(?!redacted:)[^;\s"']{8}[^;\s"']*/gi },
  {
    kind: 'email',
    pattern: /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*\.[A-Za-z]{2}[A-Za-z]*/g,
    isHarmless: (match) => /@\dx\./.test(match),
  },
  { kind: 'phone', pattern: /(?<![\w.])\+[1-9]\d{7,14}(?!\d)/g },
  {
    kind: 'ip-address',
    pattern:
      /(?<![\w.-]|[A-Za-z]\/)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.-])/g,
    isHarmless: (match, key) => /^(?:127\.|0\.0\.0\.0$)/.test(match) || /version/i.test(key),
  },
  { kind: 'ip-address', pattern: /(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])/gi },
  { kind: 'ip-address', pattern: /(?<![\w:])(?:[0-9a-f]{1,4}:){3,6}:[0-9a-f]{1,4}(?![\w:])/gi },
  {
    kind: 'hex',
    pattern: /(?<![0-9A-Za-z])[0-9a-f]{32}[0-9a-f]*(?![0-9A-Za-z])/gi,
    isHarmless: (match, key, after) => /^\d+$/.test(match) || isPicture(match, key, after),
  },
  {
    kind: 'random',
    pattern: /(?<![\w+-])[\w+=-]{28}[\w+=-]*(?![\w+=-])/g,
    isHarmless: (match, key, after) => !isRandom(match) || isPicture(match, key, after),
  },
];

/** Keys whose values are secrets, whatever they look like. */
const TELLING_KEY = /token|secret|passw|session_?id|authorization|cookie|e-?mail|phone|api_?key/i;
const STAND_IN = /^(?:(?:Bot|Bearer) )?redacted:[0-9a-f]{8,64}$/;

/** Whether a value is a secret by the key that it stands under. */
export function isNamedSecret(value: string, key: string): boolean {
  // A number alone is an id: `continuation_token` is a member's.
  return (
    value.length >= 8 &&
    TELLING_KEY.test(key) &&
    !STAND_IN.test(value) &&
    !/^-?[\d.]+(?:e[+-]?\d+)?$/i.test(value)
  );
}

// Entropy of a run in bits a character: words and snake case stay under 3.8, base64 of 28 characters is over 4.
const MIN_ENTROPY = 3.9;

function isRandom(run: string): boolean {
  if (IS_UUID.test(run) || !/\d/.test(run) || !/[a-z]/.test(run)) return false;
  if (!/[A-Z]/.test(run) && !/[0-9a-z]{32}/.test(run)) return false;
  return measureEntropy(run) >= MIN_ENTROPY;
}

/** Shannon entropy of the characters of a text, in bits for each. */
export function measureEntropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
