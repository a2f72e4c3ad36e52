/** Builders for capture records: everything has a default, and a test names what it is about. */
import type {
  ConnectionClosed,
  ConnectionOpened,
  ExchangeRecord,
  FrameRecord,
  HeartbeatRecord,
  SessionAttached,
  SessionFacts,
} from '../../../src/capture/records.js';

/** Time of the first record, in µs: 2026-08-01 00:00:00 UTC, a full hour. */
export const START_US = 1_785_542_400_000_000;

export function opened(overrides: Partial<ConnectionOpened> = {}): ConnectionOpened {
  return {
    type: 'connection_opened',
    connection: 1,
    atUs: START_US,
    path: '/?v=10&encoding=json',
    upstreamUrl: 'wss://gateway.example/?v=10&encoding=json',
    transport: { version: 10, encoding: 'json', compress: 'none' },
    extensions: null,
    userAgent: null,
    isClientTls: false,
    isUpstreamTls: true,
    upgradeStatus: 101,
    ...overrides,
  };
}

export function closed(overrides: Partial<ConnectionClosed> = {}): ConnectionClosed {
  return {
    type: 'connection_closed',
    connection: 1,
    atUs: START_US + 1_000_000,
    closeCode: 1000,
    closeReason: '',
    closedBy: 'client',
    relayMode: 'verbatim',
    convergedFrameNo: null,
    repeats: 0,
    ...overrides,
  };
}

/** A frame that holds a payload, by default a MESSAGE_CREATE from the gateway. */
export function frame(overrides: Partial<FrameRecord> = {}): FrameRecord {
  const body = overrides.body ?? Buffer.from('{"t":"MESSAGE_CREATE","s":1,"op":0,"d":{}}');
  return {
    type: 'frame',
    connection: 1,
    session: null,
    frameNo: 1,
    atUs: START_US,
    sender: 'gateway',
    kind: 'text',
    status: 'ok',
    op: 0,
    event: 'MESSAGE_CREATE',
    seq: 1,
    wireBytes: body.length,
    payloadBytes: body.length,
    body,
    raw: null,
    ...overrides,
  };
}

/** A frame without a payload: control, partial or undecodable. */
export function bareFrame(overrides: Partial<FrameRecord> & Pick<FrameRecord, 'status'>): FrameRecord {
  return frame({
    op: null,
    event: null,
    seq: null,
    wireBytes: 10,
    payloadBytes: null,
    ...overrides,
    body: null,
  });
}

export function attached(overrides: Partial<SessionAttached> = {}): SessionAttached {
  return {
    type: 'session_attached',
    session: 1,
    connection: 1,
    atUs: START_US,
    isResume: false,
    ...overrides,
  };
}

export function facts(overrides: Partial<SessionFacts> = {}): SessionFacts {
  return {
    type: 'session_facts',
    session: 1,
    atUs: START_US,
    alias: null,
    userId: null,
    shard: null,
    library: null,
    intents: null,
    tokenAlias: null,
    ...overrides,
  };
}

export function heartbeat(overrides: Partial<HeartbeatRecord> = {}): HeartbeatRecord {
  return {
    type: 'heartbeat',
    connection: 1,
    session: null,
    sentAtUs: START_US,
    ackedAtUs: START_US + 40_000,
    ...overrides,
  };
}

/** A REST call that was answered: by default a message is sent. */
export function exchange(overrides: Partial<ExchangeRecord> = {}): ExchangeRecord {
  const sent = Buffer.from('{"content":"hi"}');
  const got = Buffer.from('{"id":"7","content":"hi"}');
  return {
    type: 'exchange',
    startedAtUs: START_US,
    endedAtUs: START_US + 90_000,
    method: 'POST',
    path: '/v10/channels/1/messages',
    route: '/channels/:id/messages',
    tokenAlias: null,
    userAgent: null,
    status: 200,
    fault: null,
    responseHeaders: {},
    request: { contentType: 'application/json', wireBytes: sent.length, text: sent, isCut: false },
    response: { contentType: 'application/json', wireBytes: got.length, text: got, isCut: false },
    ...overrides,
  };
}
