/** Diagnostics as lines on stderr; and docs/logs.md, which lists what they can be. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLog } from '../../../src/cli/print/terminal.js';
import { LOG_EVENTS, LOG_LEVELS, type LogEvent } from '../../../src/host.js';

it('a log prints one line in the form of our errors, without control characters', () => {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line));
  log('error', 'recording stopped', 'stopped');
  log('warn', 'the upstream \u001b[2J cannot be reached', 'upstream_failed');
  log('info', 'x', 'client_opened');
  log('debug', 'details', 'client_opened');
  expect(lines).toEqual([
    'gatetape: error: recording stopped',
    'gatetape: warning: the upstream ␛[2J cannot be reached',
    'gatetape: note: x',
  ]);
});

it('a log in JSON is an object a line, whatever the text is, and has the levels that are wanted', () => {
  const events = Object.keys(LOG_EVENTS) as LogEvent[];
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom(...events),
      fc.constantFrom(...LOG_LEVELS),
      (message, event, logLevel) => {
        const lines: string[] = [];
        const log = createLog((line) => lines.push(line), { logFormat: 'json', logLevel });
        for (const level of LOG_LEVELS) log(level, message, event);
        const wanted = LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(logLevel) + 1);
        expect(lines.map((line) => JSON.parse(line) as object)).toEqual(
          wanted.map((level) => ({ atUs: expect.any(Number) as number, level, event, message })),
        );
        for (const line of lines) expect(line).not.toContain('\n');
      },
    ),
  );
});

it('docs/logs.md lists every event with its meaning, and no other', () => {
  const text = readFileSync(new URL('../../../docs/logs.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` \| (.*?) *\|$/gm)].map(([, name, about]) => [name, about]);
  expect(rows).toEqual(Object.entries(LOG_EVENTS));
});
