/**
 * Tags of the External Term Format: the byte that each term starts with.
 *
 * Only those that can stand in a term of its own; what a distribution connection adds is left out.
 * Source: erlang.org, ERTS User's Guide, "External Term Format".
 */

/** First byte of a document. */
export const ETF_VERSION = 131;

/** Tags by the names of the User's Guide, without their `_EXT`. */
export const ETF_TAG = Object.freeze({
  NEW_FLOAT: 70,
  BIT_BINARY: 77,
  COMPRESSED: 80,
  NEW_PID: 88,
  NEW_PORT: 89,
  NEWER_REFERENCE: 90,
  SMALL_INTEGER: 97,
  INTEGER: 98,
  FLOAT: 99,
  ATOM: 100,
  REFERENCE: 101,
  PORT: 102,
  PID: 103,
  SMALL_TUPLE: 104,
  LARGE_TUPLE: 105,
  NIL: 106,
  STRING: 107,
  LIST: 108,
  BINARY: 109,
  SMALL_BIG: 110,
  LARGE_BIG: 111,
  NEW_FUN: 112,
  EXPORT: 113,
  NEW_REFERENCE: 114,
  SMALL_ATOM: 115,
  MAP: 116,
  FUN: 117,
  ATOM_UTF8: 118,
  SMALL_ATOM_UTF8: 119,
  V4_PORT: 120,
});
