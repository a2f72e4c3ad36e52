/** Starts command.ts from its source. */
import { runSource } from '../run-source.mjs';

await runSource('/test/branches/command.ts', true);
