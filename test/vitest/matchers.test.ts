import { describe, expect, it } from 'vitest';
import type { ServedGateway } from '../../src/mock/gateway.js';
import '../../src/vitest/index.js';
import { BareClient, IDENTIFY, serve } from '../support/mocks.js';
import { dispatch, readySession, step } from '../support/capture/steps.js';

const ASKED = '{"op":8,"d":{"guild_id":"5","query":"","limit":0,"nonce":"recorded"}}';
const LIKE_ASKED = ASKED.replace('recorded', 'live');
const BRIEF = { timeoutMs: 20 };

/** Message of an assertion that fails. */
async function failure(assertion: Promise<unknown>): Promise<string> {
  try {
    await assertion;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the assertion holds');
}

/** A mock and a client that has identified and is ready. */
async function started(): Promise<{ mock: ServedGateway; client: BareClient }> {
  const mock = await serve(readySession(step(30, 1, 'client', ASKED), dispatch(40, 2, 'LAST')));
  const client = new BareClient(mock.gatewayUrl);
  await client.next();
  client.ws.send(IDENTIFY);
  await client.next();
  return { mock, client };
}

describe('toHaveReceivedPayload', () => {
  it('waits for a payload that holds all that is expected', async () => {
    const { mock, client } = await started();
    const asserted = expect(mock).toHaveReceivedPayload({
      op: 8,
      d: { guild_id: expect.any(String) as unknown },
    });
    client.ws.send(LIKE_ASKED);
    await asserted;
    await expect(mock).not.toHaveReceivedPayload({ op: 8, d: { guild_id: '6' } });
  });

  it('prints the received payloads on failure', async () => {
    const { mock, client } = await started();
    client.ws.send(LIKE_ASKED);
    await expect(mock).toHaveReceivedPayload({ op: 8 });
    const message = await failure(expect(mock).toHaveReceivedPayload({ op: 8, d: { guild_id: '6' } }, BRIEF));
    expect(message.split('\n')).toEqual([
      'expected a payload like {"op":8,"d":{"guild_id":"6"}}',
      'received',
      '  op 2 IDENTIFY {"token":"…","intents":1,"properties":{},"shard":[0,1]}',
      '  op 8 REQUEST_GUILD_MEMBERS {"guild_id":"5","query":"","limit":0,"nonce":"live"}',
      'in the nearest one',
      '  d.guild_id is "5", not "6"',
    ]);
    expect(await failure(expect(mock).not.toHaveReceivedPayload({ op: 2 }))).toMatch(
      /^expected no payload like/,
    );
  });
});

describe('toHaveCalledRest', () => {
  it('waits for a call, and prints the calls received on failure', async () => {
    const { mock } = await started();
    const asserted = expect(mock).toHaveCalledRest({ method: 'GET', path: '/gateway' });
    await fetch(`${mock.apiUrl}/v10/gateway`);
    await asserted;
    await expect(mock).not.toHaveCalledRest({ path: '/gateway/bot' });
    const message = await failure(expect(mock).toHaveCalledRest({ path: '/gateway', status: 500 }, BRIEF));
    expect(message.split('\n')).toEqual([
      'expected a REST call like {"path":"/gateway","status":500}',
      'received',
      '  GET /v10/gateway (200) null',
      'in the nearest one',
      '  status is 200, not 500',
    ]);
  });
});

describe('toBeFullyPlayed', () => {
  it('waits for the end of the tape', async () => {
    const { mock } = await started();
    await expect(mock).toBeFullyPlayed();
    expect(await failure(expect(mock).not.toBeFullyPlayed())).toMatch(/^expected the tape not to be played/);
  });

  it('waits without a limit on request', async () => {
    const mock = await serve(readySession(), 'step');
    const client = new BareClient(mock.gatewayUrl);
    const asserted = expect(mock).toBeFullyPlayed({ timeoutMs: Infinity });
    await client.next();
    client.ws.send(IDENTIFY);
    await mock.stirred();
    mock.step();
    await asserted;
  });

  it('prints what the client sent on failure', async () => {
    const mock = await serve(readySession(dispatch(40, 2, 'LAST')));
    await expect(mock).not.toBeFullyPlayed();
    const message = await failure(expect(mock).toBeFullyPlayed(BRIEF));
    expect(message).toBe(
      'expected the tape to be played to its end within 20 ms\nthe client has sent\n  nothing',
    );
  });
});

describe('toMatchRecording', () => {
  it('holds for a client that does what the recorded one did', async () => {
    const { mock, client } = await started();
    const asserted = expect(mock).toMatchRecording({ ignore: ['IDENTIFY:d.shard'] });
    client.ws.send(LIKE_ASKED);
    await asserted;
    expect(await failure(expect(mock).not.toMatchRecording())).toMatch(
      /^expected the client to do something else/,
    );
  });

  it('prints the differences on failure', async () => {
    const { mock, client } = await started();
    client.ws.send(LIKE_ASKED.replace('"limit":0', '"limit":7'));
    client.ws.send('{"op":3,"d":{"since":null,"activities":[],"status":"idle","afk":false}}');
    await expect(mock).toHaveReceivedPayload({ op: 3 });
    const message = await failure(expect(mock).toMatchRecording(BRIEF));
    expect(message.split('\n')).toEqual([
      'expected the client to do what the recorded one did (- recorded, + received)',
      '  + unexpected no. 3 op 3 PRESENCE_UPDATE',
      '  - no. 2 op 8 REQUEST_GUILD_MEMBERS d.limit: 0',
      '  + no. 2 op 8 REQUEST_GUILD_MEMBERS d.limit: 7',
    ]);
  });
});

describe('toObeyTheProtocol', () => {
  const IDENTIFIED =
    '{"op":2,"d":{"token":"t","intents":513,"properties":{"os":"a","browser":"b","device":"c"},"shard":[0,1]}}';
  const BEAT = '{"op":1,"d":1}';

  /** A mock to which a client has sent these payloads after READY. */
  async function judged(...sent: readonly string[]): Promise<ServedGateway> {
    const mock = await serve(readySession(dispatch(40, 2, 'LAST')), 'max', { isTrafficKept: true });
    const client = new BareClient(`${mock.gatewayUrl}/?v=10&encoding=json`);
    await client.next();
    client.ws.send(IDENTIFIED);
    await client.next();
    for (const text of sent) client.ws.send(text);
    while (mock.received().length <= sent.length) await mock.stirred();
    return mock;
  }

  it('holds for a client that breaks no rule, whatever its gateway does', async () => {
    const mock = await judged(BEAT);
    await expect(mock).toObeyTheProtocol();
    expect(mock.send({ op: 99, d: null })).toBe(1);
    expect(mock.disconnect(4000)).toBe(1);
    await expect(mock).toObeyTheProtocol();
    expect(await failure(expect(mock).not.toObeyTheProtocol())).toContain('it broke none');
  });

  it.for([
    ['id-twice', [IDENTIFIED]],
    ['tx-rate', Array.from({ length: 130 }, () => LIKE_ASKED)],
    ['hb-seq-ahead', ['{"op":1,"d":500}']],
    ['tx-receive-only', ['{"op":11}']],
  ] as const)('names the rule %s that a client broke, and ignores it', async ([rule, sent]) => {
    const mock = await judged(...sent);
    const message = await failure(expect(mock).toObeyTheProtocol());
    expect(message).toContain('expected the client to obey the protocol');
    expect(message).toContain(`  ${rule}: `);
    await expect(mock).not.toObeyTheProtocol();
    const others = (message.match(/^ {2}[a-z0-9-]+(?=: )/gm) ?? []).map((id) => id.trim());
    await expect(mock).toObeyTheProtocol({ ignore: others });
  });

  it('wants a mock that keeps what is said', async () => {
    const mock = await serve(readySession());
    expect(mock.traffic).toBeNull();
    expect(await failure(expect(mock).toObeyTheProtocol())).toBe('the mock does not keep what is said');
  });
});
