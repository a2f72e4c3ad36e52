/** Disks that fail when a test says so: a library in C between SQLite and the system, built with the machine's own compiler. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./disk-fault.c', import.meta.url));

/** Whether this machine can build the library; says so where it cannot. */
export const canFailDisks = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

if (!canFailDisks) process.stderr.write('no disk is made to fail: that takes Linux and a C compiler (cc)\n');

/** Faults, and their letters in disk-fault.c. */
const FAULTS = {
  none: '-',
  full: 'F',
  'too full to grow a file': 'G',
  broken: 'E',
  interrupted: 'I',
  'short of half a write': 'S',
  slow: 'W',
  'end of the process': 'K',
} as const;

/** What calls on a file meet. */
export type DiskFault = keyof typeof FAULTS;

/** Kinds of system calls, and their numbers in disk-fault.c. */
const CALLS = { write: 1, sync: 2, open: 4, truncate: 8, rename: 16, unlink: 32 } as const;

/** A kind of system call. */
export type DiskCall = keyof typeof CALLS;

/** Which calls meet a fault. */
export interface Concerned {
  /** Default: writes and changes of length. */
  readonly calls?: readonly DiskCall[];
  /** So many of them succeed first; default 0. */
  readonly skipped?: number;
  /** So many fail then; default all. */
  readonly failing?: number;
  /** Bytes that are left on a disk that is too full to grow a file; what files shrink by is added. Default 0. */
  readonly room?: number;
}

const CONTROL_BYTES = 20;
const MET_AT = 12;
const ROOM_AT = 16;

/** A disk under `path` and its neighbours, for a child process. */
export class FailingDisk {
  /** Environment of the child. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #control: string;

  /** `folder` has the orders, `libraries` the library, perhaps from before. */
  constructor(path: string, folder: string, libraries = folder) {
    const library = join(libraries, 'disk-fault.so');
    if (!existsSync(library)) buildLibrary(library);
    this.#control = join(folder, 'disk-fault-control');
    writeFileSync(this.#control, Buffer.alloc(CONTROL_BYTES));
    this.environment = {
      LD_PRELOAD: library,
      DISK_FAULT_CONTROL: this.#control,
      DISK_FAULT_PATH: path,
    };
  }

  /** From now on calls meet `fault`; counts them from 0 again. */
  fail(
    fault: DiskFault,
    { calls = ['write', 'truncate'], skipped = 0, failing = 0, room = 0 }: Concerned = {},
  ): void {
    const order = Buffer.alloc(CONTROL_BYTES);
    order.write(FAULTS[fault]);
    order[1] = calls.reduce((sum, call) => sum + CALLS[call], 0);
    order.writeInt32LE(skipped, 4);
    order.writeInt32LE(failing, 8);
    order.writeInt32LE(room, ROOM_AT);
    const file = openSync(this.#control, 'r+');
    writeSync(file, order, 0, CONTROL_BYTES, 0);
    closeSync(file);
  }

  /** Calls that were concerned since the last `fail`. */
  get met(): number {
    return readFileSync(this.#control).readInt32LE(MET_AT);
  }
}

function buildLibrary(path: string): void {
  const built = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', path, SOURCE, '-ldl'], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`cc: ${built.stderr}`);
}
