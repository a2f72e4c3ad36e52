/**
 * `gatetape completion`: prints the script with which a shell completes the command line.
 */
import { Argument, type Command } from 'commander';
import { listCompletions } from './options/completions.js';
import { completionScript, SHELLS, type Shell } from './print/completion-scripts.js';
import { openTerminal } from './print/terminal.js';

const EXAMPLES = `
It completes commands, flags, their words, files, opcodes, events, and the ids of sessions in the database of --db.

Examples:
  source <(gatetape completion bash)             in ~/.bashrc
  source <(gatetape completion zsh)              in ~/.zshrc, after compinit
  gatetape completion fish | source              in ~/.config/fish/config.fish`;

/** Adds the command `completion`, which needs all others in the program. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script with which the shell completes commands, flags and their values')
    .addArgument(new Argument('<shell>', 'shell of the script').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: Shell, _flags: object, self: Command) => {
      const script = completionScript(shell, listCompletions(program));
      await openTerminal(self).output.print([script.trimEnd()]);
    });
}
