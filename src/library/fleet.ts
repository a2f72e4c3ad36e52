/**
 * A fleet that is asked: `--from` of the commands that look.
 */
import { FleetClient } from '../ship/fleet-client.js';
import { FleetReader } from '../ship/fleet-reader.js';

export type { FleetReader } from '../ship/fleet-reader.js';

/** Which fleet to ask, and which recorders of it. */
export interface FleetSource {
  /** `http://user:password@host:8123/database`. */
  readonly from: string;
  /** User and password where the URL has none. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Ids or file names of recorders; empty for all of them. */
  readonly recorders: readonly string[];
}

/** How often a question is repeated if the server does not answer. */
const RETRIES = 2;

/** Opens a fleet for `use`, and closes it in any case. Rejects with NetworkError or UsageError. */
export async function askFleet<Answer>(
  { from, user, password, recorders }: FleetSource,
  use: (reader: FleetReader) => Promise<Answer>,
): Promise<Answer> {
  const client = new FleetClient({ url: from, user, password, retries: RETRIES });
  try {
    return await use(await FleetReader.open(client, recorders));
  } finally {
    await client.close();
  }
}
