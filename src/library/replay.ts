/**
 * Replay: plays a recorded client against a gateway, and reports the differences in the gateway's answers.
 *
 * Without another gateway it plays against a mock of the same recording, which then must agree.
 */
import { anyText, integer, list, paceKind } from '../config/kinds.js';
import { SECRETS_HINT } from '../config/values.js';
import { UsageError } from '../errors.js';
import { systemHost, type Log } from '../host.js';
import { findCloseCode, type CloseCode } from '../gateway/close-codes.js';
import { serveRecordings } from '../mock/server.js';
import { playRecording, type PlayOptions, type Played } from '../player/player.js';
import type { Speed } from '../replay/clock.js';
import { diffPayloads, type Diff } from '../replay/compare/payload-diff.js';
import { Mask, VOLATILE_RULES } from '../replay/compare/mask.js';
import { findStart } from '../replay/rebase/rebase.js';
import type { Recording } from '../replay/recording.js';
import { parseGatewayUrl } from '../wire/transport.js';
import { ADDRESS, checkedOptions, FUNCTION, SESSION_ID, type OptionRules } from './options.js';
import { loadRecording, type RecordingSource } from './recording.js';

/** Options of a replay. */
export interface ReplayOptions extends RecordingSource {
  /** Gateway URL; default: a mock of the same recording. */
  readonly against?: string | URL;
  /** Token for `against`; default: the recorded placeholder. */
  readonly token?: string;
  /** Factor on the recorded pace, above 0, or `max` for no pauses; default `max`. */
  readonly speed?: Speed;
  /** Fields that may differ, as `NAME:PATH`, or `made-meanwhile`, in addition to those that always may. */
  readonly ignore?: readonly string[];
  /** Timeout for a payload after its recorded time, in ms; default 5,000. */
  readonly patienceMs?: number;
  /** Receives diagnostics; without it the replay is silent. */
  readonly log?: Log;
}

const PATIENCE_MS = 5000;
const AUTHENTICATION_FAILED = 4004;
/** Field that the mock's HELLO has and some gateways' lacks: clients need it (docs/mock.md). */
const MADE_BY_MOCK: readonly string[] = ['HELLO:s', 'HELLO:t'];
const RULES: OptionRules<ReplayOptions> = {
  session: SESSION_ID,
  tape: anyText,
  db: anyText,
  against: ADDRESS,
  token: anyText,
  speed: paceKind('max'),
  ignore: list(anyText),
  patienceMs: integer(0),
  log: FUNCTION,
};

/**
 * Replays a session or tape and compares. Rejects with UsageError for wrong options, StoreError if the database
 * cannot be read, NetworkError if the gateway cannot be reached.
 */
export async function replaySession(options: ReplayOptions): Promise<Diff> {
  const {
    against,
    token = null,
    speed = 'max',
    ignore = [],
    patienceMs = PATIENCE_MS,
    log,
    ...source
  } = checkedOptions('replaySession', options, RULES);
  const made = against === undefined ? MADE_BY_MOCK : [];
  const host = systemHost(log);
  const { recording } = loadRecording(source);
  // A recording without a date was made before now.
  const mask = new Mask([...VOLATILE_RULES, ...made, ...ignore], findStart(recording) ?? host.nowUs());
  const play: Omit<PlayOptions, 'url'> = { host, speed, token, patienceMs };
  const played =
    against === undefined
      ? await playAgainstMock(recording, play)
      : await playRecording(recording, { ...play, url: gatewayUrl(against) });
  warnOfRefusal(played, host.log);
  return diffPayloads(played.expected, played.received, mask);
}

// A gateway that refuses the client gives the reason in its close code; the differences only follow from it.
function warnOfRefusal({ expected, received }: Played, log: Log): void {
  const isExpected = new Set(expected.map(({ text }) => text));
  const unexpected = received.filter(({ op, text }) => op === null && !isExpected.has(text));
  // Each of its connections may be refused, for the same reason.
  for (const row of new Set(unexpected.map(({ text }) => closeRow(text)))) {
    if (row?.isReconnectable !== false) continue;
    const hint = row.code === AUTHENTICATION_FAILED ? ': give the right token' : '';
    log('warn', `the gateway closed with ${row.code} (${row.name})${hint}`, 'gateway_closed');
  }
}

function closeRow(text: string): CloseCode | null {
  const { close } = JSON.parse(text) as { readonly close: { readonly code: number | null } };
  return close.code === null ? null : findCloseCode(close.code);
}

async function playAgainstMock(recording: Recording, play: Omit<PlayOptions, 'url'>): Promise<Played> {
  const { speed } = play;
  // Its only client is the player, which needs no log.
  const host = { ...play.host, log: (): void => undefined };
  const listen = { host: '127.0.0.1', port: 0 };
  await using mock = await serveRecordings([recording], { host, listen, speed, isLockstep: true });
  return await playRecording(recording, { ...play, url: mock.gatewayUrl });
}

function gatewayUrl(url: string | URL): string {
  const text = url.toString();
  const usable = parseGatewayUrl(text);
  if (text.includes('@'))
    throw new UsageError('the gateway to replay against has a user or a password in its URL', SECRETS_HINT);
  if (usable !== null) return usable;
  throw new UsageError(
    `${JSON.stringify(text.replace(/[?#].*/s, ''))} is not the URL of a gateway`,
    'give a ws:// or wss:// URL',
  );
}
