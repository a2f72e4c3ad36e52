/** curl commands, run by a real shell: what curl would be given is what was recorded. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCurl } from '../../src/library/curl.js';
import type { ExchangeRow } from '../../src/capture/columns.js';

const ROW: ExchangeRow = {
  id: 1,
  captureId: 1,
  startedAtUs: 0,
  endedAtUs: 1,
  durationUs: 1,
  method: 'POST',
  path: '/v10/channels/1/messages?a=b&c=d',
  route: '/channels/:id/messages',
  tokenAlias: 'redacted:1',
  userAgent: 'DiscordBot (x, 1)',
  status: 200,
  fault: null,
  responseHeaders: {},
  requestType: 'application/json',
  requestBytes: 20,
  requestCut: false,
  requestBody: '{"content":"it\'s $HOME"}',
  responseType: null,
  responseBytes: 0,
  responseCut: false,
  responseBody: null,
};

/** Words that a shell makes of a command whose program only prints its arguments, separated by NUL. */
function wordsOf(lines: readonly string[]): readonly string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${lines.join('\n')}`;
  const printed = execFileSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { ...process.env, DISCORD_TOKEN: 'Bot the-token', LC_ALL: 'C.UTF-8' },
  });
  return printed.split('\0').slice(0, -1);
}

describe('formatCurl', () => {
  it('writes a command that repeats the call, with the token from a variable', () => {
    expect(wordsOf(formatCurl(ROW, 'https://discord.com/api/'))).toEqual([
      ...['-X', 'POST', 'https://discord.com/api/v10/channels/1/messages?a=b&c=d'],
      ...['-H', 'Authorization: Bot the-token', '-A', 'DiscordBot (x, 1)'],
      ...['-H', 'Content-Type: application/json', '--data-raw', '{"content":"it\'s $HOME"}'],
    ]);
  });

  it('marks an incomplete body, and leaves out absent parts', () => {
    const bare = {
      ...ROW,
      method: 'GET',
      tokenAlias: null,
      userAgent: null,
      requestType: null,
      requestBody: null,
    };
    expect(formatCurl({ ...bare, path: '/gateway', requestCut: true }, 'http://[::1]:1/api')).toEqual([
      '# The body was recorded in part only.',
      "curl \\\n  'http://[::1]:1/api/gateway'",
    ]);
  });

  it('escapes everything that the shell or the terminal would interpret', () => {
    const nasty = fc.string({
      unit: fc.constantFrom("'", '"', '\\', '$(id)', '`id`', '\n', '\u001b[2J', '\u202e', 'ü', '!', ' '),
    });
    const texts = fc.sample(nasty, { numRuns: 30, seed: 7 });
    const lines = texts.flatMap((text) =>
      formatCurl({ ...ROW, userAgent: text, requestBody: text }, 'https://a'),
    );
    for (const control of ['\u001b', '\u202e']) expect(lines.join('\n')).not.toContain(control);
    const words = wordsOf(lines);
    expect(words.filter((_, index) => words[index - 1] === '-A')).toEqual(texts);
    expect(words.filter((_, index) => words[index - 1] === '--data-raw')).toEqual(texts);
  });
});
