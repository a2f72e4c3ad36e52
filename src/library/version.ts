/** Version of this package, as its package.json says. */
import { createRequire } from 'node:module';

/** The version, such as `0.1.0`. */
export const { version } = createRequire(import.meta.url)('../../package.json') as {
  readonly version: string;
};
