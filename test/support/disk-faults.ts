/** Disks that fail when a test says so: a library in C between SQLite and the system, built with the machine's own compiler. */
import { spawnSync } from 'node:child_process';
import { openSync, closeSync, writeFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scratchFile } from './scratch.js';

const SOURCE = fileURLToPath(new URL('./disk-fault.c', import.meta.url));

/** Whether this machine can build the library; says so where it cannot. */
export const canFailDisks = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

if (!canFailDisks) process.stderr.write('no disk is made to fail: that takes Linux and a C compiler (cc)\n');

/** What writes to a file meet. */
export type DiskFault = 'none' | 'full' | 'broken' | 'broken once';

const CODES: Readonly<Record<DiskFault, string>> = { none: '-', full: 'F', broken: 'E', 'broken once': '1' };

/** A disk under `path` and its neighbours, for a child process. */
export class FailingDisk {
  /** Environment of the child. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #control: string;

  constructor(path: string) {
    const library = scratchFile('disk-fault.so');
    const built = spawnSync('cc', ['-shared', '-fPIC', '-o', library, SOURCE, '-ldl'], { encoding: 'utf8' });
    if (built.status !== 0) throw new Error(`cc: ${built.stderr}`);
    this.#control = scratchFile('control');
    writeFileSync(this.#control, CODES.none);
    this.environment = {
      LD_PRELOAD: library,
      DISK_FAULT_CONTROL: this.#control,
      DISK_FAULT_PATH: path,
    };
  }

  /** From now on writes meet `fault`. */
  fail(fault: DiskFault): void {
    const file = openSync(this.#control, 'r+');
    writeSync(file, CODES[fault], 0);
    closeSync(file);
  }
}
