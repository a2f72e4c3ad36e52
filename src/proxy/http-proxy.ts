/**
 * http-proxy: carries a REST call's request to the API. It opens the call, streams the body into it at the pace of the
 * slower side, and ends one side when the other goes away.
 *
 * Only the last of its passes is used. The others are unwanted: `deleteLength` frames a chunked DELETE as one without a
 * body, so that its bytes become the next request. Answers are written in rest.ts.
 *
 * 1.18.1, its last release, takes `util._extend` when it is loaded and calls it for each request, which prints a deprecation
 * warning (DEP0060) from Node 22 on. While it loads, it gets `Object.assign` instead, which does the same. It cannot be
 * loaded otherwise, and no fork is better (2026-11-30, Node 20, small calls): http-proxy-node16 1.0.6 is the same code
 * without the call, at the same 6,000 calls a second; http-proxy-3 1.23.3 reaches 4,700, and its 2.x needs Node 22.
 * Source: github.com/http-party/node-http-proxy, lib/http-proxy/passes/web-incoming.js of 1.18.1; pull request 1666.
 */
import { createRequire } from 'node:module';
import type HttpProxy from 'http-proxy';

const require = createRequire(import.meta.url);

/** Found at the start, so that a package that is missing is noticed there; loaded by the first call, as it takes 9 ms. */
const path = require.resolve('http-proxy');

function load(): typeof HttpProxy {
  const util = require('node:util') as { _extend: unknown };
  const { _extend: deprecated } = util;
  util._extend = Object.assign;
  try {
    return require(path) as typeof HttpProxy;
  } finally {
    util._extend = deprecated;
  }
}

/** A proxy that passes requests on unchanged and leaves every answer to its `proxyRes` listener. */
export function createRequestProxy(): HttpProxy {
  const proxy = load().createProxyServer({
    secure: true,
    // The target of a request is its `url`, unparsed.
    toProxy: true,
    prependPath: false,
    selfHandleResponse: true,
  });
  const { webPasses } = proxy as unknown as { readonly webPasses: unknown[] };
  webPasses.splice(0, webPasses.length - 1);
  return proxy;
}
