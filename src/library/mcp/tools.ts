/**
 * Tools of the Model Context Protocol server: what each takes, and what it answers from one database.
 *
 * They read the one file that the server was started with, and no other; what was redacted before it was written stays
 * so.
 */
import { UsageError } from '../../errors.js';
import { compareShapes } from '../drift.js';
import { lintCapture } from '../lint.js';
import { readCapture } from '../queries.js';
import { makePage } from './answer.js';
import {
  type ArgumentName,
  describeArguments,
  readArguments,
  readSelection,
  readLimit,
  readTimes,
  resolveNamed,
  type ToolArguments,
} from './arguments.js';
import { pageFrames } from './frame-pages.js';
import { diffSessions, listCalls, pageList, runStatement, showFrame } from './tool-answers.js';

/** Answer of a tool: an object that becomes JSON. */
export type ToolAnswer = object;

interface ToolRow {
  readonly name: string;
  readonly description: string;
  readonly takes: readonly ArgumentName[];
  readonly needs?: readonly ArgumentName[];
  readonly run: (db: string, given: ToolArguments) => Promise<ToolAnswer>;
}

const PAGED = ['limit', 'cursor'] as const;
const SPAN = ['since', 'until'] as const;
const PLACE = ['session', 'connection', 'capture', 'shard'] as const;

const TOOLS: readonly ToolRow[] = [
  {
    name: 'sessions',
    description:
      'Lists the gateway sessions of the recording, oldest first: user, shard, library, frames, how it ended.',
    takes: PAGED,
    run: (db, given) => readCapture(db, (reader) => pageList(reader.sessions(), given)),
  },
  {
    name: 'connections',
    description: 'Lists the WebSocket connections, oldest first: transport, close code, who closed, session.',
    takes: ['session', ...SPAN, ...PAGED],
    run: (db, given) =>
      readCapture(db, (reader) =>
        pageList(
          reader.connections({ ...readTimes(given), session: resolveNamed(reader, given.session) }),
          given,
        ),
      ),
  },
  {
    name: 'stats',
    description:
      'Counts, bytes, rates and sizes of frames in groups, a total, and heartbeats with their round-trip times.',
    takes: ['by', 'filter', ...PLACE, 'op', 'event', 'sender', ...SPAN, ...PAGED],
    run: (db, given) =>
      readCapture(db, (reader) => {
        const { groups, ...rest } = reader.stats({
          ...readSelection(reader, given),
          by: given.by,
        });
        return { ...rest, ...pageList(groups, given) };
      }),
  },
  {
    name: 'frames',
    description: 'Lists frames with their payloads. Long payloads are cut; the tool frame reads them whole.',
    takes: [
      'filter',
      ...PLACE,
      'op',
      'event',
      'sender',
      'guild',
      'channel',
      'user',
      'text',
      ...SPAN,
      'newestFirst',
      ...PAGED,
    ],
    run: (db, given) =>
      readCapture(db, (reader) =>
        pageFrames(reader, readSelection(reader, given), {
          limit: readLimit(given),
          cursor: given.cursor,
          isNewestFirst: given.newestFirst ?? false,
        }),
      ),
  },
  {
    name: 'frame',
    description: 'Shows one frame, its neighbours and its whole payload as JSON text, a long one in parts.',
    takes: ['id', 'session', 'seq', 'cursor'],
    run: (db, given) => readCapture(db, (reader) => showFrame(reader, given)),
  },
  {
    name: 'http',
    description:
      'Lists the REST calls of the client, in the order in which they began, with bodies as far as recorded.',
    takes: ['session', 'method', 'route', 'statusFrom', 'statusTo', ...SPAN, ...PAGED],
    run: (db, given) => readCapture(db, (reader) => makePage(listCalls(reader, given), readLimit(given))),
  },
  {
    name: 'drift',
    description:
      'Says which fields, types, events and opcodes differ in shape between two sessions of the recording.',
    takes: ['before', 'after', 'event', 'filter', ...PAGED],
    needs: ['before', 'after'],
    run: async (db, given) => {
      const { before = 'latest', after = 'latest' } = given;
      const filter = { event: given.event, filter: given.filter };
      const drift = await compareShapes({ db, session: before, filter }, { db, session: after, filter });
      return { ...drift, changes: undefined, ...pageList(drift.changes, given) };
    },
  },
  {
    name: 'diff',
    description: 'Compares two sessions payload by payload: missing, unexpected, moved and changed ones.',
    takes: ['before', 'after', 'sender', 'ignore', ...PAGED],
    needs: ['before', 'after'],
    run: (db, given) => Promise.resolve(diffSessions(db, given)),
  },
  {
    name: 'lint',
    description:
      'Judges the recording by the rules of the protocol: what client or gateway did wrong, why it matters, what to do. ' +
      'A filter keeps the findings with a frame that passes it; the rules see all frames.',
    takes: ['session', 'connection', 'filter', 'rules', 'severity', ...PAGED],
    run: async (db, given) => {
      const { session, connection, filter, rules, severity } = given;
      const { findings, ...rest } = await lintCapture({ db, session, connection, filter, rules, severity });
      return { ...rest, ...pageList(findings, given) };
    },
  },
  {
    name: 'sql',
    description:
      'Runs one statement that reads the database, such as SELECT event, count(*) FROM frame_view GROUP BY event. ' +
      "Payloads are in frame_view.payload as JSON: payload ->> '$.d.content'.",
    takes: ['statement', ...PAGED],
    needs: ['statement'],
    run: (db, given) => readCapture(db, (reader) => runStatement(reader, given)),
  },
];

/** A tool as a client of the protocol sees it. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: object;
  readonly annotations: object;
}

/** All tools. */
export function describeTools(): readonly ToolDescription[] {
  return TOOLS.map(({ name, description, takes, needs = [] }) => ({
    name,
    description,
    inputSchema: describeArguments(takes, needs),
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  }));
}

/**
 * Answer of a tool. Rejects with UsageError for an unknown tool or wrong arguments, StoreError for a file that cannot be
 * read.
 */
export async function runTool(db: string, name: string, given: object): Promise<ToolAnswer> {
  const tool = TOOLS.find((each) => each.name === name);
  if (tool === undefined) {
    throw new UsageError(
      `there is no tool ${name}`,
      `the tools are ${TOOLS.map((each) => each.name).join(', ')}`,
    );
  }
  return tool.run(db, readArguments(name, given, tool.takes, tool.needs ?? []));
}
