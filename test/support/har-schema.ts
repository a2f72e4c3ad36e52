/** A referee of HAR files that knows none of our code: the published JSON schema of HAR 1.2 (package har-schema). */
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';

const require = createRequire(import.meta.url);
const schemas = require('har-schema') as Readonly<Record<string, object>>;

// The schema has words of its own, such as `optional`, and is of a draft that ajv does not know by itself.
const ajv = new Ajv({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addMetaSchema(require('ajv/lib/refs/json-schema-draft-06.json') as object);
for (const schema of Object.values(schemas)) ajv.addSchema(schema);

/** What is not as HAR 1.2 has it in the text of a file. */
export function harFaults(text: string): readonly string[] {
  ajv.validate('har.json#', JSON.parse(text));
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
