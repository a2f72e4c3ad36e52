/**
 * Long log: shortens the write-ahead log of a store between batches, and says when a reader prevents that.
 */
import type { Host } from '../host.js';
import { RESERVED_BYTES } from '../store/upkeep/retention.js';
import type { CaptureStore } from '../store/store.js';

/** Length at which a log is checkpointed between batches. SQLite does it from 8 MiB on, unless a reader is active. */
const LONG_LOG_BYTES = 67_108_864;

/** Looks after the log of one recording. */
export class LongLog {
  readonly #isLimited: boolean;
  readonly #log: Host['log'];
  /** Length at the last warning; 0 while the log is short. */
  #saidBytes = 0;

  /** `isLimited`: whether the size of the database is limited. */
  constructor(isLimited: boolean, log: Host['log']) {
    this.#isLimited = isLimited;
    this.#log = log;
  }

  /** Whether the log has become long. Deleting rows would make it longer. */
  get isLong(): boolean {
    return this.#saidBytes > 0;
  }

  /** Shortens the log of `store` if it is long. Throws StoreError. */
  tend(store: Pick<CaptureStore, 'tendLog' | 'path'>): void {
    const longBytes = this.#isLimited ? RESERVED_BYTES : LONG_LOG_BYTES;
    const bytes = store.tendLog(longBytes);
    if (bytes <= longBytes) {
      if (this.#saidBytes > 0) this.#log('info', `the log ${store.path}-wal is short again`, 'wal_short');
      this.#saidBytes = 0;
    } else if (bytes >= 2 * this.#saidBytes) {
      this.#saidBytes = bytes;
      const size = `${Math.round(bytes / 2 ** 20)} MiB`;
      const limit = this.#isLimited ? '; until then --max-db-size is not kept' : '';
      const line = `the log ${store.path}-wal has grown to ${size}, as a program keeps reading the database: end that program${limit}`;
      this.#log('warn', line, 'wal_long');
    }
  }
}
