/**
 * Ahead thread: the entry point of a worker that makes the messages of texts, a batch at a time, for ahead-thread.ts.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { MadeMessages } from './ahead-thread.js';
import { makeMessage, type MockTransport } from './message-cache.js';

const transport = workerData as MockTransport;

parentPort?.on('message', (texts: readonly string[]) => {
  const messages = texts.map((text) => makeMessage(transport, text));
  const bytes = new Uint8Array(messages.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  const ends = messages.map((message) => {
    bytes.set(message, end);
    return (end += message.length);
  });
  const made: MadeMessages = { bytes, ends };
  parentPort?.postMessage(made, [bytes.buffer]);
});
