/**
 * Decoder lane: the memory between the recorder thread and one decoder thread, events there and decoded frames back.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createBatchSlots } from './batch-slots.js';
import { createRing } from './ring.js';

/** Size of the ring of a decoder: some ten milliseconds of its work. */
export const DECODER_RING_BYTES = 2 ** 21;

/** One end of a lane. */
export interface DecoderLane {
  readonly ring: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
  /** The end of the port that belongs to the slots. */
  readonly port: MessagePort;
}

/** Both ends of a lane that takes each entry of a ring of `queueBytes`. */
export function openLane(queueBytes: number): { readonly near: DecoderLane; readonly far: DecoderLane } {
  const { port1, port2 } = new MessageChannel();
  const memory = {
    ring: createRing(Math.min(queueBytes, DECODER_RING_BYTES)),
    slots: createBatchSlots(),
  };
  return { near: { ...memory, port: port1 }, far: { ...memory, port: port2 } };
}
