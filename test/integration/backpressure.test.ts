/**
 * Backpressure: a peer that stops reading stops its sender, through the proxy. What is on its way waits in the
 * sender and in the sockets of the kernel, not in our memory; and when he reads on, nothing is missing anywhere.
 *
 * This is so whatever is to happen when the recorder is behind: it is not. The third that can be slow, the disk, is in
 * overload.test.ts.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Recorder } from '../../src/library/record.js';
import { OVERLOAD_POLICIES, type OverloadPolicy } from '../../src/worker/ring-tap.js';
import { maskedFrame, RawClient } from '../support/raw-client.js';
import { expectAllRecorded, loggedSums } from '../support/recorded.js';
import { recordGateway } from '../support/recorders.js';
import { scratchFile } from '../support/scratch.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { expectSound } from '../support/stores.js';
import { until } from '../support/until.js';

/** Far more than the four buffers of the kernel on the way take, of 10 MB at most on each of the two hops. */
const MESSAGES = 700;
const MESSAGE_BYTES = 60_000;
const TEXT = JSON.stringify({
  op: 3,
  d: { since: null, afk: false, status: 'x'.repeat(MESSAGE_BYTES - 60) },
});
const FRAME = maskedFrame(0x81, TEXT);
/** Looks, some ms apart, at which nothing may have moved for the flow to count as stopped. */
const LOOKS = 60;

interface Flow {
  readonly gateway: ScriptedGateway;
  readonly recorder: Recorder;
  readonly db: string;
  readonly client: RawClient;
}

async function open(onOverload: OverloadPolicy): Promise<Flow> {
  const db = scratchFile();
  const gateway = await ScriptedGateway.start();
  onTestFinished(() => gateway.close());
  const recorder = await recordGateway(gateway, db, { onOverload });
  onTestFinished(() => recorder[Symbol.asyncDispose]());
  const client = await RawClient.connect(recorder.gatewayUrl);
  onTestFinished(() => client[Symbol.asyncDispose]());
  await client.until(1);
  return { gateway, recorder, db, client };
}

/** Resolves with the bytes that have been recorded when no more come. */
async function stopped({ recorder }: Flow): Promise<number> {
  let before = -1;
  let looks = 0;
  await until(() => {
    const { wireBytes, queueBytes } = recorder.figures();
    looks = wireBytes === before && wireBytes > 0 && queueBytes === 0 ? looks + 1 : 0;
    before = wireBytes;
    return looks === LOOKS;
  });
  return before;
}

/** Ends the connection and compares what was sent with what was recorded. */
async function expectComplete({ gateway, recorder, db, client }: Flow): Promise<void> {
  client.socket.end();
  await gateway.until(() => gateway.peers.every((peer) => !peer.isOpen));
  expect(await recorder.close()).toEqual(loggedSums(gateway));
  expectAllRecorded(gateway, db);
  expectSound(db);
}

describe.each(OVERLOAD_POLICIES)('a peer that stops reading (%s)', (onOverload) => {
  it('as a client slows the gateway down, and then receives everything', async () => {
    const flow = await open(onOverload);
    const { gateway, client } = flow;
    client.socket.pause();
    for (let sent = 0; sent < MESSAGES; sent += 1) void gateway.peer.send(TEXT);
    expect(await stopped(flow)).toBeLessThan((MESSAGES * MESSAGE_BYTES) / 2);
    client.socket.resume();
    await client.until(1 + MESSAGES);
    await expectComplete(flow);
  });

  it('as a gateway slows the client down, and then receives everything', async () => {
    const flow = await open(onOverload);
    const { gateway, client } = flow;
    gateway.peer.request.socket.pause();
    for (let sent = 0; sent < MESSAGES; sent += 1) client.socket.write(FRAME);
    expect(await stopped(flow)).toBeLessThan((MESSAGES * MESSAGE_BYTES) / 2);
    gateway.peer.request.socket.resume();
    await gateway.until(() => gateway.frames.length === 1 + MESSAGES);
    await expectComplete(flow);
  });
});
