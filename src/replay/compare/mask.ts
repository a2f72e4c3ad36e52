/**
 * Mask: fields that differ from one playing of a session to the next, and say nothing when they do.
 *
 * A rule is `NAME:PATH`. NAME is an event, or an opcode's name where there is no event, with `*` for any
 * characters; PATH leads to a field of the payload: keys with dots between them, `[]` for every element of
 * an array, `*` for every key. Fields that a rule names are left out of a comparison on both sides.
 */
import { UsageError } from '../../errors.js';
import { opcodeName } from '../../gateway/opcodes.js';
import { asObject, type JsonValue } from '../../gateway/payload.js';

/** What is volatile in every session; the user's own rules come on top. */
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
  'RATE_LIMITED:d.retry_after', // what was left of the wait at that moment
  'INTERACTION_CREATE:d.token',
  'VOICE_STATE_UPDATE:d.session_id',
  'VOICE_SERVER_UPDATE:d.token',
  'VOICE_SERVER_UPDATE:d.endpoint',
];

type Path = readonly string[];

interface Rule {
  readonly name: RegExp;
  readonly path: Path;
}

const RULE = /^([A-Za-z0-9_*]+):((?:[\w$*-]+|\[\])(?:\.[\w$*-]+|\[\])*)$/;
const ELEMENT = '[]';

/** Rules, ready to be applied. */
export class Mask {
  readonly #rules: readonly Rule[];
  readonly #paths = new Map<string, readonly Path[]>();

  /** Takes rules in text form. Throws a UsageError for one that is none. */
  constructor(rules: readonly string[]) {
    this.#rules = rules.map(parseRule);
  }

  /** A payload's value without the fields that are masked for it; the value itself where there are none. */
  apply(value: JsonValue, op: number | null, event: string | null): JsonValue {
    const name = event ?? (op === null ? 'CLOSE' : (opcodeName(op) ?? `OP_${op}`));
    return this.#pathsOf(name).reduce((rest, path) => without(rest, path), value);
  }

  #pathsOf(name: string): readonly Path[] {
    const known = this.#paths.get(name);
    if (known !== undefined) return known;
    const paths = this.#rules.filter((rule) => rule.name.test(name)).map(({ path }) => path);
    this.#paths.set(name, paths);
    return paths;
  }
}

function parseRule(text: string): Rule {
  const [, name, path] = RULE.exec(text) ?? [];
  if (name === undefined || path === undefined) {
    throw new UsageError(
      `"${text}" is no rule for fields to ignore`,
      'write NAME:PATH, such as MESSAGE_*:d.nonce',
    );
  }
  return {
    name: new RegExp(`^${name.replaceAll('*', '.*')}$`),
    path: path
      .replaceAll(ELEMENT, `.${ELEMENT}`)
      .split('.')
      .filter((part) => part !== ''),
  };
}

function without(value: JsonValue, [key, ...rest]: Path): JsonValue {
  if (key === undefined) return value;
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[];
    if (key !== ELEMENT) return items;
    const kept: JsonValue[] = [];
    if (rest.length > 0) for (const item of items) kept.push(without(item, rest));
    return kept;
  }
  const object = asObject(value);
  if (object === null || key === ELEMENT || (key !== '*' && !Object.hasOwn(object, key))) return value;
  const entries = Object.entries(object).flatMap(([name, item]): [string, JsonValue][] => {
    if (key !== '*' && name !== key) return [[name, item]];
    return rest.length === 0 ? [] : [[name, without(item, rest)]];
  });
  return Object.fromEntries(entries);
}
