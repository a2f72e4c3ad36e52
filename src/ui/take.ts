/**
 * Downloads and commands of a selection. A thread makes the file, at the speed of the client that saves it.
 */
import { createRequire } from 'node:module';
import type { ServerResponse } from 'node:http';
import { Worker } from 'node:worker_threads';
import { UsageError } from '../errors.js';
import { quoteWord } from '../library/curl.js';
import { unpackFailure } from '../worker/boundary.js';
import type { TakeAnswer } from './answers.js';
import type { PageContext } from './context.js';
import { NotThere } from './not-there.js';
import { readWhole, type PageRequest } from './request.js';
import { readPageSelection, selectFrames } from './selection.js';
import type { TakeNotice, TakeOrder } from './take-entry.js';

// Resolved by name, so that sources find the compiled thread too: a worker cannot run TypeScript.
const require = createRequire(import.meta.url);

/** Heap limit of the thread that makes a file, in MiB: a tape needs a whole session in memory. */
const MEMORY_MIB = 1024;

/** Forms of files, with the ending of their names and their Content-Type. */
const FORMS = {
  tape: { ending: 'tape.ndjson', type: 'application/x-ndjson' },
  har: { ending: 'har', type: 'application/json' },
  jsonl: { ending: 'jsonl', type: 'application/x-ndjson' },
  csv: { ending: 'csv', type: 'text/csv; charset=utf-8' },
} as const;

type TakeForm = keyof typeof FORMS;
const FORM_WORDS = Object.keys(FORMS) as readonly TakeForm[];

/** Answers `/take`. */
export function answerTake({ file }: PageContext, request: PageRequest): TakeAnswer {
  const { query } = request;
  const { text } = readPageSelection(query);
  const session = readWhole(query, 'session');
  const names = nameFile(session);
  return {
    files: FORM_WORDS.map((form) => ({
      form,
      href: `/take/${form}${request.search}`,
      name: `${names}.${FORMS[form].ending}`,
      refusal: refuseForm(form, session),
    })),
    commands: listCommands(file.path, text, session),
  };
}

function refuseForm(form: TakeForm, session: number | undefined): string | null {
  return form === 'tape' && session === undefined ? 'a tape is of one session: choose one' : null;
}

function nameFile(session: number | undefined): string {
  return session === undefined ? 'frames' : `session-${session}`;
}

/** Shell commands for a selection or a session. */
export function listCommands(
  path: string,
  filter: string,
  session: number | undefined,
): TakeAnswer['commands'] {
  const db = `--db ${quoteWord(path)}`;
  const chosen = [
    ...(session === undefined ? [] : [`--session ${session}`]),
    ...(filter === '' ? [] : [`--filter ${quoteWord(filter)}`]),
  ];
  const of = (command: string, ...more: readonly string[]): string =>
    [`gatetape ${command}`, db, ...more].join(' ');
  const ofSession =
    session === undefined
      ? []
      : [
          { about: 'serve it to a client under test', command: of('mock', `--session ${session}`) },
          {
            about: 'a tape for git',
            command: of(
              'export',
              `--session ${session}`,
              '--as tape',
              `--output session-${session}.tape.ndjson`,
            ),
          },
          {
            about: 'a test that plays it',
            command: of('scaffold', `--session ${session}`, `--output session-${session}`),
          },
          { about: 'why it began and ended', command: of('why', `--session ${session}`) },
        ];
  return [
    { about: 'these frames', command: of('frames', ...chosen) },
    { about: 'their figures', command: of('stats', ...chosen) },
    ...ofSession,
  ];
}

/** Answers `/take/FORM`. Rejects before the first line if the form cannot hold the selection. */
export async function streamFile(
  { file }: PageContext,
  request: PageRequest,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const word = request.path.split('/').at(-1) ?? '';
  const form = FORM_WORDS.find((one) => one === word);
  if (form === undefined) throw new NotThere(`there is no form ${word}`, `take ${FORM_WORDS.join(', ')}`);
  const session = readWhole(request.query, 'session');
  const refusal = refuseForm(form, session);
  if (refusal !== null) throw new UsageError(refusal, 'add session=ID to the address');
  const filter = {
    ...selectFrames(readPageSelection(request.query)),
    ...(session === undefined ? {} : { session }),
  };
  const order: TakeOrder = { path: file.path, form, filter };
  const worker = new Worker(require.resolve('#page-take'), {
    name: 'gatetape take',
    workerData: order,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
  });
  signal.addEventListener('abort', () => void worker.terminate(), { once: true });
  const { ending, type } = FORMS[form];
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Disposition', `attachment; filename="${nameFile(session)}.${ending}"`);
  try {
    await pour(worker, response);
    response.end();
  } catch (error) {
    if (!response.headersSent) {
      response.removeHeader('Content-Disposition');
      throw error;
    }
    // The destroyed socket shows the browser that the file is incomplete.
    response.destroy();
  } finally {
    await worker.terminate();
  }
}

/** Writes the pieces of a thread, each after the one before was written. */
function pour(worker: Worker, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const more = (): void => worker.postMessage('more');
    worker.on('message', (notice: TakeNotice) => {
      if (notice.type === 'failed') reject(unpackFailure(notice.failure));
      else if (notice.type === 'done') resolve();
      else if (response.write(notice.text)) more();
      else response.once('drain', more);
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
}
