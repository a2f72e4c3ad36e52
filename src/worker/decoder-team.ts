/**
 * Decoder team: the decoder threads, seen from the recorder thread.
 *
 * The recorder gives each message of its ring to the decoder of the connection, and takes what was decoded in the order
 * of the ring again. So sessions, secrets and the order of rows are those of one thread that does everything; what takes
 * long, and concerns one connection only, is done by many. The recorder never waits for a decoder here: it sleeps in its
 * ring, which the decoders wake.
 */
import type { DecodedEvent } from '../capture/capture-decoder.js';
import { unpackDecoded, unpackMark } from '../capture/decoded-frames.js';
import type { CaptureRecord, FrameRecord } from '../capture/records.js';
import { NO_BYTES } from '../wire/no-bytes.js';
import { BatchReceiver } from './batch-receiver.js';
import { SlotReceiver } from './batch-slots.js';
import { DECODER_RING_BYTES, type DecoderLane } from './decoder-lane.js';
import type { RecorderParts, RecorderStep } from './recorder-loop.js';
import { readMessage, type RingMessage, writeChunk, writeControl } from './ring-messages.js';
import { RingWriter } from './ring.js';

/** Messages that are given and not taken back. */
const MAX_AHEAD = 8192;
/** Bytes of them for each decoder. */
const MAX_AHEAD_BYTES = DECODER_RING_BYTES;

/** A message that a decoder works on, or that waits for those before it. */
interface Ahead {
  readonly message: RingMessage;
  /** Null if there is nothing to decode. */
  readonly lane: Lane | null;
  readonly bytes: number;
  /** Ring entries up to it, modulo 2^32. */
  readonly entries: number;
}

/** Decoder threads at work. */
export class DecoderTeam {
  readonly #lanes: readonly Lane[];
  /** Messages that were given, the oldest first from `#first` on. */
  #ahead: Ahead[] = [];
  #first = 0;
  #aheadBytes = 0;
  /** Messages that were read and cannot be given yet. */
  #kept: RingMessage[] = [];
  readonly #records: CaptureRecord[] = [];

  constructor(lanes: readonly DecoderLane[]) {
    this.#lanes = lanes.map((lane) => new Lane(lane));
  }

  /** Whether anything was given that was not taken back. */
  get isBusy(): boolean {
    return this.#ahead.length > this.#first || this.#kept.length > 0;
  }

  /** Whether no message can be given before one is taken back. */
  get isFull(): boolean {
    return (
      this.#kept.length > 0 ||
      this.#ahead.length - this.#first >= MAX_AHEAD ||
      this.#aheadBytes >= this.#lanes.length * MAX_AHEAD_BYTES
    );
  }

  /**
   * Gives a message if there is one, and records what was decoded of the oldest one, as far as it has come. If a decoder has
   * died, everything before the message that it left is recorded, as by one thread that dies of it.
   */
  step(parts: RecorderParts): RecorderStep {
    const hasGiven = this.#giveNext(parts);
    const oldest = this.#ahead[this.#first];
    if (oldest?.message.type === 'stop') {
      this.#finish(parts, oldest.message.atUs);
      return 'stopped';
    }
    // Looked at first: what a lane has sent is there before it is closed.
    const isDead = oldest?.lane?.isClosed ?? this.#lanes.some(({ isClosed }) => isClosed);
    const hasTaken = oldest !== undefined && this.#takeBack(oldest, parts);
    if (hasTaken) return 'recorded';
    if (isDead) return 'stopped';
    return hasGiven ? 'recorded' : 'empty';
  }

