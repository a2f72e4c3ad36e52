/**
 * JUnit XML, the test reports of build servers: one suite, one case for each thing that was checked.
 *
 * Source: the schema of Jenkins' xUnit plugin (junit-10.xsd), which GitLab, GitHub actions and others read.
 */
import { escapeXml } from '../../printable.js';

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

/** Lines of a report about one suite. */
export function* formatJunit(suite: string, cases: readonly JunitCase[]): Generator<string, void> {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="0"`;
  yield '<?xml version="1.0" encoding="UTF-8"?>';
  yield `<testsuites name="gatetape" ${counts}>`;
  yield `  <testsuite name="${escapeXml(suite)}" ${counts} skipped="0">`;
  for (const { name, failure } of cases) {
    const start = `    <testcase classname="${escapeXml(suite)}" name="${escapeXml(name)}"`;
    if (failure === undefined) {
      yield `${start}/>`;
      continue;
    }
    yield `${start}>`;
    yield `      <failure type="${escapeXml(failure.type)}" message="${escapeXml(failure.message)}">${escapeXml(failure.text)}</failure>`;
    yield '    </testcase>';
  }
  yield '  </testsuite>';
  yield '</testsuites>';
}
