/** Bundles what is compiled before a run, unless it is bundled already: tests run the program as the package has it. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function bundle(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../bundle.mjs', import.meta.url))]);
}
