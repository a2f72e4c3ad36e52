/** All cells of the table, in its order. */
import type { Cell } from './cell.js';
import { DISK_CELLS } from './disk-cells.js';
import { KILL_CELLS } from './kill-cells.js';
import { NETWORK_CELLS } from './network-cells.js';
import { THREAD_CELLS } from './thread-cells.js';
import { UPKEEP_CELLS } from './upkeep-cells.js';
import { UPSTREAM_CELLS } from './upstream-cells.js';

export const CELLS: readonly Cell[] = [
  ...KILL_CELLS,
  ...THREAD_CELLS,
  ...UPKEEP_CELLS,
  ...DISK_CELLS,
  ...NETWORK_CELLS,
  ...UPSTREAM_CELLS,
];