  /** Lets the decoders end. */
  close(): void {
    for (const lane of this.#lanes) lane.close();
  }

  #giveNext({ ring, recorder }: RecorderParts): boolean {
    if (this.#kept.length === 0) {
      const message = this.isFull ? null : readMessage(ring);
      if (message === null) return false;
      this.#kept.push(message);
    }
    const [message] = this.#kept;
    if (message === undefined) return false;
    if (message.type === 'stop') {
      // What is open ends now, and its last frames are decoded, too.
      if (this.#ahead.length > this.#first) return false;
      const endings = recorder.endings(message.atUs);
      if (endings.length > 0) this.#kept.unshift(...endings);
      else this.#give(message, null, ring.count);
      return true;
    }
    return this.#give(message, 'connection' in message ? this.#laneOf(message) : null, ring.count);
  }

  #laneOf({ connection }: DecodedEvent): Lane | null {
    return this.#lanes[connection % this.#lanes.length] ?? null;
  }

  /** Gives the first of the kept messages; returns false if its decoder has no room. */
  #give(message: RingMessage, lane: Lane | null, entries: number): boolean {
    if (lane !== null && !lane.tryGive(message as DecodedEvent)) return false;
    this.#kept.shift();
    const bytes = message.type === 'chunk' || message.type === 'body' ? message.bytes.length : 0;
    this.#aheadBytes += bytes;
    this.#ahead.push({
      message: message.type === 'chunk' ? { ...message, bytes: NO_BYTES } : message,
      lane,
      bytes,
      entries,
    });
    return true;
  }

  /** Returns whether anything had come. */
  #takeBack(oldest: Ahead, { recorder, batches, nowUs }: RecorderParts): boolean {
    const { message, lane } = oldest;
    const now = nowUs();
    if (message.type === 'stop') return false;
    if (lane === null) {
      batches.add(recorder.accept(message), now);
      this.#shift(oldest);
    } else {
      let row = lane.next();
      if (row === null) return false;
      for (; row !== null; row = lane.next()) {
        const mark = unpackMark(row);
        if (mark !== null) {
          batches.add(recorder.accept(message, mark), now);
          this.#shift(oldest);
          break;
        }
        this.#records.length = 0;
        recorder.take(unpackDecoded(row), this.#records);
        batches.add(this.#records, now);
      }
    }
    if (this.#ahead[this.#first] !== oldest) batches.entries = oldest.entries;
    if (batches.isDue(now)) batches.send();
    return true;
  }

  #shift({ bytes }: Ahead): void {
    this.#aheadBytes -= bytes;
    this.#first += 1;
    if (this.#first < MAX_AHEAD) return;
    this.#ahead = this.#ahead.slice(this.#first);
    this.#first = 0;
  }

  #finish({ recorder, batches, nowUs, ring }: RecorderParts, atUs: number): void {
    batches.add(recorder.finish(atUs), nowUs());
    batches.entries = ring.count;
    batches.send();
    batches.finish();
  }
}

/** The way to one decoder and back. */
class Lane {
  readonly #ring: RingWriter;
  readonly #slots: SlotReceiver;
  readonly #batches: BatchReceiver;
  #rows: readonly CaptureRecord[] = [];
  #at = 0;

  constructor({ ring, slots, port }: DecoderLane) {
    this.#ring = new RingWriter(ring);
    this.#slots = new SlotReceiver(slots);
    this.#batches = new BatchReceiver(this.#slots, port);
  }

  tryGive(event: DecodedEvent): boolean {
    return event.type === 'chunk'
      ? writeChunk(this.#ring, event.connection, event.sender, event.atUs, event.bytes)
      : writeControl(this.#ring, event);
  }

  /** The next frame or mark, whose bytes are valid until the next call; null if none has come. */
  next(): FrameRecord | null {
    if (this.#at === this.#rows.length) {
      if (this.#rows.length > 0) this.#batches.giveBack();
      this.#rows = this.#slots.wait(0) ? (this.#batches.take() ?? []) : [];
      this.#at = 0;
    }
    const row = this.#rows[this.#at];
    if (row?.type !== 'frame') return null;
    this.#at += 1;
    return row;
  }

  /** Whether its decoder has ended; what it has sent can still be taken. */
  get isClosed(): boolean {
    return this.#slots.isClosed;
  }

  close(): void {
    this.#slots.close();
    this.#ring.wake();
  }
}
