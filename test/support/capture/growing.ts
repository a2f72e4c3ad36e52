/**
 * Captures that grow in random steps: connections that open, identify, resume and close, frames of all kinds, and frames
 * whose session is known only later. Everything follows from the random numbers.
 */
import { onTestFinished } from 'vitest';
import type { CaptureRecord } from '../../../src/capture/records.js';
import type { CaptureStore } from '../../../src/store/store.js';
import { attached, bareFrame, closed, facts, frame, heartbeat, opened, START_US } from './records.js';
import { recordingStore } from '../stores.js';

/** A number from 0 up to, but not including, `below`. */
export type Draw = (below: number) => number;

interface OpenOne {
  readonly key: number;
  session: number | null;
  frameNo: number;
}

const EVENTS = ['MESSAGE_CREATE', 'TYPING_START', 'PRESENCE_UPDATE', 'GUILD_CREATE', ''] as const;
const URLS = ['wss://gateway.example/?v=10', 'wss://gateway.fluxer.app/?v=1'] as const;

/** How much comes, and how fast. */
export interface Pace {
  /** Between two records. */
  readonly longestStepUs: number;
  /** Frames that come at a time, at most. */
  readonly burst: number;
}

const SLOW: Pace = { longestStepUs: 9_000_000, burst: 6 };

/** One capture, written to the database at `path`. */
export class GrowingCapture {
  readonly path: string;
  readonly #store: CaptureStore;
  readonly #draw: Draw;
  readonly #pace: Pace;
  readonly #open: OpenOne[] = [];
  readonly #aliases: string[] = [];
  /** Sessions that resumed before their alias is known. */
  readonly #nameless: number[] = [];
  #atUs = START_US;
  #keys = 0;
  #sessions = 0;

  constructor(
    path: string,
    draw: Draw,
    pace: Pace = SLOW,
    whenFinished: (close: () => void) => void = onTestFinished,
  ) {
    this.path = path;
    this.#store = recordingStore(path, whenFinished);
    this.#draw = draw;
    this.#pace = pace;
  }

  /** Writes some batches. */
  grow(steps: number): void {
    for (let step = 0; step < steps; step += 1) this.#store.append(this.#batch());
  }

  #batch(): CaptureRecord[] {
    const count = 1 + this.#draw(8);
    return Array.from({ length: count }, () => this.#records()).flat();
  }

  #records(): CaptureRecord[] {
    this.#atUs += this.#draw(this.#pace.longestStepUs);
    const one = this.#open[this.#draw(this.#open.length + 1)];
    if (one === undefined) return this.#openOne();
    switch (this.#draw(12)) {
      case 0:
        return one.session === null ? this.#identify(one) : this.#closeOne(one);
      case 1:
        return one.session === null ? this.#resume(one) : this.#name();
      case 2:
        return [
          heartbeat({
            connection: one.key,
            session: one.session,
            sentAtUs: this.#atUs,
            ackedAtUs: this.#draw(3) === 0 ? null : this.#atUs + this.#draw(90_000),
          }),
        ];
      default:
        return Array.from({ length: 1 + this.#draw(this.#pace.burst) }, () => this.#frame(one));
    }
  }

  #openOne(): CaptureRecord[] {
    const one = { key: (this.#keys += 1), session: null, frameNo: 0 };
    this.#open.push(one);
    const upstreamUrl = URLS[this.#draw(URLS.length)] ?? '';
    return [opened({ connection: one.key, atUs: this.#atUs, upstreamUrl }), this.#frame(one)];
  }

  #identify(one: OpenOne): CaptureRecord[] {
    const session = (one.session = this.#sessions += 1);
    const alias = `redacted:${session}`;
    this.#aliases.push(alias);
    return [
      attached({ session, connection: one.key, atUs: this.#atUs }),
      facts({ session, atUs: this.#atUs, alias, shard: [this.#draw(3), 3], intents: 513 }),
    ];
  }

  #resume(one: OpenOne): CaptureRecord[] {
    const session = (one.session = this.#sessions += 1);
    this.#nameless.push(session);
    return [attached({ session, connection: one.key, atUs: this.#atUs, isResume: true })];
  }

  /** A session that resumed turns out to be an earlier one: all of it moves there. */
  #name(): CaptureRecord[] {
    const session = this.#nameless.shift();
    const alias = this.#aliases[this.#draw(this.#aliases.length)];
    return session === undefined || alias === undefined ? [] : [facts({ session, atUs: this.#atUs, alias })];
  }

  #closeOne(one: OpenOne): CaptureRecord[] {
    this.#open.splice(this.#open.indexOf(one), 1);
    return [closed({ connection: one.key, atUs: this.#atUs, closeCode: 1000 + this.#draw(5) })];
  }

  #frame(one: OpenOne): CaptureRecord {
    const place = {
      connection: one.key,
      session: one.session,
      frameNo: (one.frameNo += 1),
      atUs: this.#atUs,
    };
    const wireBytes = 1 + this.#draw(60);
    switch (this.#draw(8)) {
      case 0:
        return bareFrame({ ...place, status: 'partial', wireBytes });
      case 1:
        return bareFrame({
          ...place,
          status: 'control',
          kind: 'close',
          raw: Buffer.from([0x0f, 0xa0]),
          wireBytes: 2,
        });
      case 2:
        return frame({ ...place, op: 11, event: null, seq: null, body: Buffer.from('{"op":11}'), wireBytes });
      default: {
        const event = EVENTS[this.#draw(EVENTS.length)] ?? '';
        const body = Buffer.from(
          JSON.stringify({ op: 0, t: event, s: 1, d: { content: 'é'.repeat(this.#draw(40)) } }),
        );
        return frame({ ...place, event, body, wireBytes });
      }
    }
  }
}
