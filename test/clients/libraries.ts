/**
 * The packages of this folder: whether they can be used here, and loading them as a user has them.
 *
 * Libraries look for companions when they are loaded (erlpack for ETF, zlib-sync for compression), so one is loaded
 * once with them and once without; no more often, as that takes long and nothing else happens meanwhile. They have no types here, because this folder has to compile where they are
 * not installed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { sep } from 'node:path';
import * as zlib from 'node:zlib';
import type { Compressor, EtfCodec } from '../support/gateway-wire.js';

const require = createRequire(import.meta.url);

const forget = (path: string): boolean => Reflect.deleteProperty(require.cache, path);

const loaded = new Map<string, unknown>();

/** Library as a fresh process loads it, `without` companions that happen to be installed. */
export function loadLibrary(name: string, without: readonly string[] = []): unknown {
  const key = [name, ...without].join(' ');
  if (!loaded.has(key)) loaded.set(key, loadAfresh(name, without));
  return loaded.get(key);
}

/** Library as a process that has not loaded it yet: with state of its own, apart from that of other clients. */
export function loadAfresh(name: string, without: readonly string[] = []): unknown {
  const entry = require.resolve(name);
  const folder = entry.slice(0, entry.lastIndexOf(name) + name.length) + sep;
  for (const path of Object.keys(require.cache)) if (path.startsWith(folder)) forget(path);
  const hidden = without.map((companion) => createRequire(entry).resolve(companion));
  const kept = hidden.map((path) => require.cache[path]);
  for (const path of hidden) {
    require.cache[path] = Object.assign(new Module(path), { exports: undefined, loaded: true });
  }
  try {
    return require(entry);
  } finally {
    for (const [index, path] of hidden.entries()) {
      if (kept[index] === undefined) forget(path);
      else require.cache[path] = kept[index];
    }
  }
}

/** Why some packages cannot be used here, or null when they can. */
export function whyNot(names: readonly string[]): string | null {
  const missing = names.filter((name) => load(name) === null);
  const young = missing.find((name) => (neededNode(name) ?? 0) > NODE);
  if (young !== undefined)
    return `${young} wants Node ${neededNode(young)}, and this is ${process.versions.node}`;
  const packages = missing.filter((name) => name !== 'zstd-napi').join(' and ');
  if (packages !== '')
    return `${packages} cannot be loaded; npm ci --prefix test/clients installs what is needed`;
  return missing.length === 0 ? null : NO_ZSTD;
}

/** What a library needs for zstd-stream: nothing where node:zlib has it (Node 22.15 on), else an addon. */
export const ZSTD_NEEDS: readonly string[] = 'createZstdDecompress' in zlib ? [] : ['zstd-napi'];

const NO_ZSTD =
  `node:zlib of Node ${process.versions.node} has no zstd; ` +
  'npm install --prefix test/clients --no-save zstd-napi@0.0.12 brings it';

/** erlpack, for a gateway that speaks ETF with Discord's atoms; null where it cannot be used. */
export function erlpack(): EtfCodec | null {
  const codec = load('erlpack') as EtfCodec | null;
  if (codec === null) return null;
  return {
    pack: (value) => lengthenAtoms(codec.pack(value)),
    unpack: (bytes) => codec.unpack(bytes),
  };
}

const [ATOM, SMALL_ATOM] = [100, 115];

/** What erlpack packed, with atoms as Discord sends them: CloudStorm reads ATOM only, and erlpack writes SMALL_ATOM. */
function lengthenAtoms(packed: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = 1; at < packed.length; at += sizeOf(packed, at)) {
    if (packed[at] !== SMALL_ATOM) continue;
    parts.push(packed.subarray(from, at), Buffer.from([ATOM, 0]));
    from = at + 1;
  }
  return Buffer.concat([...parts, packed.subarray(from)]);
}

/** Bytes of a term, or of the head of a list or map, whose terms follow. */
function sizeOf(packed: Buffer, at: number): number {
  const tag = packed[at] ?? 0;
  const fixed = new Map([
    [97, 2], // SMALL_INTEGER
    [98, 5], // INTEGER
    [70, 9], // NEW_FLOAT
    [106, 1], // NIL
    [108, 5], // LIST
    [116, 5], // MAP
  ]).get(tag);
  if (fixed !== undefined) return fixed;
  if (tag === 109) return 5 + packed.readUInt32BE(at + 1); // BINARY
  if (tag === 110) return 3 + (packed[at + 1] ?? 0); // SMALL_BIG
  if (tag === SMALL_ATOM) return 2 + (packed[at + 1] ?? 0);
  throw new Error(`erlpack wrote a term with tag ${tag}`);
}

/** A zstd context as Discord has it, with a window of 256 KiB; null without libzstd. */
export function zstdCompressor(): Compressor | null {
  const stream = nativeZstd() ?? addonZstd();
  if (stream === null) return null;
  return {
    on: (event, listener) => stream.on(event, listener),
    write: (bytes) => stream.write(bytes),
    flush: (done) => stream.flush(() => setImmediate(done)), // the addon hands its output out a turn later
  };
}

function nativeZstd(): Compressor | null {
  const { createZstdCompress, constants } = zlib as unknown as {
    readonly createZstdCompress?: (options: object) => Compressor;
    readonly constants: { readonly ZSTD_c_windowLog: number };
  };
  return createZstdCompress?.({ params: { [constants.ZSTD_c_windowLog]: 18 } }) ?? null;
}

function addonZstd(): Compressor | null {
  const addon = load('zstd-napi') as { CompressStream: new (parameters: object) => Compressor } | null;
  return addon === null ? null : new addon.CompressStream({ windowLog: 18 });
}

const NODE = Number.parseInt(process.versions.node, 10);

/** Oldest major version of Node that a package of this folder says to run on: 0 when it says nothing, null when it is not there. */
function neededNode(name: string): number | null {
  const manifest = new URL(`node_modules/${name}/package.json`, import.meta.url);
  if (!existsSync(manifest)) return null;
  const { engines } = JSON.parse(readFileSync(manifest, 'utf8')) as { engines?: { node?: string } };
  return Number(/>=\s*(\d+)/.exec(engines?.node ?? '')?.[1] ?? 0);
}

// The root has packages of the same names; those of this folder are meant. An addon among them may not be built.
function load(name: string): unknown {
  const needed = neededNode(name);
  if (needed === null || needed > NODE) return null;
  try {
    return require(name) as unknown;
  } catch {
    return null;
  }
}
