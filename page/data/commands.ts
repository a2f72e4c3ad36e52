/**
 * Command lines to copy.
 */

/** Quotes a word for a POSIX shell. */
export function quoteWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Command that repeats a recorded call. */
export function formatCallCommand(path: string, id: number): string {
  return `gatetape http --db ${quoteWord(path)} --id ${id} --as curl`;
}
