import { expect, it } from 'vitest';
import { startMockGateway } from '../../src/index.js';
import { BareClient, IDENTIFY } from '../support/mocks.js';

it('fifty mocks in one process keep their clients apart, and leave nothing behind', async () => {
  const handles = process.getActiveResourcesInfo().length;
  const mocks = await Promise.all(
    Array.from({ length: 50 }, () => startMockGateway({ tape: 'tapes/demo.tape.ndjson', speed: 'max' })),
  );
  expect(new Set(mocks.map(({ gatewayUrl }) => gatewayUrl)).size).toBe(50);
  const readies = await Promise.all(
    mocks.map(async (mock, index) => {
      const client = new BareClient(mock.gatewayUrl);
      await client.next();
      client.ws.send(IDENTIFY.replace('"intents":1', `"intents":${index}`));
      const [ready] = await client.texts(1);
      client.ws.close();
      await client.closed();
      return ready!;
    }),
  );
  for (const [index, mock] of mocks.entries()) {
    expect(readies[index]).toContain(`"resume_gateway_url":"${mock.gatewayUrl}"`);
    expect(mock.received({ op: 2 }).map(({ payload }) => payload.d.intents)).toEqual([index]);
  }
  await Promise.all(mocks.map((mock) => mock.close()));
  await expect.poll(() => process.getActiveResourcesInfo().length).toBeLessThanOrEqual(handles);
});
