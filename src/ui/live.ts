/**
 * Stream of news: events while the file grows. The stream ends, and its work too, when its client disconnects.
 *
 * An event has counts only; the page then requests the rows that it shows. Source: HTML (WHATWG), server-sent
 * events.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { StoreError } from '../errors.js';
import type { LiveEvent } from './answers.js';
import { PAGE_BOUNDS } from './bounds.js';
import type { PageContext } from './context.js';
import { searchFrames } from './frame-search.js';
import type { PageRequest } from './request.js';
import { readPageSelection, selectFrames } from './selection.js';

/** Time over which the rate is averaged, in ms. */
const RATE_MS = 5_000;
/** Most frames that are tested against the filter for one event. */
const MOST_TESTED = 1_000;
/** Most time of these tests, in ms. */
const TEST_MS = 20;

let streams = 0;

/** Answers `/live`. Rejects with a StoreError when there are too many streams. */
export async function streamLive(
  context: PageContext,
  request: PageRequest,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const follower = new Follower(context, request);
  if (streams >= PAGE_BOUNDS.streams) {
    throw new StoreError('too many pages listen for what is new', 'close some of them');
  }
  streams += 1;
  try {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    let sentAtMs = -Infinity;
    while (!signal.aborted) {
      const event = await follower.next(performance.now() - sentAtMs >= PAGE_BOUNDS.restMs, signal);
      if (event !== null) {
        sentAtMs = performance.now();
        // A slow client gets fewer events, so that no memory piles up.
        if (!response.write(`event: live\ndata: ${JSON.stringify(event)}\n\n`))
          await drained(response, signal);
      }
      await wait(PAGE_BOUNDS.liveMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    streams -= 1;
    response.end();
  }
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Follows one file for one page. */
class Follower {
  readonly #context: PageContext;
  readonly #selection: ReturnType<typeof readPageSelection>;
  readonly #recent: { readonly atMs: number; readonly frames: number }[] = [];
  #generation: number;
  #version = -1;
  #lastId: number;
  #lastAtUs: number | null;
  #passed = 0;
  #isAtLeast = false;
  #wasRecording: boolean;
  #findings: number | null = null;

  constructor({ file, ...context }: PageContext, request: PageRequest) {
    this.#context = { file, ...context };
    this.#selection = readPageSelection(request.query);
    this.#generation = file.generation;
    const { lastId, lastAtUs } = file.queries().content();
    this.#lastId = lastId;
    this.#lastAtUs = lastAtUs;
    this.#wasRecording = file.isRecording();
  }

  /** Event for what came since the last one; null if nothing came, unless `isDue`. */
  async next(isDue: boolean, signal: AbortSignal): Promise<LiveEvent | null> {
    const { file, findings } = this.#context;
    const isReplaced = file.generation !== this.#generation;
    if (isReplaced) this.#restart();
    const queries = file.queries();
    const version = queries.dataVersion();
    const isRecording = file.isRecording();
    const hasNews =
      version !== this.#version ||
      isReplaced ||
      isRecording !== this.#wasRecording ||
      findings.count !== this.#findings ||
      this.#recent.length > 0;
    this.#version = version;
    this.#wasRecording = isRecording;
    this.#findings = findings.count;
    if (!hasNews && !isDue) return null;
    const fresh = queries.newFrames(this.#lastId);
    const afterId = this.#lastId;
    this.#lastId = fresh.lastId;
    this.#lastAtUs = fresh.lastAtUs ?? this.#lastAtUs;
    if (fresh.count > 0) await this.#test(afterId, fresh.count, signal);
    return {
      lastId: this.#lastId,
      lastCallId: queries.lastCallId(),
      lastAtUs: this.#lastAtUs,
      frames: fresh.count,
      wireBytes: fresh.wireBytes,
      passed: this.#passed,
      isAtLeast: this.#isAtLeast,
      perSecond: this.#rate(fresh.count),
      openConnections: isRecording ? queries.openConnections() : 0,
      isRecording,
      findings: findings.count,
      isReplaced,
    };
  }

  #restart(): void {
    const { file } = this.#context;
    this.#generation = file.generation;
    const { lastId, lastAtUs } = file.queries().content();
    this.#lastId = lastId;
    this.#lastAtUs = lastAtUs;
    this.#passed = 0;
    this.#isAtLeast = false;
    this.#recent.length = 0;
  }

  /** Counts the new frames that pass the filter. */
  async #test(afterId: number, count: number, signal: AbortSignal): Promise<void> {
    if (this.#selection.text === '' && this.#selection.untilUs === undefined) {
      this.#passed += count;
      return;
    }
    const { rows, isComplete, isAtEnd } = await searchFrames(this.#context.file.queries(), {
      filter: { ...selectFrames(this.#selection), afterId, beforeId: this.#lastId + 1 },
      isBackwards: false,
      limit: MOST_TESTED,
      endMs: performance.now() + TEST_MS,
      signal,
    });
    this.#passed += rows.length;
    if (!isComplete || !isAtEnd) this.#isAtLeast = true;
  }

  #rate(frames: number): number {
    const nowMs = performance.now();
    if (frames > 0) this.#recent.push({ atMs: nowMs, frames });
    while ((this.#recent[0]?.atMs ?? nowMs) < nowMs - RATE_MS) this.#recent.shift();
    const sum = this.#recent.reduce((total, recent) => total + recent.frames, 0);
    return (sum * 1000) / RATE_MS;
  }
}
