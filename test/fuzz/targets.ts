/** The targets of the fuzzer by name. */
import type { Target } from './target.js';
import { buffers, inflate, zstd } from './targets/compression.js';
import { csv, database, filter, har, jsonl, pattern, settings, tape } from './targets/files.js';
import { exchange, recorder, rewriter } from './targets/gateway.js';
import { requests } from './targets/http.js';
import { etf, json, websocket } from './targets/wire.js';

/** Every parser that meets bytes of a stranger. */
export const TARGETS: Readonly<Record<string, Target>> = {
  websocket,
  inflate,
  zstd,
  buffers,
  json,
  etf,
  recorder,
  rewriter,
  exchange,
  requests,
  tape,
  har,
  jsonl,
  csv,
  settings,
  filter,
  pattern,
  database,
};
