/**
 * What each place of the command line takes, read from the commands and flags themselves.
 */
import type { Argument, Command, Option } from 'commander';
import { BUILT_IN_VIEWS } from '../../filter/views.js';
import { EVENTS, OPCODES } from '../../library/queries.js';
import type { CompletedCommand, CompletedFlag, Completion } from '../print/completion-scripts.js';
import { listChoices } from './values.js';

/** Flags whose words are in a table elsewhere. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  '--op': OPCODES.map(({ name }) => name),
  '--event': EVENTS,
  '--view': Object.keys(BUILT_IN_VIEWS),
};

/** What the arguments of the commands take, by their names; others take what nothing can complete. */
const ARGUMENTS: Readonly<Record<string, Completion>> = {
  file: { type: 'files' },
  a: { type: 'recordings' },
  b: { type: 'recordings' },
  command: { type: 'programs' },
};

const NOTHING: Completion = { type: 'nothing' };

/** The program, without a name, and its commands. */
export function listCompletions(program: Command): readonly CompletedCommand[] {
  const names: Completion = {
    type: 'words',
    words: [...program.commands.map((command) => command.name()), 'help'],
    isList: false,
  };
  const shared = program.options.map(readFlag);
  const help = { name: '--help', description: 'help for a command', value: null };
  return [
    { name: '', description: '', flags: [...shared, help], argument: names },
    ...program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      flags: [...command.options.filter(({ hidden }) => !hidden).map(readFlag), ...shared, help],
      argument: readArgument(command.registeredArguments[0]),
    })),
    { name: 'help', description: 'help for a command', flags: [], argument: names },
  ];
}

function readFlag(option: Option): CompletedFlag {
  const { long, flags, description, required } = option;
  return { name: long ?? flags, description, value: required ? readValue(option) : null };
}

function readValue(option: Option): Completion {
  const { long, flags } = option;
  if (long === '--session') return { type: 'sessions' };
  const words = WORDS[long ?? ''] ?? listChoices(option);
  if (words !== undefined) return { type: 'words', words, isList: flags.endsWith('<list>') };
  if (flags.endsWith('<file>')) return { type: 'files' };
  return flags.endsWith('<folder>') ? { type: 'folders' } : NOTHING;
}

function readArgument(argument: Argument | undefined): Completion {
  if (argument === undefined) return NOTHING;
  if (argument.argChoices !== undefined) return { type: 'words', words: argument.argChoices, isList: false };
  return ARGUMENTS[argument.name()] ?? NOTHING;
}
