/**
 * Command lines to copy.
 */

/** Word of a POSIX shell. */
export function quoteWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Writes a recorded call as a command that makes it again. */
export function formatCallCommand(path: string, id: number): string {
  return `gatetape http --db ${quoteWord(path)} --id ${id} --as curl`;
}
