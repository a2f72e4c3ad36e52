/**
 * http-proxy, without the deprecation warning (DEP0060) that its call of `util._extend` prints from Node 22 on.
 *
 * It takes the function when it is loaded, so it is given `Object.assign`, which does the same, for that long.
 * Source: github.com/http-party/node-http-proxy, pull request 1666, which was never released.
 */
import { createRequire } from 'node:module';
import type HttpProxy from 'http-proxy';

const require = createRequire(import.meta.url);

function load(): typeof HttpProxy {
  const util = require('node:util') as { _extend: unknown };
  const { _extend: deprecated } = util;
  util._extend = Object.assign;
  try {
    return require('http-proxy') as typeof HttpProxy;
  } finally {
    util._extend = deprecated;
  }
}

/** The library as it is. */
export const httpProxy = load();
