/** `mcp` without the SDK, which is not installed here; with it: test/clients/mcp.test.ts. */
import { expect, it } from 'vitest';
import { Gatetape } from '../support/gatetape.js';
import { sampleCapture } from '../support/capture/samples.js';

it('gatetape mcp without the SDK names the package that it needs', async () => {
  const { exitCode, stderr, stdout } = await new Gatetape(['mcp', '--db', sampleCapture()]).ended();
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^gatetape: mcp needs the package @modelcontextprotocol\/sdk, .*: install it .*\n$/);
});
