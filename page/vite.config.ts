/**
 * Build of the page: one script and one style sheet, nothing inline, nothing from another host.
 *
 * `npx vite page` serves the page during development, with the data of the `gatetape ui` at GATETAPE_UI.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const DATA = '^/(?:live|take/.*|.*\\.(?:json|csv))(?:\\?.*)?$';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Views are paths, so addresses of files have to be absolute.
  base: '/',
  server: { proxy: { [DATA]: process.env['GATETAPE_UI'] ?? 'http://127.0.0.1:7332' } },
  build: {
    outDir: fileURLToPath(new URL('../dist/page', import.meta.url)),
    emptyOutDir: true,
    // The polyfill is an inline script.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    target: 'es2023',
    reportCompressedSize: false,
  },
});
