/**
 * The terminal of a command: data goes to stdout, everything else to stderr.
 */
import type { Command } from 'commander';
import { Output } from './output.js';
import { printable } from '../../printable.js';
import { createPaint } from './paint.js';
import { LOG_LEVELS, systemNowUs, type Log, type LogLevel } from '../../host.js';
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

/** How a log is printed. */
export interface LogStyle {
  readonly logFormat: 'text' | 'json';
  /** Lines of this level and more important ones. */
  readonly logLevel: LogLevel;
}

const USUAL: LogStyle = { logFormat: 'text', logLevel: 'info' };

/** A log that prints with `note`: lines for people, or an object each for programs. */
export function createLog(note: (line: string) => void, { logFormat, logLevel }: LogStyle = USUAL): Log {
  const levels = LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(logLevel) + 1);
  return (level, line, event) => {
    if (!levels.includes(level)) return;
    if (logFormat === 'json') note(JSON.stringify({ atUs: systemNowUs(), level, event, message: line }));
    else note(`gatetape: ${NAMES[level]}: ${printable(line)}`);
  };
}

/** Prints a warning on stderr, in the form of errors. */
export function warn(line: string, style?: LogStyle): void {
  createLog(printNote, style)('warn', line, 'setting_unknown');
}
