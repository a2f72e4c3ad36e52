/**
 * Decoders and the recorder that they decode for, in one thread and in any order of their turns: the records are those of one
 * thread that does everything.
 */
import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CaptureDecoder } from '../../src/capture/capture-decoder.js';
import { CaptureRecorder, type CaptureRecorderOptions } from '../../src/capture/recorder.js';
import type { CaptureRecord } from '../../src/capture/records.js';
import type { TapEvent } from '../../src/capture/tap.js';
import { findSecretKeys, type Redaction } from '../../src/gateway/redact/redact.js';
import { HeldBytes } from '../../src/wire/held-bytes.js';
import { BatchReceiver } from '../../src/worker/batch-receiver.js';
import { BatchSender } from '../../src/worker/batch-sender.js';
import { createBatchSlots, SlotReceiver, SlotSender } from '../../src/worker/batch-slots.js';
import { openLane } from '../../src/worker/decoder-lane.js';
import { decodeNext, type DecoderParts } from '../../src/worker/decoder-loop.js';
import { DecoderTeam } from '../../src/worker/decoder-team.js';
import { recordNext, type RecorderParts } from '../../src/worker/recorder-loop.js';
import { writeBody, writeChunk, writeControl } from '../../src/worker/ring-messages.js';
import { createRing, MIN_RING_BYTES, RingReader, RingWriter } from '../../src/worker/ring.js';
import { Random } from '../sim/random.js';
import { drawTraffic, type Traffic } from '../sim/traffic.js';
import { placeholder, record } from '../support/capture-playbook.js';
import { TapScript } from '../support/capture/tap-events.js';

const STOP_US = 9_000_000_000;
const NOW_US = 1;

const optionsOf = (redaction: Redaction = 'secrets'): CaptureRecorderOptions => ({
  redaction,
  placeholder,
  maxPayloadBytes: 2 ** 20,
  maxBodyBytes: 2 ** 16,
  isLive: true,
});

/** A sender that says when it would wait. */
class OpenSender extends SlotSender {
  get isFull(): boolean {
    return this.taken > 2;
  }
}

interface Decoder extends DecoderParts {
  readonly slots: OpenSender;
}

/** A recorder thread and its decoders. */
class Team {
  /** What the writer gets, each as text. */
  readonly records: string[] = [];
  readonly decoders: readonly Decoder[];
  readonly ring = createRing(2 ** 22);
  readonly writer = new RingWriter(this.ring);
  readonly recorder: RecorderParts;
  readonly #receiver: BatchReceiver;
  readonly #slots: SlotReceiver;

  constructor(count: number, options = optionsOf()) {
    const lanes = Array.from({ length: count }, () => openLane(MIN_RING_BYTES));
    const memory = createBatchSlots();
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => {
      for (const { near } of lanes) near.port.close();
      port1.close();
    });
    const redactor = { secretKeys: findSecretKeys(options.redaction) };
    this.decoders = lanes.map(({ far }) => {
      const slots = new OpenSender(far.slots);
      return {
        slots,
        ring: new RingReader(far.ring),
        decoder: new CaptureDecoder({
          ...options,
          redactor,
          held: new HeldBytes(),
          isLive: true,
          report: fail,
        }),
        batches: new BatchSender(slots, far.port),
        nowUs: () => NOW_US,
      };
    });
    this.#slots = new SlotReceiver(memory);
    this.#receiver = new BatchReceiver(this.#slots, port2);
    this.recorder = {
      ring: new RingReader(this.ring),
      recorder: new CaptureRecorder({ ...options, isDecoding: false, report: fail }),
      batches: new BatchSender(new SlotSender(memory), port1),
      team: new DecoderTeam(lanes.map(({ near }) => near)),
      nowUs: () => NOW_US,
      onRoom: () => undefined,
    };
  }

  write(events: readonly TapEvent[]): void {
    for (const event of events) {
      if (event.type === 'chunk')
        writeChunk(this.writer, event.connection, event.sender, event.atUs, Buffer.from(event.bytes));
      else if (event.type === 'body') writeBody(this.writer, event.exchange, event.message, event.bytes);
      else writeControl(this.writer, event);
    }
  }

  /** A turn of a decoder, unless it would wait, or of the recorder for `decoders.length`; returns what came of it. */
  turn(index: number): string {
    const decoder = this.decoders[index];
    if (decoder !== undefined) return String(!decoder.slots.isFull && decodeNext(decoder));
    const step = recordNext(this.recorder);
    if (step === 'empty') this.recorder.batches.send();
    this.#receive();
    return step;
  }

  /** Gives turns in the order of `turns`, over and over, until the recorder has stopped. */
  finish(turns: readonly number[]): string[] {
    writeControl(this.writer, { type: 'stop', atUs: STOP_US });
    const all = [...turns, ...this.decoders.keys(), this.decoders.length];
    for (let turn = 0; this.turn(all[turn % all.length]!) !== 'stopped'; turn += 1) {
      if (turn > 200_000) throw new Error('the recorder does not stop');
    }
    return this.records;
  }

  /** Everything that was sent. */
  finishReading(): string[] {
    this.#receive();
    return this.records;
  }

  #receive(): void {
    while (this.#slots.wait(0)) {
      this.records.push(...(this.#receiver.take() ?? []).map(print));
      this.#receiver.giveBack();
    }
  }
}

