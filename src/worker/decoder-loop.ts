/**
 * Decoder loop: a ring with the events of some connections → CaptureDecoder → batches for the recorder thread.
 *
 * It runs synchronously from start to end, and sleeps while its ring is empty. What is decoded is sent as soon as there
 * is nothing more to decode, or after a short while, because the recorder may wait for it.
 */
import type { CaptureDecoder, DecodedEvent } from '../capture/capture-decoder.js';
import type { BatchSender } from './batch-sender.js';
import { readMessage } from './ring-messages.js';
import type { RingReader } from './ring.js';

/** Age at which decoded frames are sent. */
export const DECODED_AGE_US = 2_000;

const LONG_MS = 60_000;

/** Parts that the loop uses. */
export interface DecoderParts {
  readonly ring: RingReader;
  readonly decoder: CaptureDecoder;
  readonly batches: BatchSender;
  readonly nowUs: () => number;
}

/** Decodes until the recorder is gone, or has ended. */
export function runDecoderLoop(parts: DecoderParts): void {
  const { ring, batches } = parts;
  while (!batches.isClosed) {
    if (!decodeNext(parts)) ring.sleep(1, LONG_MS);
  }
}

/** Decodes the next message. If no message waits, it sends what it has and returns false. */
export function decodeNext({ ring, decoder, batches, nowUs }: DecoderParts): boolean {
  const message = readMessage(ring);
  if (message === null) {
    batches.send();
    return false;
  }
  const now = nowUs();
  // The recorder passes on nothing else.
  batches.add(decoder.accept(message as DecodedEvent), now);
  if (batches.isDue(now)) batches.send();
  return true;
}
