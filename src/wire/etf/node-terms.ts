/**
 * Terms of the External Term Format that belong to an Erlang node: processes, ports, references and functions.
 *
 * The gateway does not send them; they are decoded so that a payload with one of them is not lost. Each becomes an
 * object with one key: `$pid` [node, id, serial, creation], `$port` [node, id, creation], `$reference` [node, creation,
 * ids…], `$export` [module, function, arity], and `$fun` with all its parts in wire order.
 * Source: erlang.org, "External Term Format".
 */
import { readElements } from './containers.js';
import type { EtfReader, TermReader } from './reader.js';
import { writeBig } from './scalars.js';
import { COMMA, OPEN_BRACE, OPEN_BRACKET } from '../json/grammar.js';

/** Length of the digest that identifies a function within its module. */
const UNIQ_BYTES = 16;

/** PID, and NEW_PID with its longer creation. */
export const readPid = makeReader('$pid', (reader) => reader.term() && writeUints(reader, [4, 4, 1]));
export const readNewPid = makeReader('$pid', (reader) => reader.term() && writeUints(reader, [4, 4, 4]));

/** PORT, and its forms with a longer creation and a longer id. */
export const readPort = makeReader('$port', (reader) => reader.term() && writeUints(reader, [4, 1]));
export const readNewPort = makeReader('$port', (reader) => reader.term() && writeUints(reader, [4, 4]));
export const readV4Port = makeReader('$port', (reader) => reader.term() && writeUints(reader, [8, 4]));

/** EXPORT: three terms. */
export const readExport = makeReader('$export', (reader) => readElements(reader, 3));

/** REFERENCE: one id, before the creation. */
export const readReference = makeReader('$reference', (reader) => {
  if (!reader.term()) return false;
  const id = reader.u32();
  const creation = reader.u8();
  reader.out.ascii(`,${creation},${id}`);
  return creation >= 0;
});

/** NEW_REFERENCE and NEWER_REFERENCE: a count, then the ids. */
export const readNewReference = makeReader('$reference', (reader) => readIds(reader, 1));
export const readNewerReference = makeReader('$reference', (reader) => readIds(reader, 4));

/** FUN: process, module, index, uniq, free variables. */
export const readFun = makeReader('$fun', (reader) => readElements(reader, 4 + reader.u32()));

/** NEW_FUN: arity, uniq, index, module, old index, old uniq, process, free variables. */
export const readNewFun = makeReader('$fun', (reader) => {
  reader.take(4);
  const arity = reader.u8();
  const uniq = reader.take(UNIQ_BYTES);
  const index = reader.u32();
  const freeCount = reader.u32();
  const hex = Buffer.from(reader.bytes.subarray(uniq, uniq + UNIQ_BYTES)).toString('hex');
  reader.out.ascii(`${arity},"${hex}",${index},`);
  return readElements(reader, 4 + freeCount);
});

/** Reader of a term that becomes an object of one key, an array; `read` writes its elements. */
function makeReader(key: string, read: TermReader): TermReader {
  return (reader) => {
    if (!reader.open(OPEN_BRACE)) return false;
    reader.out.ascii(`"${key}":`);
    return (
      reader.open(OPEN_BRACKET) && read(reader) && reader.close(OPEN_BRACKET) && reader.close(OPEN_BRACE)
    );
  };
}

function readIds(reader: EtfReader, creationBytes: number): boolean {
  const count = reader.u16();
  if (!reader.term() || !writeUints(reader, [creationBytes])) return false;
  for (let i = 0; i < count; i++) if (!writeUints(reader, [4])) return false;
  return true;
}

/** Reads unsigned integers of the given sizes in bytes; writes a comma before each. */
function writeUints(reader: EtfReader, sizes: readonly number[]): boolean {
  for (const size of sizes) {
    const start = reader.take(size);
    if (start < 0) return false;
    reader.out.byte(COMMA);
    writeBig(reader, BigInt(`0x${Buffer.from(reader.bytes.subarray(start, reader.at)).toString('hex')}`));
  }
  return true;
}
