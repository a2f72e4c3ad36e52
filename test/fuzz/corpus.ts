/**
 * Kept inputs of each target: `corpus/NAME.txt`, one input a line in base64, with what it once broke as a comment above.
 * Inputs without a comment only reach much of the code.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('./corpus/', import.meta.url));

const pathOf = (target: string): string => `${FOLDER}${target}.txt`;

/** Kept inputs of a target. */
export function readCorpus(target: string): Uint8Array[] {
  return readLines(target)
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => Buffer.from(line, 'base64'));
}

/** Keeps an input that broke something; returns false if it is kept already. */
export function keepBreaking(target: string, input: Uint8Array, what: string): boolean {
  const line = Buffer.from(input).toString('base64');
  const lines = readLines(target);
  if (lines.includes(line)) return false;
  const [summary = ''] = what.split('\n');
  writeLines(target, [...lines, `# ${summary}`, line]);
  return true;
}

/** Replaces the inputs without a comment. */
export function keepReaching(target: string, inputs: readonly Uint8Array[]): void {
  const lines = readLines(target);
  const breaking = lines.filter(
    (line, at) => line.startsWith('#') || lines[at - 1]?.startsWith('#') === true,
  );
  writeLines(target, [...inputs.map((input) => Buffer.from(input).toString('base64')), ...breaking]);
}

function readLines(target: string): string[] {
  return existsSync(pathOf(target)) ? readFileSync(pathOf(target), 'utf8').trimEnd().split('\n') : [];
}

function writeLines(target: string, lines: readonly string[]): void {
  writeFileSync(pathOf(target), `${lines.join('\n')}\n`);
}
