/**
 * SQL text: the statement of the list of frames with its values written out, so that it can be read and run elsewhere.
 */
import type { SqlAnswer } from './answers.js';
import type { PageContext } from './context.js';
import type { PageRequest } from './request.js';
import { readPageSelection, selectFrames } from './selection.js';
import type { SqlValue } from '../store/database.js';

/** SQL functions that only gatetape defines. */
const OWN_FUNCTIONS =
  /\b(?:text_matches|pattern_matches|field_matches|has_id|close_code|service_name|packed_body(?:_kept)?)\(/;

/** Answers `/sql`. */
export function answerSql({ file }: PageContext, request: PageRequest): SqlAnswer {
  const filter = selectFrames(readPageSelection(request.query));
  const { sql, values } = file.queries().reader.frameCondition(filter);
  const condition = writeValues(sql, values);
  return {
    sql: `SELECT * FROM frame_view\nWHERE id IN (SELECT id FROM frame WHERE ${condition})\nORDER BY id DESC LIMIT 200`,
    remark: OWN_FUNCTIONS.test(sql)
      ? 'a condition on contents is a function of gatetape: run it with gatetape sql, not with another tool'
      : null,
  };
}

/** Replaces the question marks of a statement, except those within its texts, by the values. */
function writeValues(sql: string, values: readonly SqlValue[]): string {
  let index = 0;
  return sql.replace(/'(?:[^']|'')*'|\?/g, (part) => {
    if (part !== '?') return part;
    index += 1;
    return formatValue(values[index - 1] ?? null);
  });
}

function formatValue(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return `x'${Buffer.from(value).toString('hex')}'`;
}
