/**
 * Conditions on the content of payloads: guild, channel or user, a field's value, a piece of text.
 *
 * They read bodies, so they cost a pass over all frames that the other conditions let through. Every value and every
 * path is bound. Frames without a payload never pass. Guild, channel and user are those of the view frame_view. Source:
 * sqlite.org/json1.html (paths, ->>, json_type).
 */
import { whereAll, EVERYTHING, type Condition } from './condition.js';
import type { SqlValue } from './database.js';

/** How a field is compared; `~` is a glob. */
export const FIELD_OPERATORS = ['=', '!=', '<', '<=', '>', '>=', '~'] as const;

/** One of them. */
export type FieldOperator = (typeof FIELD_OPERATORS)[number];

/**
 * Value to compare a field with. A number also equals a string with these digits, because the gateway writes ids so.
 */
export interface FieldValue {
  readonly type: 'null' | 'boolean' | 'number' | 'string';
  readonly text: string;
}

/** A condition on one field of a payload, such as `d.author.bot = true`. */
export interface FieldComparison {
  /** Keys of objects and indexes of arrays, from the payload down; -1 is the last element. */
  readonly path: readonly (string | number)[];
  readonly operator: FieldOperator;
  readonly value: FieldValue;
}

/** Conditions on a payload. An omitted one does not restrict. */
export interface BodyFilter {
  /** Id of the guild, channel or user that the payload is about, or is in. */
  readonly guild?: string | undefined;
  readonly channel?: string | undefined;
  readonly user?: string | undefined;
  /** All of these have to hold. */
  readonly where?: readonly FieldComparison[] | undefined;
  /** Text that occurs in the JSON as it was recorded; the case of ASCII letters does not matter. */
  readonly text?: string | undefined;
}

const GUILD_EVENTS = ['GUILD_CREATE', 'GUILD_UPDATE', 'GUILD_DELETE'];
const CHANNEL_EVENTS = ['CREATE', 'UPDATE', 'DELETE'].flatMap((what) => [
  `CHANNEL_${what}`,
  `THREAD_${what}`,
]);
const USER_FIELDS = ['$.d.user_id', '$.d.author.id', '$.d.user.id', '$.d.member.user.id'];

/** Condition on frame. */
export function bodyCondition({ guild, channel, user, where, text }: BodyFilter): Condition {
  const body = whereAll([
    text === undefined ? EVERYTHING : containing(text),
    guild === undefined ? EVERYTHING : about(guild, ['$.d.guild_id'], GUILD_EVENTS),
    channel === undefined ? EVERYTHING : about(channel, ['$.d.channel_id'], CHANNEL_EVENTS),
    user === undefined ? EVERYTHING : about(user, USER_FIELDS, []),
    ...(where ?? []).map(comparing),
  ]);
  if (body === EVERYTHING) return EVERYTHING;
  return { ...body, sql: `EXISTS (SELECT 1 FROM payload WHERE frame_id = frame.id AND ${body.sql})` };
}

/** A LIKE, which ignores case, for text in which nothing has a meaning. */
function containing(text: string): Condition {
  return { sql: `body LIKE ? ESCAPE '\\'`, values: [`%${text.replace(/[\\%_]/g, '\\$&')}%`] };
}

/** The id in one of `paths`, or in `d.id` of one of `events`. */
function about(id: string, paths: readonly string[], events: readonly string[]): Condition {
  const fields = [...paths.map(() => 'CAST(body ->> ? AS TEXT) = ?')];
  const values: SqlValue[] = paths.flatMap((path) => [path, id]);
  if (events.length > 0) {
    fields.push(
      `(CAST(body ->> '$.d.id' AS TEXT) = ? AND frame.type_id IN
         (SELECT id FROM frame_type WHERE event IN (SELECT value FROM json_each(?))))`,
    );
    values.push(id, JSON.stringify(events));
  }
  // Looking for the id as text first is ten times as fast as parsing every body.
  return { sql: `instr(body, ?) > 0 AND (${fields.join(' OR ')})`, values: [id, ...values] };
}

function comparing({ path, operator, value }: FieldComparison): Condition {
  const { sql, values } = comparison(operator, value);
  const at = `$${path.map(step).join('')}`;
  return {
    sql: `EXISTS (SELECT 1 FROM (SELECT json_type(body, ?) AS type, body ->> ? AS value) WHERE ${sql})`,
    values: [at, at, ...values],
  };
}

function step(key: string | number): string {
  if (typeof key === 'string') return `.${JSON.stringify(key)}`;
  return key < 0 ? `[#${key}]` : `[${key}]`;
}

/** Condition on `type` and `value` of a field; both are null if there is no such field. */
function comparison(operator: FieldOperator, value: FieldValue): Condition {
  if (operator === '=') return equal(value);
  if (operator === '!=') {
    const { sql, values } = equal(value);
    return { sql: `(${sql}) IS NOT TRUE`, values };
  }
  if (operator === '~') {
    // GLOB takes a text to end at its first NUL.
    return {
      sql: `type IN ('text', 'integer', 'real') AND replace(value, char(0), char(65533)) GLOB ?`,
      values: [value.text],
    };
  }
  if (value.type !== 'number') return { sql: `type = 'text' AND value ${operator} ?`, values: [value.text] };
  // Ids are text with digits alone, and are compared as the numbers they are.
  const isNumeric = `(type IN ('integer', 'real') OR (type = 'text' AND value GLOB '[0-9]*' AND value NOT GLOB '*[^0-9]*'))`;
  return {
    sql: `${isNumeric} AND CAST(value AS NUMERIC) ${operator} CAST(? AS NUMERIC)`,
    values: [value.text],
  };
}

function equal({ type, text }: FieldValue): Condition {
  switch (type) {
    case 'null':
      return { sql: 'value IS NULL', values: [] };
    case 'boolean':
      return { sql: 'type = ?', values: [text] };
    case 'string':
      return { sql: `type = 'text' AND value = ?`, values: [text] };
    case 'number':
      return {
        sql: `iif(type = 'text', value = ?, type IN ('integer', 'real') AND value = CAST(? AS NUMERIC))`,
        values: [text, text],
      };
  }
}
