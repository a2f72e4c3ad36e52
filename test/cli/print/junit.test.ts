import { describe, expect, it } from 'vitest';
import { junitLines } from '../../../src/cli/print/junit.js';

describe('junitLines', () => {
  it('reports one suite with what passed and what failed', () => {
    const failure = {
      type: 'changed',
      message: 'd.a: expected "<1>"',
      text: 'd.a: expected "<1>"\nd.b & more',
    };
    expect([
      ...junitLines('gatetape', [{ name: '3 payloads alike' }, { name: 'payload 4', failure }]),
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

  it('holds nothing that cannot stand in XML', () => {
    const text = [...junitLines('\u0000\u001b[31m\ud800 \uffff]]>', [])].join('\n');
    expect(text).toContain('name="\ufffd\ufffd[31m\ufffd \ufffd]]&gt;"');
  });
});
