/**
 * Mock gateway for tests: a recorded session or a tape, served to a real client on this machine.
 */
import { parseListen, type ListenAddress } from '../config/values.js';
import { UsageError } from '../errors.js';
import { systemHost, type Log } from '../host.js';
import type { MockGateway } from '../mock/gateway.js';
import { serveRecording } from '../mock/server.js';
import type { Speed } from '../replay/clock.js';
import { loadRecording, type RecordingSource } from './recording.js';
import { checkedSpeed } from './speed.js';

/** What to serve, where and how fast. */
export interface MockGatewayOptions extends RecordingSource {
  /** Factor on the recorded pace, above 0, or `max` for no pauses; default 1. */
  readonly speed?: Speed;
  /** Address as `HOST:PORT` or as a value; default a free port on loopback. */
  readonly listen?: string | ListenAddress;
  /** Receives diagnostics; without it the mock is silent. */
  readonly log?: Log;
}

const FREE_LOOPBACK_PORT = '127.0.0.1:0';

/**
 * Serves a recording. Rejects with UsageError for wrong options or no such recording, StoreError when the
 * database cannot be read, NetworkError when the address cannot be had.
 */
export async function startMockGateway(options: MockGatewayOptions): Promise<MockGateway> {
  const { listen = FREE_LOOPBACK_PORT, speed = 1, log, ...source } = options;
  const address = typeof listen === 'string' ? parseListen(listen) : listen;
  if (address === null) throw new UsageError('"listen" is no address', 'give it as HOST:PORT');
  const { recording } = loadRecording(source);
  return serveRecording(recording, { host: systemHost(log), listen: address, speed: checkedSpeed(speed) });
}
