/**
 * Live ship: copies to a fleet what is recorded, in a thread of its own, which is started again if it dies. Whatever goes
 * wrong there is a line in the log.
 */
import type { Log, LogEvent, LogLevel } from '../host.js';
import { CompanionThread, type Companion, type Released } from './companion-thread.js';
import { RecorderLoad } from './recorder-load.js';
import { NOTHING_SHIPPED, type ShipFigures, type ShipOrder } from './ship-follower.js';

/** Messages of the thread. */
export type ShipNotice =
  | { readonly type: 'figures' | 'finished'; readonly figures: ShipFigures }
  | { readonly type: 'log'; readonly level: LogLevel; readonly line: string; readonly event: LogEvent }
  | Released;

/** What the thread is given. */
export interface ShipWork {
  readonly order: ShipOrder;
  /** Memory of a `RecorderLoad`. */
  readonly load: SharedArrayBuffer;
}

/** Pause before a thread is started again, in ms. */
const RESTART_MS = 30_000;

/** Ships beside a recorder. */
export class LiveShip implements Companion {
  readonly #order: ShipOrder;
  readonly #log: Log;
  readonly #load = new RecorderLoad();
  readonly #stopWatching: () => void;
  #thread: CompanionThread<ShipNotice> | null;
  #restart: NodeJS.Timeout | null = null;
  #db: string;
  /** Whether the thread may be started again: not while the recorder renames or closes the file. */
  #isOn = true;
  /** Figures of the present thread, and what earlier ones have counted. */
  #figures = NOTHING_SHIPPED;
  #before = NOTHING_SHIPPED;

  /** `queue`: that of the recorder. */
  constructor(
    order: ShipOrder,
    log: Log,
    queue: { readonly readBytes: () => number; readonly limitBytes: number },
  ) {
    this.#order = order;
    this.#log = log;
    this.#db = order.db;
    this.#stopWatching = this.#load.watch(queue.readBytes, queue.limitBytes);
    this.#thread = this.#begin();
  }

  /** Figures as they were last reported. */
  figures(): ShipFigures {
    const { shippedFrames, failures } = this.#before;
    return {
      ...this.#figures,
      shippedFrames: this.#figures.shippedFrames + shippedFrames,
      failures: this.#figures.failures + failures,
    };
  }

  async release(): Promise<void> {
    this.#isOn = false;
    if (this.#restart !== null) clearTimeout(this.#restart);
    await this.#thread?.release();
  }

  goOn(db: string): void {
    this.#db = db;
    this.#isOn = true;
    if (this.#thread === null) this.#thread = this.#begin();
    else this.#thread.goOn(db);
  }

  async finish(): Promise<void> {
    this.#stopWatching();
    await this.#thread?.finish();
  }

  #begin(): CompanionThread<ShipNotice> {
    const work: ShipWork = { order: { ...this.#order, db: this.#db }, load: this.#load.memory };
    return new CompanionThread({
      name: 'ship',
      order: work,
      hear: (notice) => this.#hear(notice),
      onEnded: ({ message }) => {
        this.#log('warn', `shipping has broken off, and recording goes on: ${message}`, 'ship_ended');
        this.#thread = null;
        this.#before = this.figures();
        this.#figures = { ...this.#figures, shippedFrames: 0, failures: 0 };
        if (this.#isOn) this.#restart = setTimeout(() => (this.#thread = this.#begin()), RESTART_MS).unref();
      },
    });
  }

  #hear(notice: Exclude<ShipNotice, Released>): void {
    if (notice.type === 'log') {
      this.#log(notice.level, notice.line, notice.event);
      return;
    }
    this.#figures = notice.figures;
    const { behindFrames } = notice.figures;
    if (notice.type === 'finished' && behindFrames > 0)
      this.#log(
        'info',
        `what is not shipped yet is shipped by the next run: ${behindFrames} frames`,
        'ship_left',
      );
  }
}
