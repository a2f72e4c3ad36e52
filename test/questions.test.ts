/** docs/questions.md: every command and statement of the page is run on a recording with everything in it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runHere } from './support/command-line.js';
import { sampleCapture } from './support/sample-capture.js';

const PAGE = readFileSync(new URL('../docs/questions.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text]) => text!);
const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));
const statements = blocks('sql');

describe('docs/questions.md', () => {
  it('has commands and statements', () => {
    expect(commands.length).toBeGreaterThan(10);
    expect(statements.length).toBeGreaterThan(5);
  });

  it.each(commands)('%s', async (command) => {
    const db = sampleCapture();
    const [, ...words] = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(
      ([, quoted, plain]) => quoted ?? plain!,
    );
    const { stderr, exitCode } = await runHere([...words, '--db', db]);
    expect([stderr, exitCode]).toEqual(['', 0]);
  });

  it.each(statements)('%s', async (statement) => {
    const db = sampleCapture();
    const { stdout, stderr, exitCode } = await runHere(['sql', statement, '--db', db, '--format', 'json']);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(JSON.parse(stdout)).toBeInstanceOf(Array);
  });
});
