/**
 * Free text in a tape: masks user-written text letter by letter, and replaces possible secrets in any text.
 *
 * The patterns prefer false matches: a tape belongs in git, where nothing can be taken back. They run after the
 * redaction by path and value, for secrets in unexpected places.
 */
import { NO_PLACEHOLDER, NOT_IN_PLACEHOLDER, PLACEHOLDER } from '../../gateway/redact/placeholder.js';
import { ID_DIGITS } from '../../gateway/snowflake.js';

/** Stable placeholder for a secret. */
export type Replace = (secret: string) => string;

const MENTION = String.raw`<(?:@[!&]?|#|a?:\w{1,32}:|\/[^:<>]{1,100}:)${ID_DIGITS}>|<t:-?\d+(?::\w)?>`;
const WRITTEN = new RegExp(`${MENTION}|${PLACEHOLDER}|[\\p{L}\\p{M}\\p{N}]`, 'gu');

const PATH = /^\/|:\/\//;
const RUN = new RegExp(String.raw`${NOT_IN_PLACEHOLDER}[\w+/=-]{20}[\w+/=-]*`, 'g');
const PATH_RUN = new RegExp(String.raw`${NOT_IN_PLACEHOLDER}[\w+=-]{20}[\w+=-]*`, 'g');
// Pictures are named by a hash of their content.
const PICTURE = /^(?:a_)?[0-9a-f]{32}$/;
const PICTURE_TYPE = /^\.(?:png|jpe?g|webp|gif|avif)\b/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const CREDENTIALS = [
  /(?<![\w.-])[\w-]{18,30}\.[\w-]{5,7}\.[\w-]{25,60}(?![\w-])/g, // a token of Discord, of any account
  /\bmfa\.[\w-]{20}[\w-]*/g,
  /-----BEGIN [A-Z ]*KEY-----(?:[^-]*-----END [A-Z ]*KEY-----)?/g, // RFC 7468
  new RegExp(String.raw`(?<=\b(?:Bearer|Bot|Basic)\s{1,4})${NO_PLACEHOLDER}[\w.~+/=-]{16}[\w.~+/=-]*`, 'g'),
  new RegExp(
    String.raw`(?<=\bcookie["']?\s{0,4}[:=]\s{0,4}["']?[\w-]{1,80}=)${NO_PLACEHOLDER}[^;\s"']{8}[^;\s"']*`,
    'gi',
  ),
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bxox[a-z]-[\w-]{10}[\w-]*/g, // Amazon, Slack: of one case only
];
const ADDRESSES = [
  /(?<![\w.+-])[\w.+-]{1,64}@(?!\dx\.)[\w-]{1,63}(?:\.[\w-]{1,63})+(?![\w-])/g, // e-mail, but not picture@2x.png
  /(?<![\w.])\+\d[\d ()-]{6,20}\d(?!\w)/g, // telephone, E.164
  /(?<![\w.]|[A-Za-z]\/)(?!127\.|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}(?![\w.])/g, // IPv4, but not Chrome/120.0.0.0
  /(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*(?![\w:])/gi, // IPv6
];

/** User-written text, with `x` for every letter and digit; mentions, spaces and signs are kept. */
export function masked(written: string): string {
  return written.replace(WRITTEN, (part) => (part.length > 2 && /^[<r]/.test(part) ? part : 'x'));
}

/** `text` with placeholders for addresses of people and machines, and for random-looking parts. */
export function withoutSecrets(text: string, replace: Replace): string {
  if (text.length < 8) return text;
  let result = text;
  for (const net of [...CREDENTIALS, ...ADDRESSES]) result = result.replace(net, replace);
  // A slash occurs in base64, but also between the parts of a path.
  const run = PATH.test(text) ? PATH_RUN : RUN;
  return result.replace(run, (part, at: number) =>
    looksRandom(part) && !(PICTURE.test(part) && PICTURE_TYPE.test(result.slice(at + part.length, at + 48)))
      ? replace(part)
      : part,
  );
}

/** Long, and of letters and digits mixed as no word is; snake case has one case only. */
function looksRandom(part: string): boolean {
  if (UUID.test(part) || !/\d/.test(part)) return false;
  if (/[a-z]/.test(part) && /[A-Z]/.test(part)) return true;
  return /[0-9a-z]{24}/i.test(part) && /[a-z]/i.test(part);
}
