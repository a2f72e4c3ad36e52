/**
 * Reasons why something that a command finds is left as it is: a branch that no test takes (`npm run coverage`), a mutant
 * that survives (`npm run mutate`). They are in a file explained.json beside the command.
 */
import { readFileSync } from 'node:fs';

/** A reason. */
export interface Explained {
  /** Path of the source, from the root of the repository. */
  readonly source: string;
  /** The line it is about, without its indent, so that it may move. */
  readonly text: string;
  readonly why: string;
}

/** The file explained.json beside `module`. */
export function readExplained(module: string): readonly Explained[] {
  return JSON.parse(readFileSync(new URL('explained.json', module), 'utf8')) as Explained[];
}

/** One line for what is left. */
export function formatFound(place: string, what: string, why: string | undefined): string {
  return `${place}: ${what}: ${why ?? 'NO REASON'}`;
}

/** One line for a reason without anything that it is about. */
export function formatStale({ source, text }: Explained, what: string): string {
  return `${source}: stale in explained.json: ${text}: ${what}`;
}
