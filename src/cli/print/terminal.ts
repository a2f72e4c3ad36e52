/**
 * What a command prints on: data to stdout, everything else to stderr.
 */
import type { Command } from 'commander';
import { Output } from './output.js';
import { createPaint, printable } from './paint.js';
import type { Log, LogLevel } from '../../host.js';
import type { Canvas } from './table.js';

/** Both streams of a command, and whether they take colour. */
export interface Terminal extends Canvas {
  /** Stdout; `paint` and `width` are its own. */
  readonly output: Output;
  /** Prints a line on stderr. */
  readonly note: (line: string) => void;
}

/** The terminal of this process, as the options of `command` want it. */
export function openTerminal(command: Command): Terminal {
  const isColourWanted = command.optsWithGlobals<{ color: boolean }>().color;
  return {
    output: new Output(process.stdout),
    paint: createPaint(process.stdout, isColourWanted, process.env),
    // Some terminals say 0, for "unknown".
    width: process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : Infinity,
    note: printNote,
  };
}

const NAMES: Readonly<Record<LogLevel, string>> = {
  error: 'error',
  warn: 'warning',
  info: 'note',
  debug: 'debug',
};

/** Prints a line on stderr, which what it says cannot steer. */
function printNote(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** A log that prints on `note` what a user should know: everything but details for debugging. */
export function createLog(note: (line: string) => void): Log {
  return (level, line) => {
    if (level !== 'debug') note(`gatetape: ${NAMES[level]}: ${printable(line)}`);
  };
}

/** Prints a warning on stderr, in the form of our errors. */
export function warn(line: string): void {
  createLog(printNote)('warn', line);
}
