/**
 * node:zlib with an engine that behaves otherwise, as that of another version of Node may. Only for test files that have
 * a process of their own, as it concerns all modules that are loaded from then on.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import zlib, { constants } from 'node:zlib';
import { vi } from 'vitest';

/** The object under a stream of node:zlib, as far as it is changed here. */
interface Handle {
  readonly noSuchMember: () => void;
  onerror: () => void;
  writeSync: (flush: number, input: Buffer, at: number, bytes: number, ...rest: OutputPlace) => void;
}

type OutputPlace = [output: Buffer, start: number, roomBytes: number];

type Change = (handle: Handle) => void;

const builtin = createRequire(import.meta.url)('node:zlib') as typeof zlib;
const { createInflate, createDeflateRaw } = zlib;
const SYNC_FLUSH = constants.Z_SYNC_FLUSH;

const throwAtWrite: Change = (handle) => {
  handle.writeSync = () => handle.noSuchMember();
};

const writeNothing: Change = (handle) => {
  handle.writeSync = () => undefined;
};

const breakStreams: Change = (handle) => {
  const write = handle.writeSync.bind(handle);
  handle.writeSync = (flush, ...rest) => {
    write(flush, ...rest);
    if (flush === SYNC_FLUSH) handle.onerror();
  };
};

const writeOtherBytes: Change = (handle) => {
  const write = handle.writeSync.bind(handle);
  handle.writeSync = (flush, input, at, bytes, output, start, roomBytes) => {
    write(flush, input, at, bytes, output, start, roomBytes);
    if (flush === SYNC_FLUSH) output[start] = 0;
  };
};

/** Changes after which an engine cannot be used. */
export const OTHER_ENGINES: readonly (readonly [what: string, change: Change])[] = [
  ['throws', throwAtWrite],
  ['writes nothing', writeNothing],
  ['breaks streams', breakStreams],
  ['writes other bytes', writeOtherBytes],
];

/** Modules that are loaded from now on get engines that `change` has changed. */
export function changeEngines(change: Change): void {
  const changed =
    <Options, Stream>(create: (options: Options) => Stream) =>
    (options: Options): Stream => {
      const stream = create(options);
      change((stream as unknown as { _handle: Handle })._handle);
      return stream;
    };
  const value = { createInflate: changed(createInflate), createDeflateRaw: changed(createDeflateRaw) };
  replaceFunctions(value);
}

/** Undoes `changeEngines`. */
export function restoreEngines(): void {
  replaceFunctions({ createInflate, createDeflateRaw });
}

function replaceFunctions(functions: Readonly<Record<'createInflate' | 'createDeflateRaw', unknown>>): void {
  for (const [name, value] of Object.entries(functions))
    Object.defineProperty(builtin, name, { value, configurable: true, enumerable: true });
  syncBuiltinESMExports();
  vi.resetModules();
}
