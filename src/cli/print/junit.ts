/**
 * JUnit XML, the test reports of build servers: one suite, one case for each thing that was checked.
 *
 * Source: the schema of Jenkins' xUnit plugin (junit-10.xsd), which GitLab, GitHub actions and others read; XML 1.0
 * section 2.2 for the characters that it cannot contain.
 */

/** One case; it has passed unless it has a failure. */
export interface JunitCase {
  readonly name: string;
  readonly failure?: {
    /** Short stable name. */
    readonly type: string;
    /** One line. */
    readonly message: string;
    /** Any number of lines. */
    readonly text: string;
  };
}

// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Lines of a report about one suite. */
export function* formatJunit(suite: string, cases: readonly JunitCase[]): Generator<string, void> {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="0"`;
  yield '<?xml version="1.0" encoding="UTF-8"?>';
  yield `<testsuites name="gatetape" ${counts}>`;
  yield `  <testsuite name="${escaped(suite)}" ${counts} skipped="0">`;
  for (const { name, failure } of cases) {
    const start = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}"`;
    if (failure === undefined) {
      yield `${start}/>`;
      continue;
    }
    yield `${start}>`;
    yield `      <failure type="${escaped(failure.type)}" message="${escaped(failure.message)}">${escaped(failure.text)}</failure>`;
    yield '    </testcase>';
  }
  yield '  </testsuite>';
  yield '</testsuites>';
}

function escaped(text: string): string {
  // Converted to UTF-8 and back, so that a lone surrogate becomes U+FFFD.
  return Buffer.from(text)
    .toString()
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"\n\r\t]/g, (character) => ENTITIES[character] ?? character);
}
