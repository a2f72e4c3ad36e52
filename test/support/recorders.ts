/** Recorders in front of a scripted gateway. */
import { startRecorder, type Recorder, type RecorderOptions } from '../../src/library/record.js';
import type { ScriptedGateway } from './scripted-gateway.js';

/** A recorder of the gateway, on a free port, into the database at `db`. */
export function recordGateway(
  { url, apiUrl }: Pick<ScriptedGateway, 'url' | 'apiUrl'>,
  db: string,
  options: RecorderOptions = {},
): Promise<Recorder> {
  return startRecorder({ listen: '127.0.0.1:0', upstream: url, api: apiUrl, db, ...options });
}
