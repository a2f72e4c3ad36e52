/**
 * Help on faults: the catalogue as `mock --help` prints it, and what WHEN may be.
 */
import { FAULT_NAMES, faultRow, type FaultName, type FaultRow } from '../../replay/faults/catalogue.js';

const WIDTH = 80;
const INDENT = '      ';

const DEFAULTS: Readonly<Record<FaultRow['when'], string>> = {
  first: 'the first dispatch behind READY',
  READY: 'from READY on',
  start: 'the first occasion',
};

/** Every fault, with the incident that it imitates. */
export const FAULT_HELP = `Faults, as NAME[:ARG][@WHEN], with the incident that each imitates:
${FAULT_NAMES.map(describe).join('\n')}

WHEN, instead of the default that each fault has:
  seq=N        the dispatch with this sequence number goes out
  op=N         a payload with this opcode goes out or comes in
  event=GLOB   a dispatch whose name matches goes out
  t=SECONDS    a connection is so old
  p=CHANCE     each time, with this chance (such as 0.01), from READY on`;

function describe(name: FaultName): string {
  const { argument, does, imitates, when } = faultRow(name);
  const form = argument === null ? name : `${name}:${argument.word}`;
  return [`  ${form}`, ...wrapped(`${does}. Default: ${DEFAULTS[when]}. As in ${imitates}.`)].join('\n');
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= WIDTH) lines.push(INDENT + word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
