/**
 * Phases of a connection on its way to a session and back: the transition table, and its signals.
 *
 *               IDENTIFY ┌────────────┐ READY
 *          ┌────────────►│ identifying├────────┐
 *      ┌───┴──┐          └────────────┘     ┌──▼───┐ INVALID_SESSION ┌─────────┐
 *      │ none │                             │ live ├────────────────►│ invalid ├──► IDENTIFY or RESUME again
 *      └───┬──┘          ┌────────────┐     └──▲───┘                 └─────────┘    on the same connection
 *          └────────────►│  resuming  ├────────┘
 *                 RESUME └────────────┘ RESUMED, after the replayed dispatches
 *
 * A step that the documentation does not allow still has a row: it has the next phase, and the name of the observation.
 * HELLO is independent of this: clients may identify before it arrives.
 * Source: Discord Docs/Gateway, "Connection Lifecycle"; docs.discord.food/gateway/using-gateway.
 */
import type { Sender } from '../../wire/frame.js';
import type { ObservationName } from './observations.js';
import { OP } from '../opcodes.js';

/** Phase of a connection. */
export type Phase = 'none' | 'identifying' | 'resuming' | 'live' | 'invalid';

/** Signals that change the phase. `early`: a dispatch that may come before READY. `command`: needs a session. */
export type Signal =
  'identify' | 'resume' | 'command' | 'ready' | 'resumed' | 'early' | 'dispatch' | 'invalid_session';

/** Phase after a signal, and the remark to make about it, if any. */
export type Transition = readonly [next: Phase, remark: ObservationName | null];

/** Transitions: the effect of each signal in each phase. */
export const TRANSITIONS: Readonly<Record<Phase, Readonly<Record<Signal, Transition>>>> = {
  none: {
    identify: ['identifying', null],
    resume: ['resuming', null],
    command: ['none', 'payload_before_identify'],
    ready: ['live', 'unexpected_ready'],
    resumed: ['none', 'unexpected_resumed'],
    early: ['none', 'dispatch_without_session'],
    dispatch: ['none', 'dispatch_without_session'],
    invalid_session: ['invalid', null],
  },
  identifying: {
    identify: ['identifying', 'second_identify'],
    resume: ['resuming', 'unexpected_resume'],
    command: ['identifying', null],
    ready: ['live', null],
    resumed: ['identifying', 'unexpected_resumed'],
    early: ['identifying', null],
    dispatch: ['identifying', 'dispatch_before_ready'],
    invalid_session: ['invalid', null],
  },
  resuming: {
    identify: ['identifying', 'second_identify'],
    resume: ['resuming', 'unexpected_resume'],
    command: ['resuming', null],
    ready: ['live', 'unexpected_ready'],
    resumed: ['live', null],
    early: ['resuming', null],
    dispatch: ['resuming', null],
    invalid_session: ['invalid', null],
  },
  live: {
    identify: ['identifying', 'second_identify'],
    resume: ['resuming', 'unexpected_resume'],
    command: ['live', null],
    ready: ['live', 'unexpected_ready'],
    resumed: ['live', 'unexpected_resumed'],
    early: ['live', null],
    dispatch: ['live', null],
    invalid_session: ['invalid', null],
  },
  invalid: {
    identify: ['identifying', null],
    resume: ['resuming', null],
    command: ['invalid', 'payload_before_identify'],
    ready: ['live', 'unexpected_ready'],
    resumed: ['invalid', 'unexpected_resumed'],
    early: ['invalid', 'dispatch_without_session'],
    dispatch: ['invalid', 'dispatch_without_session'],
    invalid_session: ['invalid', null],
  },
};

const CLIENT_SIGNALS: ReadonlyMap<number, Signal | null> = new Map<number, Signal | null>([
  [OP.HEARTBEAT, null], // some libraries send heartbeats before they identify
  [OP.IDENTIFY, 'identify'],
  [OP.RESUME, 'resume'],
  [OP.QOS_HEARTBEAT, null],
  [41, null], // the official apps send it as soon as they are connected
]);

const EVENT_SIGNALS: ReadonlyMap<string, Signal> = new Map<string, Signal>([
  ['READY', 'ready'],
  ['RESUMED', 'resumed'],
  ['INITIAL_GUILD', 'early'],
]);

/** Signal of a payload for the phase of its connection; null if it has no effect. */
export function readSignal(sender: Sender, op: number, event: string | null): Signal | null {
  if (sender === 'client') {
    const signal = CLIENT_SIGNALS.get(op);
    return signal === undefined ? 'command' : signal;
  }
  if (op === OP.DISPATCH) return (event === null ? undefined : EVENT_SIGNALS.get(event)) ?? 'dispatch';
  return op === OP.INVALID_SESSION ? 'invalid_session' : null;
}
