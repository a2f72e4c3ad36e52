/** What the clients of a rewriter got, held against what the gateway sent. */
import type { JsonValue } from '../../src/gateway/payload.js';
import { readPayloads } from './client-view.js';
import { PROXY_URL, type RelayedConnection } from './relay.js';
import { RESUME_URL } from './traffic.js';

/** Faults of what clients got: each understands what the gateway said, but for one URL. */
export function findClientFaults(connections: readonly RelayedConnection[]): string[] {
  const faults: string[] = [];
  for (const { model, rewriter, received, legs, state } of connections) {
    if (rewriter === null || state === 'waiting') continue;
    const agent = model.handshake.userAgent!;
    const sent = model.streams.gateway.bytes.subarray(0, legs.gateway.read);
    const isCompressed = model.handshake.transport.compress !== 'none' || model.handshake.extensions !== null;
    const expected = withProxyUrls(readPayloads(sent, model.handshake), isCompressed);
    const got = withProxyUrls(readPayloads(Buffer.concat(received), model.handshake), isCompressed, true);
    const isWhole = state === 'ended';
    const length = isWhole ? expected.length : got.length;
    if (JSON.stringify(got) !== JSON.stringify(expected.slice(0, length)))
      faults.push(
        `${agent}: the client got ${got.length} payloads, which are not the gateway's ${expected.length}: ${describeDifference(got, expected)}`,
      );
  }
  return faults;
}

/**
 * Payloads as a client has to get them: with our URL in READY. Where messages are compressed, a session after the first on
 * the same socket may keep the gateway's, so `isReceived` leaves no difference there.
 */
function withProxyUrls(payloads: readonly JsonValue[], isCompressed: boolean, isReceived = false): string[] {
  const isOpening = (payload: JsonValue): boolean =>
    ['READY', 'RESUMED'].includes(String((payload as { t?: unknown }).t));
  const first = payloads.findIndex(isOpening);
  return payloads.map((payload, index) => {
    const text = JSON.stringify(payload);
    const isChanged = isReceived ? isCompressed && index > first : true;
    return isChanged ? text.replace(JSON.stringify(RESUME_URL), JSON.stringify(PROXY_URL)) : text;
  });
}

function describeDifference(got: readonly string[], expected: readonly string[]): string {
  const index = got.findIndex((text, at) => text !== expected[at]);
  return `number ${index} is ${String(got[index])} and not ${String(expected[index])}`;
}
