/**
 * Mask: fields that differ from one run of a session to the next without meaning.
 *
 * A rule is `NAME:PATH`, or `**.PATH` for every NAME. NAME is an event, or an opcode's name if there is no event, with
 * `*` for any characters. PATH leads to a field of the payload: keys with dots between them, `[]` for every element of
 * an array, `*` for every key, `**` for any depth. A comparison ignores the fields of a rule on both sides. The rule
 * `made-meanwhile` applies to values in any field: see meanwhile.ts.
 */
import { UsageError } from '../../errors.js';
import { opcodeName } from '../../gateway/opcodes.js';
import { asObject, type JsonValue } from '../../gateway/payload.js';
import { GRACE_MS } from '../rebase/time-shift.js';
import { MADE_MEANWHILE, replaceMoments } from './meanwhile.js';

/** Fields that are volatile in every session; the user's own rules are added. */
export const VOLATILE_RULES: readonly string[] = [
  '*:d._trace', // timings of the gateway's own calls
  'READY:d.session_id',
  'READY:d.resume_gateway_url',
  'READY:d.geo_ordered_rtc_regions', // depends on where the client is
  'READY:d.auth_session_id_hash',
  'READY:d.static_client_session_id',
  'READY:d.analytics_token',
  'READY:d.sessions[].session_id',
  'SESSIONS_REPLACE:d[].session_id',
  'GUILD_MEMBERS_CHUNK:d.nonce', // the client's, made up for each request
  'RATE_LIMITED:d.meta.nonce',
  'RATE_LIMITED:d.retry_after', // the rest of the wait at that moment
  'INTERACTION_CREATE:d.token',
  'VOICE_STATE_UPDATE:d.session_id',
  'VOICE_SERVER_UPDATE:d.token',
  'VOICE_SERVER_UPDATE:d.endpoint',
];

type Path = readonly [string, ...string[]];

function isPath(parts: readonly string[]): parts is Path {
  return parts.length > 0;
}

interface Rule {
  /** With `*` for any characters. */
  readonly name: string;
  readonly path: Path;
}

const NAME = /^[A-Za-z0-9_*]+$/;
const PART = /^[\w$*-]+$/;
const ELEMENT = '[]';
const ANY_DEPTH = '**';

/** Rules, ready to be applied. */
export class Mask {
  readonly #rules: readonly Rule[];
  readonly #paths = new Map<string, readonly Path[]>();
  readonly #sinceMs: number | null;

  /**
   * Takes rules as text, and the start of the first compared recording in µs since the Unix epoch. If the start is
   * null, no value counts as made meanwhile; if it is omitted, that rule is not allowed. Throws a UsageError for an
   * invalid rule.
   */
  constructor(rules: readonly string[], startedAtUs?: number | null) {
    const paths = startedAtUs === undefined ? rules : rules.filter((rule) => rule !== MADE_MEANWHILE);
    this.#rules = paths.map(parseRule);
    const isAsked = paths.length < rules.length;
    this.#sinceMs = isAsked && startedAtUs != null ? startedAtUs / 1_000 - GRACE_MS : null;
  }

  /** A payload's value without its masked fields; the same value if nothing is masked. */
  apply(value: JsonValue, op: number | null, event: string | null): JsonValue {
    const name = event ?? (op === null ? 'CLOSE' : (opcodeName(op) ?? `OP_${op}`));
    const kept = this.#findPaths(name).reduce((rest, path) => without(rest, path), value);
    return this.#sinceMs === null ? kept : replaceMoments(kept, this.#sinceMs);
  }

  #findPaths(name: string): readonly Path[] {
    const known = this.#paths.get(name);
    if (known !== undefined) return known;
    const paths = this.#rules.filter((rule) => matchesGlob(rule.name, name)).map(({ path }) => path);
    this.#paths.set(name, paths);
    return paths;
  }
}

function parseRule(text: string): Rule {
  const colon = text.indexOf(':');
  const name = colon < 0 && text.startsWith(`${ANY_DEPTH}.`) ? '*' : text.slice(0, Math.max(colon, 0));
  const path = parsePath(text.slice(colon + 1));
  if (path !== null && NAME.test(name)) return { name, path };
  throw new UsageError(
    `"${text}" is not a rule for fields to ignore`,
    'write NAME:PATH, such as MESSAGE_*:d.nonce, or **.KEY for a key at any depth',
  );
}

/** Returns null if the text is not a path, or does not end in a field. */
function parsePath(text: string): Path | null {
  const parts = text.replaceAll(ELEMENT, `.${ELEMENT}`).split('.');
  const path = parts[0] === '' ? parts.slice(1) : parts;
  const isMade = path.every((part) => part === ELEMENT || PART.test(part)) && path.at(-1) !== ANY_DEPTH;
  if (!isMade || text.startsWith('.')) return null;
  const short = path.filter((part, index) => part !== ANY_DEPTH || path[index - 1] !== ANY_DEPTH);
  return isPath(short) ? short : null;
}

/** Whether `glob`, in which `*` is any characters, matches `text`; each part is searched once, in order. */
function matchesGlob(glob: string, text: string): boolean {
  const [first = '', ...others] = glob.split('*');
  const last = others.pop();
  if (last === undefined) return glob === text;
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.endsWith(last) && at + last.length <= text.length;
}

/** `value` without the target of `path`, which may begin at any depth. */
function withoutAnywhere(value: JsonValue, path: Path): JsonValue {
  const rest = without(value, path);
  if (Array.isArray(rest)) return (rest as readonly JsonValue[]).map((item) => withoutAnywhere(item, path));
  const object = asObject(rest);
  if (object === null) return rest;
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, withoutAnywhere(item, path)]));
}

function without(value: JsonValue, [key, ...rest]: Path): JsonValue {
  if (key === ANY_DEPTH && isPath(rest)) return withoutAnywhere(value, rest);
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[];
    if (key !== ELEMENT) return items;
    const kept: JsonValue[] = [];
    if (isPath(rest)) for (const item of items) kept.push(without(item, rest));
    return kept;
  }
  const object = asObject(value);
  if (object === null || key === ELEMENT || (key !== '*' && !Object.hasOwn(object, key))) return value;
  const entries = Object.entries(object).flatMap(([name, item]): [string, JsonValue][] => {
    if (key !== '*' && name !== key) return [[name, item]];
    return isPath(rest) ? [[name, without(item, rest)]] : [];
  });
  return Object.fromEntries(entries);
}
