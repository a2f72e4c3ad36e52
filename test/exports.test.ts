/** The public library: what is exported is promised, and nothing else. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as library from '../src/index.js';

it('the package exports exactly these names', () => {
  expect(Object.keys(library).sort()).toEqual([
    'CLOSE_CODES',
    'FilterError',
    'GatetapeError',
    'NetworkError',
    'OPCODES',
    'StoreError',
    'UsageError',
    'decodeEtf',
    'decodePayloads',
    'diffRecordings',
    'encodeEtf',
    'eventData',
    'findCloseCode',
    'findOpcode',
    'formatFlow',
    'lintCapture',
    'opcodeData',
    'opcodeName',
    'openCapture',
    'parseFilter',
    'payloadOf',
    'printFilter',
    'readFlow',
    'replaySession',
    'startMockGateway',
    'startPage',
    'startRecorder',
  ]);
});

it('the built package can be imported by its name', async () => {
  const built = (await import('gatetape')) as Record<string, unknown>;
  expect(Object.keys(built).sort()).toEqual(Object.keys(library).sort());
});

it('the package has a program and a schema', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    bin: Record<string, string>;
    exports: Record<string, unknown>;
  };
  expect(manifest.bin).toEqual({ gatetape: 'dist/bundle/main.js' });
  expect(Object.keys(manifest.exports)).toEqual(['.', './vitest', './config.schema.json', './package.json']);
});
