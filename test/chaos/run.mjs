/** Starts command.ts from its source. */
import { runSource } from '../run-source.mjs';

await runSource('/test/chaos/command.ts', false);
