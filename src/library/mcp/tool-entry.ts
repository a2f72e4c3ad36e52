/**
 * Process that runs the tools of one server, one after the other. The server ends it when a call takes too long, because
 * nothing in SQLite's own process can interrupt a statement.
 */
import { GatetapeError } from '../../errors.js';
import { runTool } from './tools.js';

/** A call, from the server. */
export interface ToolCall {
  readonly db: string;
  readonly name: string;
  readonly given: object;
}

/** Result: JSON, or the error and its hint. */
export interface ToolReply {
  readonly text: string;
  readonly isError: boolean;
}

async function answer({ db, name, given }: ToolCall): Promise<ToolReply> {
  try {
    return { text: JSON.stringify(await runTool(db, name, given)), isError: false };
  } catch (error) {
    return { text: describeError(error), isError: true };
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof GatetapeError)) return error instanceof Error ? `a bug: ${error.message}` : 'a bug';
  return `${error.message}: ${error.hint}`;
}

process.on('message', (call: ToolCall) => {
  void answer(call).then((reply) => process.send?.(reply));
});
// The server is gone.
process.on('disconnect', () => process.exit());
// Loaded.
process.send?.(null);
