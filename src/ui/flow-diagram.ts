/**
 * Sequence diagrams of a session or a selection, as data and as files.
 */
import type { ServerResponse } from 'node:http';
import { formatFlow, type DiagramForm } from '../library/flow.js';
import type { FlowAnswer } from './answers.js';
import type { PageContext } from './context.js';
import { readWhole, type PageRequest } from './request.js';
import { readPageSelection } from './selection.js';

/** Forms of a diagram's file, by the last part of their paths. */
const FILES: Readonly<Record<string, { readonly form: DiagramForm; readonly type: string }>> = {
  '/flow/svg': { form: 'svg', type: 'image/svg+xml' },
  '/flow/mmd': { form: 'mermaid', type: 'text/plain; charset=utf-8' },
  '/flow/txt': { form: 'text', type: 'text/plain; charset=utf-8' },
};

/** Answers `/flow`. */
export async function answerFlow(context: PageContext, request: PageRequest): Promise<FlowAnswer> {
  const { query } = request;
  const selection = readPageSelection(query);
  const head = context.file.head(selection);
  const { result, progress } = await context.desk.ask(
    'flow',
    { selection, session: readWhole(query, 'session') ?? null },
    head.source.lastId,
    context.file.generation,
  );
  return { ...head, progress, flow: result };
}

/** Answers `/flow/svg`, `/flow/mmd` and `/flow/txt`, when the diagram is complete. */
export async function streamDiagram(
  context: PageContext,
  request: PageRequest,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const file = FILES[request.path];
  let answer = await answerFlow(context, request);
  while (answer.flow === null && !signal.aborted) answer = await answerFlow(context, request);
  if (answer.flow === null || file === undefined) return;
  const name = `flow.${request.path.split('/').at(-1) ?? 'txt'}`;
  response.setHeader('Content-Type', file.type);
  response.setHeader('Content-Disposition', `attachment; filename="${name}"`);
  response.end(`${[...formatFlow(answer.flow, file.form)].join('\n')}\n`);
}
