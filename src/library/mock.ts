/**
 * Mock gateway for tests: recorded sessions or tapes, served to a real client on this machine.
 */
import { parseListen, type ListenAddress } from '../config/values.js';
import { UsageError } from '../errors.js';
import { systemHost, type Log } from '../host.js';
import type { MockGateway } from '../mock/gateway.js';
import { serveRecordings } from '../mock/server.js';
import type { MockSpeed } from '../replay/clock.js';
import { loadRecordings, type RecordingSources } from './recording.js';
import { checkedMockSpeed } from './speed.js';

/** What to serve, where and how fast. */
export interface MockGatewayOptions extends RecordingSources {
  /** Factor on the recorded pace, above 0, `max` for no pauses, or `step` for a frame a call; default 1. */
  readonly speed?: MockSpeed;
  /** Whether every payload waits for what the client did before it in the recording; default false. */
  readonly isLockstep?: boolean;
  /** What HELLO asks for, in ms; default the recorded interval, divided by the speed where that is a factor. */
  readonly heartbeatIntervalMs?: number;
  /** Address as `HOST:PORT` or as a value; default a free port on loopback. */
  readonly listen?: string | ListenAddress;
  /** Receives diagnostics; without it the mock is silent. */
  readonly log?: Log;
}

const FREE_LOOPBACK_PORT = '127.0.0.1:0';

/**
 * Serves recordings. Rejects with UsageError for wrong options or no such recording, StoreError when the
 * database cannot be read, NetworkError when the address cannot be had.
 */
export async function startMockGateway(options: MockGatewayOptions): Promise<MockGateway> {
  const {
    listen = FREE_LOOPBACK_PORT,
    speed = 1,
    isLockstep = false,
    heartbeatIntervalMs,
    log,
    ...sources
  } = options;
  const address = typeof listen === 'string' ? parseListen(listen) : listen;
  if (address === null) throw new UsageError('"listen" is no address', 'give it as HOST:PORT');
  const recordings = loadRecordings(sources).map(({ recording }) => recording);
  return serveRecordings(recordings, {
    host: systemHost(log),
    listen: address,
    speed: checkedMockSpeed(speed),
    isLockstep,
    heartbeatIntervalMs,
  });
}
