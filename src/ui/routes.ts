/**
 * Routes: the table of addresses, each with the function that answers it. docs/page.md lists them too; a test compares
 * the two.
 */
import type { ServerResponse } from 'node:http';
import type { PageContext } from './context.js';
import { answerFrameCount, answerFrames } from './frame-window.js';
import { streamLive } from './live.js';
import { answerFrame } from './one-frame.js';
import { answerOverview, answerSizes } from './overview.js';
import type { PageRequest } from './request.js';
import { callsAsRows, eventsAsRows, findingsAsRows, framesAsRows, sessionsAsRows } from './csv-rows.js';
import { answerCall, answerCalls } from './call-window.js';
import { answerComparison } from './comparison.js';
import { answerWords } from './filter-words.js';
import { answerFindings } from './findings.js';
import { answerFlow, streamDiagram } from './flow-diagram.js';
import { answerSession, answerSessions } from './session-lanes.js';
import { answerSql } from './sql-text.js';
import { answerTake, streamFile } from './take.js';

/** Makes the data of an answer. `id`: the number in the path, or 0. */
type MakeAnswer = (
  context: PageContext,
  request: PageRequest,
  signal: AbortSignal,
  id: number,
) => Promise<object> | object;

interface Route {
  /** Path, in which `ID` is a number and `FORM` a word. */
  readonly path: string;
  /** Whether the page has a view at this path. */
  readonly isView: boolean;
  readonly answer?: MakeAnswer;
  /** The data as CSV. */
  readonly rows?: (data: object) => string;
  /** Writes the whole answer itself. */
  readonly stream?: (
    context: PageContext,
    request: PageRequest,
    response: ServerResponse,
    signal: AbortSignal,
  ) => Promise<void>;
}

const ROUTES: readonly Route[] = [
  { path: '/', isView: true, answer: answerOverview, rows: eventsAsRows },
  { path: '/overview', isView: true, answer: answerOverview, rows: eventsAsRows },
  { path: '/sizes', isView: false, answer: answerSizes },
  { path: '/frames', isView: true, answer: answerFrames, rows: framesAsRows },
  { path: '/frames/count', isView: false, answer: answerFrameCount },
  { path: '/frames/ID', isView: true, answer: answerFrame },
  { path: '/sessions', isView: true, answer: answerSessions, rows: sessionsAsRows },
  { path: '/sessions/ID', isView: true, answer: answerSession },
  { path: '/rest', isView: true, answer: answerCalls, rows: callsAsRows },
  { path: '/rest/ID', isView: true, answer: answerCall },
  { path: '/findings', isView: true, answer: answerFindings, rows: findingsAsRows },
  { path: '/compare', isView: true, answer: answerComparison },
  { path: '/flow', isView: true, answer: answerFlow },
  ...['svg', 'mmd', 'txt'].map((form) => ({
    path: `/flow/${form}`,
    isView: false,
    stream: streamDiagram,
  })),
  { path: '/words', isView: false, answer: answerWords },
  { path: '/sql', isView: false, answer: answerSql },
  { path: '/take', isView: false, answer: answerTake },
  ...['tape', 'har', 'jsonl', 'csv'].map((form) => ({
    path: `/take/${form}`,
    isView: false,
    stream: streamFile,
  })),
  { path: '/live', isView: false, stream: streamLive },
];

/** Paths of all routes. */
export const ROUTE_PATHS: readonly string[] = ROUTES.map(({ path }) => path);

/** A route, with the number in the requested path. */
export interface FoundRoute extends Omit<Route, 'answer'> {
  readonly id: number;
  /** Name of a file with its rows. */
  readonly name: string;
  readonly answer?: (
    context: PageContext,
    request: PageRequest,
    signal: AbortSignal,
  ) => Promise<object> | object;
}

/** Route of a path, or null. */
export function findRoute(path: string): FoundRoute | null {
  const [, digits] = /\/(\d{1,15})$/.exec(path) ?? [];
  const general = digits === undefined ? path : path.replace(/\d+$/, 'ID');
  const route = ROUTES.find((one) => one.path === general);
  if (route === undefined) return null;
  const id = Number(digits ?? 0);
  const { answer: make, ...rest } = route;
  const name = path === '/' ? 'overview' : path.slice(1).replaceAll('/', '-');
  if (make === undefined) return { ...rest, id, name };
  return { ...rest, id, name, answer: (context, request, signal) => make(context, request, signal, id) };
}
