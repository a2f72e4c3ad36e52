/** Flags of the commands of the tests (`npm run sim`, `fuzz`, `chaos`, `mutate`): a wrong one is one line, without a stack. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Wrong use of a command: run-source.mjs prints the message only, and ends with 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** Values of the flags in `args`, by Node's own rules. Throws WrongUse. */
export function readFlags<const Given extends Options>(
  command: string,
  args: readonly string[],
  options: Given,
): ReturnType<typeof parseArgs<{ options: Given }>>['values'] {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const { code = '', message } = error as { readonly code?: string; readonly message: string };
    if (!code.startsWith('ERR_PARSE_ARGS_')) throw error;
    const [what] = message.split(/\.\s/);
    const flags = Object.keys(options).map((name) => `--${name}`);
    throw new WrongUse(`${command}: ${what}: its flags are ${flags.join(', ')}`, { cause: error });
  }
}

/** The whole number that a flag was given. Throws WrongUse. */
export function readCount(command: string, flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new WrongUse(`${command}: ${flag} takes a whole number, and not '${text}'`);
  return Number(text);
}
