/** Starts proof.ts from its source. */
import { runSource } from '../run-source.mjs';

await runSource('/test/fleet/proof.ts', false);
