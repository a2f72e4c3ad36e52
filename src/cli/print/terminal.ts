/**
 * The terminal of a command: data goes to stdout, everything else to stderr.
 */
import type { Command } from 'commander';
import { Output } from './output.js';
import { createPaint, printable } from './paint.js';
import type { Log, LogLevel } from '../../host.js';
import type { Canvas } from './table.js';

/** Both streams of a command. */
export interface Terminal extends Canvas {
  /** Stdout; `paint` and `width` belong to it. */
  readonly output: Output;
  /** Prints a line on stderr. */
  readonly note: (line: string) => void;
}

/** The terminal of this process, with the options of `command`. */
export function openTerminal(command: Command): Terminal {
  const isColourWanted = command.optsWithGlobals<{ color: boolean }>().color;
  return {
    output: new Output(process.stdout),
    paint: createPaint(process.stdout, isColourWanted, process.env),
    // Some terminals report 0 for an unknown width.
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

/** Prints a line on stderr, with control characters made visible. */
function printNote(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** A log that prints with `note`, except for details for debugging. */
export function createLog(note: (line: string) => void): Log {
  return (level, line) => {
    if (level !== 'debug') note(`gatetape: ${NAMES[level]}: ${printable(line)}`);
  };
}

/** Prints a warning on stderr, in the form of errors. */
export function warn(line: string): void {
  createLog(printNote)('warn', line);
}
