/**
 * `gatetape why`: the story of each reconnect: how a connection began, what was last said, who ended it, and how its
 * client came back.
 */
import type { Command } from 'commander';
import type { ConnectionStory, StoryFrame, StoryStart } from '../library/lint.js';
import type { IdOrLatest } from '../library/queries.js';
import { addSettings, readConfig } from './options/config-options.js';
import { choiceOption, ID, typed } from './options/values.js';
import { printable } from '../printable.js';
import { openTerminal, type Terminal } from './print/terminal.js';
import { formatDuration, formatTime, plural } from '../units.js';

const EXAMPLES = `
Examples:
  gatetape why                        every connection of gatetape.sqlite
  gatetape why --session latest       the connections of one session
  gatetape why --format json | jq '.[] | select(.end.closeCode == 4009)'`;

interface WhyFlags {
  readonly session?: IdOrLatest;
  readonly connection?: IdOrLatest;
  readonly format: 'text' | 'json' | 'ndjson';
}

/** Adds the command `why`. */
export function addWhy(program: Command): void {
  const command = program
    .command('why')
    .description('tell why connections ended, and how their clients came back');
  addSettings(command, ['db', 'lint'])
    .addOption(typed('--session <id>', 'only one session', ID))
    .addOption(typed('--connection <id>', 'only one connection', ID))
    .addOption(
      choiceOption('--format <format>', 'form of output', ['text', 'json', 'ndjson']).default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run({ session, connection, format }: WhyFlags, command: Command): Promise<void> {
  const { db, lint } = readConfig(command);
  const terminal = openTerminal(command);
  const { tellStories } = await import('../library/lint.js');
  const stories: ConnectionStory[] = [];
  for await (const batch of tellStories({ db, session, connection, thresholds: lint })) {
    if (format === 'json') stories.push(...batch);
    else if (format === 'ndjson') await terminal.output.print(batch.map((story) => JSON.stringify(story)));
    else await terminal.output.print(batch.flatMap((story) => [...formatStory(story, terminal)]));
  }
  if (format === 'json') await terminal.output.print([JSON.stringify(stories)]);
}

/** A story in a few lines. */
function* formatStory(story: ConnectionStory, { paint }: Pick<Terminal, 'paint'>): Generator<string, void> {
  const session = story.sessionId === null ? 'no session' : `session ${story.sessionId}`;
  yield `${paint('bold', `connection ${story.connectionId}`)} (${session}), opened ${formatTime(story.openedAtUs)}`;
  if (story.starts.length === 0) yield '  asked for nothing: neither IDENTIFY nor RESUME';
  for (const start of story.starts) yield `  ${formatStart(start, story)}`;
  for (const { what, frameId, atUs } of story.orders) {
    yield `  the gateway sent ${what} at ${formatTime(atUs)} (frame ${frameId})`;
  }
  yield `  client's last:  ${formatFrames(story.lastClientFrames)}`;
  yield `  gateway's last: ${formatFrames(story.lastGatewayFrames)}`;
  yield `  ${formatEnd(story)}`;
  for (const { rule, severity, message } of story.findings) {
    if (severity === 'info') continue;
    yield `  ${paint(severity === 'error' ? 'red' : 'yellow', severity)} ${rule}: ${printable(message)}`;
  }
  yield '';
}

function formatStart(start: StoryStart, { path }: ConnectionStory): string {
  const { asked, seq, atUs, awayUs, answer, answerAtUs, frameId } = start;
  const at = seq === null ? '' : ` at ${seq}`;
  const url = path === null ? '' : ` on ${printable(path)}`;
  const away = awayUs === null ? '' : `, ${formatDuration(awayUs)} after the connection before`;
  const took = answerAtUs === null ? '' : ` after ${formatDuration(answerAtUs - atUs)}`;
  const reply = answer === null ? 'no answer' : `${answer}${took}`;
  return `asked for ${asked}${at}${url}${away} (frame ${frameId}): ${reply}${formatReplay(start)}`;
}

function formatReplay({ asked, replayed, lost, answer }: StoryStart): string {
  if (asked === 'IDENTIFY' || answer?.startsWith('INVALID') === true) return '';
  return `, ${plural(replayed, 'event')} replayed${lost === null || lost === 0 ? '' : `, ${lost} lost`}`;
}

function formatFrames(frames: readonly StoryFrame[]): string {
  const words = frames.map(({ what, frameId }) => `${printable(what)} (${frameId})`);
  return words.length === 0 ? 'nothing' : words.join(', ');
}

function formatEnd({ end, openedAtUs }: ConnectionStory): string {
  if (end === null) return 'still open when the recording ended';
  const reason =
    end.closeReason === null || end.closeReason === '' ? '' : `; reason: ${printable(end.closeReason)}`;
  return `ended ${formatTime(end.atUs)}, after ${formatDuration(end.atUs - openedAtUs)}: ${end.inWords}${reason}`;
}