function fail(line: string): void {
  throw new Error(line);
}

/** A record as text, because its bytes are soon used again. */
function print(one: CaptureRecord): string {
  const entries = Object.entries(one).sort();
  return entries.map(([key, value]) => `${key} ${JSON.stringify(asText('', value), asText)}`).join(', ');
}

/** Value, with bytes as text; those of a Buffer come as what its `toJSON` makes of them. */
function asText(_key: string, value: unknown): unknown {
  const bytes = value instanceof Uint8Array ? value : (value as { data?: number[] } | null)?.data;
  return bytes === undefined ? value : Buffer.from(bytes).toString('latin1');
}

/** What one thread makes of the events. */
function recordAlone(events: readonly TapEvent[], options = optionsOf()): string[] {
  const recorder = new CaptureRecorder(options);
  return [...record(events, recorder), ...recorder.finish(STOP_US)].map(print);
}

/** Events of some traffic, with all connections at once, cut anywhere, with gaps and REST calls. */
function* drawEvents(random: Random, { connections, secrets }: Traffic): Generator<TapEvent> {
  const open = connections.map((model, index) => ({
    key: index + 1,
    model,
    at: { client: 0, gateway: 0 },
  }));
  let atUs = 1000;
  for (const { key: connection, model } of open) {
    yield { type: 'open', connection, handshake: { ...model.handshake, atUs: (atUs += 1) } };
  }
  while (open.length > 0) {
    const index = random.below(open.length);
    const { key: connection, model, at } = open[index]!;
    const sender = random.pick(['client', 'gateway'] as const);
    const { bytes } = model.streams[sender];
    const length = Math.min(bytes.length - at[sender], random.skewed(1, 3000));
    atUs += 1;
    if (length > 0 && random.chance(0.01))
      yield { type: 'gap', connection, sender, fromUs: atUs, untilUs: atUs, bytes: length };
    else if (length > 0)
      yield {
        type: 'chunk',
        connection,
        sender,
        atUs,
        bytes: bytes.subarray(at[sender], at[sender] + length),
      };
    at[sender] += length;
    if (random.chance(0.02))
      yield* restCall(connection * 1000 + at.client + at.gateway, random.pick(secrets), atUs);
    if (random.chance(0.02)) yield { type: 'converged', connection, gatewayFrameNo: 1 + random.below(20) };
    const isOver =
      at.client + at.gateway === model.streams.client.bytes.length + model.streams.gateway.bytes.length;
    if (!isOver) continue;
    open.splice(index, 1);
    // Some are still open when the recorder stops.
    if (random.chance(0.8))
      yield { type: 'end', connection, end: { atUs, endedBy: model.endedBy, relayMode: 'converged' } };
  }
}

function* restCall(exchange: number, authorization: string, atUs: number): Generator<TapEvent> {
  const start = { atUs, method: 'GET', path: '/v10/gateway', contentType: null, contentEncoding: null };
  yield {
    type: 'exchange',
    exchange,
    start: { ...start, userAgent: null, authorization, secrets: [authorization] },
  };
  yield { type: 'body', exchange, message: 'response', bytes: Buffer.from('{"a":1}') };
  yield { type: 'exchange_end', exchange, end: { atUs, requestBytes: 0, responseBytes: 7, fault: null } };
}

