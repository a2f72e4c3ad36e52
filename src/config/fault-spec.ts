/**
 * Fault specs as people write them: `NAME[:ARG][@WHEN]`, such as `close:4000@seq=5` or `duplicate@event=MESSAGE_*`.
 *
 * Text in, `Fault` out; an invalid text is a UsageError that says where it is wrong, and what was probably meant. The
 * names and their arguments are in replay/faults/catalogue.ts.
 */
import { UsageError } from '../errors.js';
import { isSendable } from '../gateway/close-codes.js';
import {
  type Fault,
  FAULT_NAMES,
  type FaultArgument,
  type FaultName,
  faultRow,
  type When,
} from '../replay/faults/catalogue.js';
import { closest, didYouMean } from '../closest.js';
import { parseBytes } from '../filter/quantities.js';

export {
  FAULT_NAMES,
  faultRow,
  type Fault,
  type FaultName,
  type FaultRow,
} from '../replay/faults/catalogue.js';

/** Reads a fault; throws a UsageError for any other text. */
export function parseFault(spec: string): Fault {
  const [, name = '', arg, when] = /^([^:@]*)(?::([^@]*))?(?:@(.*))?$/s.exec(spec) ?? [];
  if (!isFaultName(name)) {
    const hint = didYouMean(name, FAULT_NAMES, `known are ${FAULT_NAMES.join(', ')}`);
    throw new UsageError(`the fault "${spec}" has an unknown name`, hint);
  }
  return { name, arg: readArgument(spec, name, arg), when: readWhen(spec, when) };
}

function isFaultName(name: string): name is FaultName {
  return (FAULT_NAMES as readonly string[]).includes(name);
}

function readArgument(spec: string, name: FaultName, text: string | undefined): Fault['arg'] {
  const { argument } = faultRow(name);
  if (argument === null) {
    if (text === undefined) return null;
    throw new UsageError(`the fault "${spec}" has an argument`, `${name} takes none`);
  }
  if (text === undefined) {
    if (argument.whenLeftOut !== null) return argument.whenLeftOut;
    throw new UsageError(`the fault "${spec}" has no argument`, `give it as ${name}:${argument.word}`);
  }
  const value = ARGUMENTS[argument.unit](text);
  if (value !== null) return value;
  throw new UsageError(
    `the fault "${spec}" has the argument "${text}"`,
    `${argument.word} is ${EXPECTED[argument.unit]}`,
  );
}

const EXPECTED: Readonly<Record<FaultArgument['unit'], string>> = {
  boolean: 'true or false',
  'close code': 'one that a gateway can send: 1000 to 1014 but for 1004 to 1006, or 3000 to 4999',
  ms: 'a number of milliseconds such as 200',
  s: 'a number of seconds such as 60',
  bytes: 'an amount such as 5MiB',
  suffix: 'the word suffix',
};

const ARGUMENTS: Readonly<Record<FaultArgument['unit'], (text: string) => number | boolean | null>> = {
  boolean: (text) => (text === 'true' || text === 'false' ? text === 'true' : null),
  'close code': (text) => (/^\d{4}$/.test(text) && isSendable(Number(text)) ? Number(text) : null),
  ms: (text) => readUs(text, 1e3),
  s: (text) => readUs(text, 1e6),
  bytes: parseBytes,
  suffix: (text) => (text === 'suffix' ? true : null),
};

function readUs(text: string, unitUs: number): number | null {
  const us = /^\d+(?:\.\d+)?$/.test(text) ? Math.round(Number(text) * unitUs) : Number.NaN;
  return Number.isSafeInteger(us) ? us : null;
}

function readWhen(spec: string, text: string | undefined): When {
  if (text === undefined) return { type: 'default' };
  const [, key = text, value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const read = WHENS.get(key);
  if (read === undefined) {
    const near = closest(key, WHENS.keys());
    const hint = near === null ? WHEN_FORMS : `did you mean ${near}=? ${WHEN_FORMS}`;
    throw new UsageError(`the fault "${spec}" has the WHEN "${text}"`, hint);
  }
  const when = read(value);
  if (when === null) throw new UsageError(`the fault "${spec}" has the WHEN "${text}"`, WHEN_FORMS);
  return when;
}

const WHEN_FORMS = 'it is seq=N, op=N, event=GLOB, t=SECONDS or p=CHANCE (above 0, up to 1)';

const WHENS: ReadonlyMap<string, (text: string) => When | null> = new Map([
  ['seq', (text) => (/^\d{1,15}$/.test(text) ? { type: 'seq', seq: Number(text) } : null)],
  ['op', (text) => (/^\d{1,9}$/.test(text) ? { type: 'op', op: Number(text) } : null)],
  ['event', (text) => (/^[\w*?]+$/.test(text) ? { type: 'event', pattern: globPattern(text) } : null)],
  ['t', readAge],
  ['p', readChance],
]);

function readAge(text: string): When | null {
  const us = readUs(text, 1e6);
  return us === null ? null : { type: 'age', us };
}

function readChance(text: string): When | null {
  const probability = /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : 0;
  return probability > 0 && probability <= 1 ? { type: 'chance', probability } : null;
}

function globPattern(glob: string): RegExp {
  return new RegExp(`^${glob.toUpperCase().replaceAll(/\*+/g, '.*').replaceAll('?', '.')}$`, 's');
}
