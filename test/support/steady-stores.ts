/** Orders and watchers for steady stores. */
import type { WriteOrder } from '../../src/worker/boundary.js';
import type { Watcher } from '../../src/worker/steady-store.js';
import { captureInfo } from './stores.js';

export const NO_ROTATION = { bytes: Infinity, ageUs: Infinity, keep: null, shipped: null };

export function writeOrder(db: string, changes: Partial<WriteOrder> = {}): WriteOrder {
  return {
    db,
    capture: captureInfo,
    maxDbSizeBytes: null,
    compactAfterUs: null,
    keptKey: null,
    isMetered: false,
    after: null,
    rotation: NO_ROTATION,
    earlier: null,
    ...changes,
  };
}

/** A watcher that notes its calls; its pauses are calls of `meanwhile`. */
export function quietWatcher(meanwhile: () => void = () => undefined): {
  readonly watcher: Watcher;
  readonly told: string[];
} {
  const told: string[] = [];
  const watcher: Watcher = {
    onTrouble: (error) => told.push(`trouble: ${error.message}`),
    onRecovery: () => told.push('recovery'),
    onMoved: () => undefined,
    log: (level, line) => told.push(`${level}: ${line}`),
    pause: meanwhile,
    isHurried: () => false,
    nowMs: () => performance.now(),
  };
  return { watcher, told };
}
