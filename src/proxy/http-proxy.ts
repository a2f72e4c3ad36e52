/**
 * http-proxy: carries a REST call's request to the API. It opens the call, streams the body into it at the pace of the
 * slower side, and ends one side when the other goes away.
 *
 * Only the last of its passes is used. The others are unwanted: `deleteLength` frames a chunked DELETE as one without a
 * body, so that its bytes become the next request. Answers are written in rest.ts.
 *
 * While it loads, it reads `util._extend`, whose call prints a deprecation warning (DEP0060) from Node 22 on. For that
 * time it gets `Object.assign`, which does the same.
 * Source: github.com/http-party/node-http-proxy, lib/http-proxy/passes/web-incoming.js of 1.18.1; pull request 1666.
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

const library = load();

/** A proxy that passes requests on unchanged and leaves every answer to its `proxyRes` listener. */
export function createRequestProxy(): HttpProxy {
  const proxy = library.createProxyServer({
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
