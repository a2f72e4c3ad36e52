/**
 * SQL text: the statement behind the list of frames, with its values written out, to be read and run by itself.
 */
import type { SqlAnswer } from './answers.js';
import type { PageContext } from './context.js';
import type { PageRequest } from './request.js';
import { readPageSelection, selectFrames } from './selection.js';
import type { SqlValue } from '../store/database.js';

/** Functions that SQLite has in gatetape only. */
const OWN_FUNCTIONS =
  /\b(?:text_matches|pattern_matches|field_matches|has_id|close_code|service_name|packed_body)\(/;

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

/** SQL with its values in the places of their question marks; those within texts are none. */
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
