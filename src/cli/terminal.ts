/**
 * What a command prints on: data to stdout, everything else to stderr.
 */
import type { Command } from 'commander';
import { type Paint, paintFor, printable } from './paint.js';
import { Output } from './output.js';

/** Both streams of a command, and whether they take colour. */
export interface Terminal {
  readonly output: Output;
  /** Styles for stdout. */
  readonly paint: Paint;
  /** Styles for stderr. */
  readonly paintNote: Paint;
  /** Prints a line on stderr. */
  readonly note: (line: string) => void;
}

/** The terminal of this process, as the options of `command` want it. */
export function terminalOf(command: Command): Terminal {
  const isColourWanted = command.optsWithGlobals<{ color: boolean }>().color;
  return {
    output: new Output(process.stdout),
    paint: paintFor(process.stdout, isColourWanted, process.env),
    paintNote: paintFor(process.stderr, isColourWanted, process.env),
    note: (line) => void process.stderr.write(`${line}\n`),
  };
}

/** Prints a warning on stderr, in the form of our errors. */
export function warn(line: string): void {
  process.stderr.write(`gatetape: warning: ${printable(line)}\n`);
}