describe('a team of decoders', () => {
  it('makes the records of one thread, whoever is slow', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 3 }),
        fc.constantFrom<Redaction>('secrets', 'personal', 'none'),
        fc.array(fc.nat(3), { minLength: 1, maxLength: 30 }),
        (seed, count, redaction, turns) => {
          const random = new Random(seed);
          const traffic = drawTraffic(random, {
            hasFragments: true,
            isElsewhere: true,
            mostMessages: Infinity,
            mostSessions: Infinity,
          });
          const events = [...drawEvents(random, traffic)];
          const team = new Team(count, optionsOf(redaction));
          team.write(events);
          const records = team.finish(turns.map((turn) => turn % (count + 1)));
          expect(records).toEqual(recordAlone(events, optionsOf(redaction)));
        },
      ),
      { numRuns: 8 },
    );
  });

  const READY = { op: 0, t: 'READY', s: 1, d: { session_id: 'session-0123456789', user: { id: '1' } } };
  const RESUME = { op: 6, d: { token: 'token-0123456789abcdef', session_id: 'session-0123456789', seq: 1 } };
  const events = new TapScript()
    .open(1)
    .open(2)
    .client(1, { op: 2, d: { token: 'token-0123456789abcdef', properties: {} } })
    .gateway(1, READY)
    .gateway(2, { op: 0, t: 'MESSAGE_CREATE', s: 2, d: { content: 'it is token-0123456789abcdef' } })
    .client(2, RESUME)
    .end(1)
    .end(2).events;

  it.each([
    ['the one that saw the secret', [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]],
    ['the one that sees it again', [0, 0, 0, 0, 0, 2, 2, 2, 2, 2]],
  ])('masks a secret and finds a session of another connection, though %s is late', (_, first) => {
    const team = new Team(2);
    team.write(events);
    events.forEach(() => team.turn(2));
    const records = team.finish(first);
    expect(records.join('\n')).not.toMatch(/0123456789/);
    expect(records.join('\n')).toMatch(/it is redacted:/);
    expect(records.join('\n')).toMatch(/connection 2, isResume true, session 1, type "session_attached"/);
    expect(records).toEqual(recordAlone(events));
  });

  it('says which entries are in its records: none before those that came first', () => {
    const team = new Team(2);
    team.write(events);
    for (let step = 0; step < 2 * events.length; step += 1) {
      team.turn(2);
      team.turn(0); // the decoder of connection 2
    }
    // Connection 1 was opened first, and its decoder has done nothing.
    expect(team.recorder.batches.entries).toBe(0);
    expect(team.records).toEqual([]);
    team.finish([]);
    expect(team.recorder.batches.entries).toBe(events.length + 1);
  });

  it('takes no more from the ring than its decoders have room for', () => {
    const team = new Team(2);
    const script = new TapScript().open(1).open(2);
    const text = ['text', 'x'.repeat(10_000)] as const;
    for (let count = 0; count < 100; count += 1) script.gateway(1 + (count % 2), text);
    team.write(script.events);
    for (let step = 0; step < 250; step += 1) team.turn(2);
    expect(team.recorder.ring.depth).toBeGreaterThan(10_000 * 100 - 3 * MIN_RING_BYTES);
    expect(team.recorder.team).toMatchObject({ isBusy: true, isFull: true });
    const records = team.finish([0, 1]);
    expect(records).toEqual(recordAlone(script.events));
  });

  it('records everything before the first message that a dead decoder left, and ends', () => {
    const team = new Team(2);
    team.write(events);
    events.forEach(() => team.turn(2));
    // The decoder of connection 1 dies of READY, its third message.
    team.turn(1);
    team.turn(1);
    const [, dying] = team.decoders;
    dying!.batches.send();
    dying!.slots.close();
    for (let step = 0; team.turn(2) !== 'stopped'; step += 1) {
      if (step > 100) throw new Error('the recorder does not stop');
      team.turn(0);
    }
    team.recorder.batches.send();
    const readyAt = events.findIndex(({ type }, index) => type === 'chunk' && index > 2);
    expect(team.recorder.batches.entries).toBe(readyAt);
    expect(team.finishReading()).toEqual(record(events.slice(0, readyAt)).map(print));
  });

  it('knows what a killed recorder had of a frame that was not whole', () => {
    const team = new Team(2);
    const [open, chunk] = new TapScript().open(1).gateway(1, { op: 11 }).events;
    const { bytes } = chunk as Extract<TapEvent, { type: 'chunk' }>;
    team.write([open!, { ...chunk, bytes: bytes.subarray(0, 5) } as TapEvent]);
    for (const turn of [2, 2, 1, 1, 1, 2, 2, 2]) team.turn(turn);
    expect(team.recorder.recorder.unfinished()).toMatchObject([
      { connection: 1, sender: 'gateway', bytes: 5 },
    ]);
  });
});
