/// <reference lib="esnext.disposable" preserve="true" />
/**
 * gatetape/vitest: tests of bots and libraries against recorded sessions.
 *
 *   gatewayTest                 vitest/gateway-test.ts   `test` with a gateway that plays a tape, or makes it
 *   toHaveReceivedPayload, …    vitest/matchers.ts       matchers, added to `expect` by importing this
 */
import { addMatchers, type GatewayMatchers } from './matchers.js';

export { gatewayTest, type GatewayFixture, type GatewayTestOptions } from './gateway-test.js';
export type { ExpectedCall } from './expected-call.js';
export type { ExpectedPayload, GatewayMatchers, GatewayUnderTest, RecordingMatch } from './matchers.js';
export type { Mode } from './mode.js';
export type { Judgement, Patience } from './waiting.js';
export type { TestGateway } from './waiting.js';

addMatchers();

declare module 'vitest' {
  // As vitest declares it: the parameters of merged interfaces must be the same.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-empty-object-type
  interface Matchers<T = any> extends GatewayMatchers<T> {}
}
