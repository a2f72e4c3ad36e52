/**
 * Lines of a file that can hold secrets: those of a text unchanged, or those that a database would be exported as.
 */
import { openReader } from '../store/reader.js';
import { JSONL_FORM } from './forms/jsonl.js';
import { InputFile } from './input-file.js';

const DATABASE = 'SQLite format 3\0';

/** Lines of the text at `path`, or of the JSON lines of a database there. Throws UsageError or StoreError. */
export function* fileLines(path: string): Generator<string, void> {
  const file = new InputFile(path);
  if (!file.head.startsWith(DATABASE)) {
    yield* file.text().split('\n');
    return;
  }
  using reader = openReader(path);
  yield* JSONL_FORM.write({ reader, filter: {} });
}
