/**
 * News from the server's stream. The stream is closed while the page is hidden, so that a forgotten tab costs nothing.
 */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals';
import type { LiveEvent } from '../../src/ui/answers.js';
import { selectionQuery } from './address.js';

/** Shortest time between two refreshes of a view, in ms; the stream itself has at most five events a second. */
const REFRESH_MS = 1_000;

const lastEvent = signal<LiveEvent | null>(null);
const connected = signal(false);
const refreshes = signal(0);

/** Whether the reader has paused updates. */
export const isPaused = signal(false);

/** Newest event of the stream; null before the first. */
export const live: ReadonlySignal<LiveEvent | null> = lastEvent;

/** Whether the stream is open. */
export const isConnected: ReadonlySignal<boolean> = connected;

/** Grows when there are new frames or calls, at most once a second, unless the reader has paused. */
export const freshness: ReadonlySignal<number> = refreshes;

/** Greatest id of a frame in the stream so far; 0 before the first event. */
export const lastFrameId: ReadonlySignal<number> = computed(() => lastEvent.value?.lastId ?? 0);

/** Opens the stream, and again when the selection changes. */
export function startLive(): void {
  const isVisible = signal(!document.hidden);
  document.addEventListener('visibilitychange', () => {
    isVisible.value = !document.hidden;
  });
  effect(() => {
    const query = selectionQuery.value;
    return isVisible.value ? openStream(query) : undefined;
  });
  startRefreshes();
}

function openStream(query: string): () => void {
  const source = new EventSource(query === '' ? '/live' : `/live?${query}`);
  source.addEventListener('open', () => {
    connected.value = true;
  });
  source.addEventListener('error', () => {
    connected.value = false;
  });
  source.addEventListener('live', ({ data }: MessageEvent<string>) => {
    const event = JSON.parse(data) as LiveEvent;
    if (event.isReplaced) location.reload();
    connected.value = true;
    lastEvent.value = event;
  });
  return () => source.close();
}

function startRefreshes(): void {
  let refreshedAtMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let seen: string | null = null;
  effect(() => {
    const event = lastEvent.value;
    if (event === null || isPaused.value) return;
    const { lastId, lastCallId, openConnections, isRecording, findings } = event;
    const state = [lastId, lastCallId, openConnections, isRecording, findings].join();
    // The first event counts too: frames can have come between the first answers and this event.
    const isNew = seen !== state;
    seen = state;
    if (!isNew || timer !== undefined) return;
    const refresh = (): void => {
      timer = undefined;
      refreshedAtMs = performance.now();
      refreshes.value = refreshes.peek() + 1;
    };
    const waitMs = refreshedAtMs + REFRESH_MS - performance.now();
    if (waitMs <= 0) refresh();
    else timer = setTimeout(refresh, waitMs);
  });
}
