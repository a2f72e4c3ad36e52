import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatJunit } from '../../../src/cli/print/junit.js';
import { gatetape } from '../../support/gatetape.js';
import { hasJunitSchema, junitFaults } from '../../support/report-schemas.js';

describe('junitLines', () => {
  it('reports one suite with what passed and what failed', () => {
    const failure = {
      type: 'changed',
      message: 'd.a: expected "<1>"',
      text: 'd.a: expected "<1>"\nd.b & more',
    };
    expect([
      ...formatJunit('gatetape', [{ name: '3 payloads alike' }, { name: 'payload 4', failure }]),
    ]).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites name="gatetape" tests="2" failures="1" errors="0">',
      '  <testsuite name="gatetape" tests="2" failures="1" errors="0" skipped="0">',
      '    <testcase classname="gatetape" name="3 payloads alike"/>',
      '    <testcase classname="gatetape" name="payload 4">',
      '      <failure type="changed" message="d.a: expected &quot;&lt;1&gt;&quot;">d.a: expected &quot;&lt;1&gt;&quot;&#10;d.b &amp; more</failure>',
      '    </testcase>',
      '  </testsuite>',
      '</testsuites>',
    ]);
  });

  it('contains no characters that XML forbids', () => {
    const text = [...formatJunit('\u0000\u001b[31m\ud800 \uffff]]>', [])].join('\n');
    expect(text).toContain('name="\ufffd\ufffd[31m\ufffd \ufffd]]&gt;"');
  });
});

if (!hasJunitSchema) {
  console.log('skipped: JUnit by its schema; npm ci --prefix test/clients installs schema and validator');
}

describe.skipIf(!hasJunitSchema)('the JUnit schema', () => {
  const demo = fileURLToPath(new URL('../../../tapes/demo.tape.ndjson', import.meta.url));

  it('accepts a report with any content', async () => {
    const line = fc.string({ unit: 'binary', maxLength: 30 });
    const cases = fc.sample(
      fc.record(
        { name: line, failure: fc.record({ type: line, message: line, text: line }) },
        { requiredKeys: ['name'] },
      ),
      300,
    );
    expect(await junitFaults([...formatJunit(']]>&<"\u0000', cases)].join('\n'))).toEqual([]);
    expect(await junitFaults('<testsuites><testsuite/></testsuites>')).not.toEqual([]);
  });

  it.each([
    ['diff', demo, demo],
    ['replay', '--tape', demo, '--speed', 'max'],
  ])('accepts what gatetape %s prints', async (...command) => {
    const { stdout, exitCode } = await gatetape([...command, '--format', 'junit']);
    expect([exitCode, await junitFaults(stdout)]).toEqual([0, []]);
  });
});
