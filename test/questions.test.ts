/** docs/questions.md: every command and statement of the page is run on a recording with everything in it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { captureScript } from './support/capture/script.js';
import { runHere } from './support/command-line.js';

const CAPTURE = `
  open 1 zlib-stream
  1 < HELLO
  1 > IDENTIFY
  1 < READY
  1 < GUILD_CREATE {"id":"5"}
  1 < MESSAGE_CREATE {"guild_id":"5","channel_id":"6","author":{"id":"7"},"content":"hi"}
  1 > HEARTBEAT
  1 < HEARTBEAT_ACK
  call GET /v10/users/@me 200 {"id":"42"}
  1 < close 4000
  end 1 gateway
  open 2 etf
  2 < HELLO
  2 > RESUME {"seq":3}
  2 < RESUMED
  2 < op99
  2 < TYPING_START {"guild_id":"5","channel_id":"6","user_id":"7"}
  gap 2 < 500
  end 2`;
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
    const db = captureScript(CAPTURE).database();
    const [, ...words] = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(
      ([, quoted, plain]) => quoted ?? plain!,
    );
    const { stderr, exitCode } = await runHere([...words, '--db', db]);
    expect([stderr, exitCode]).toEqual(['', 0]);
  });

  it.each(statements)('%s', async (statement) => {
    const db = captureScript(CAPTURE).database();
    const { stdout, stderr, exitCode } = await runHere(['sql', statement, '--db', db, '--format', 'json']);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(JSON.parse(stdout)).toBeInstanceOf(Array);
  });
});
