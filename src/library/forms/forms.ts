/**
 * The forms in which recordings are exported and imported, and their detection.
 */
import { UsageError } from '../../errors.js';
import { CSV_FORM } from './csv.js';
import { FORM_NAMES, type Form, type FormName } from './form.js';
import { HAR_FORM } from './har.js';
import { JSONL_FORM } from './jsonl.js';
import { TAPE_FORM } from './tape.js';

/** Every form. */
export const FORMS: Readonly<Record<FormName, Form>> = {
  tape: TAPE_FORM,
  har: HAR_FORM,
  jsonl: JSONL_FORM,
  csv: CSV_FORM,
};

/** Form of a file by its beginning; `file` names it in the error. Throws a UsageError if no form matches. */
export function detectForm(head: string, file: string): FormName {
  const name = FORM_NAMES.find((each) => FORMS[each].isLike(head));
  if (name !== undefined) return name;
  throw new UsageError(
    `${file} is of no form that can be imported`,
    `say which with --as ${FORM_NAMES.join('|')}`,
  );
}
