/**
 * Host: the clock, the log and randomness, the impure inputs of gatetape.
 *
 * Pure folders (wire, gateway, capture, replay) never import this file: they get times as arguments. Shells take a
 * `Host` as an argument, so that tests can replace it.
 */
import { randomBytes } from 'node:crypto';

/** Levels of the log, most important first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

/** One of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Receives diagnostics: one line, no secret, no trailing newline, and the name of what happened. */
export type Log = (level: LogLevel, line: string, event: LogEvent) => void;

/**
 * Names of what is logged, and their meaning, for programs that read logs. docs/logs.md lists them; a test compares the
 * two.
 */
export const LOG_EVENTS = {
  stopped: 'Recording has ended; the line has the sums.',
  setting_unknown: 'A variable of the environment looks like a setting but is not one.',
  remote_allowed: 'Other machines can use a server here.',
  request_refused: 'A request broke the rules of access: a foreign Host or page, a wrong form.',
  connection_refused: 'What a connection sent is no HTTP.',
  connect_refused: 'A CONNECT was refused.',
  dial_refused: 'A client asked for a host that may not be dialled.',
  tunnel_failed: 'A tunnel to a host that is not recorded broke off.',
  tls_handshake_failed: 'A client broke the TLS handshake off.',
  upstream_failed: 'The upstream could not be reached.',
  upgrade_refused: 'The upstream answered an upgrade with another status than 101.',
  transport_unknown: 'A client asked for an encoding or a compression that is not documented.',
  resume_host_refused: 'READY names a host that may not be dialled, so resumes will not be recorded.',
  api_failed: 'The REST API gave no answer, or half of one.',
  discovery_unreadable: 'The API named no gateway that can be read.',
  last_recording_broke_off: 'The last recording in the file has no end.',
  recording_waits: 'The database cannot be written; traffic goes on.',
  recording_broke_off: 'A thread of the recorder has died; traffic goes on.',
  recording_resumed: 'It records again.',
  connections_left_out: 'Connections are no longer recorded, as the recorder died of them.',
  decoder_failed: 'A bug of gatetape: a frame could not be decoded.',
  database_lost: 'The database was deleted, replaced or damaged; a new one was begun.',
  database_back: 'The database was away, and is there again with all that it had.',
  rotated: 'The database was put aside, and a new one begun.',
  rotation_failed: 'The database could not be put aside.',
  handed_over: 'A new process takes new clients; this one serves those that it has, and ends.',
  handover_failed: 'A new process could not take over; this one goes on as before.',
  handover_unavailable: 'No socket could be made at which a handover can be asked for.',
  handover_unnoticed: 'systemd did not learn which process is the service now.',
  rotated_file_deleted: 'A database that was put aside was deleted, by --keep.',
  rotated_file_kept: 'A database that was put aside could not be deleted.',
  rotated_file_unshipped:
    'A database that was put aside was deleted, by --keep, before all of it was shipped.',
  ship_waits: 'The server of --ship-to does not answer; recording goes on.',
  ship_failed: 'Something cannot be shipped for another reason; it is tried again.',
  ship_resumed: 'It is shipped again.',
  ship_left: 'Recording has ended before everything was shipped; the next run ships it.',
  ship_ended: 'The thread that ships has died; it is started again.',
  wal_long: 'The write-ahead log has become long, as a program keeps reading.',
  wal_short: 'It is short again.',
  wal_not_folded: 'The write-ahead log could not be folded in at the end.',
  lint_finding: 'A breach of a rule, by record --lint.',
  lint_loss: 'Lint misses a part of the recording.',
  lint_left_out: 'Lint has left out findings that are like earlier ones.',
  lint_ended: 'The thread that lints has ended.',
  page_failed: 'A request of the web page met a bug.',
  page_ended: 'The thread of the web page has ended.',
  browser_not_opened: 'No browser could be opened.',
  client_opened: 'A client has connected to the mock.',
  client_in_session: 'A client of the mock has identified or resumed.',
  client_closed: 'A client of the mock has gone.',
  fault_acts: 'A fault of --fault acts.',
  rest_unanswered: 'The mock has no answer to a REST call.',
  rebase_nothing: 'The recording has no time that --rebase could move.',
  gateway_closed: 'The gateway closed the connection of replay.',
} as const;

/** One of `LOG_EVENTS`. */
export type LogEvent = keyof typeof LOG_EVENTS;

/** Everything impure that the shells need. */
export interface Host {
  /** Current time in µs since the Unix epoch; never runs backwards within a process. */
  readonly nowUs: () => number;
  readonly log: Log;
  /** Random bytes fit for keys and ids. */
  readonly randomBytes: (count: number) => Uint8Array;
}

/** Monotonic wall clock: the process start by the wall clock plus the monotonic time since, in µs. */
export function systemNowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** Real host; without a `log` it prints nothing, as a library must. */
export function systemHost(log: Log = () => undefined): Host {
  return Object.freeze({ nowUs: systemNowUs, log, randomBytes: (count: number) => randomBytes(count) });
}
