/**
 * Flow folder: turns recorded events into the steps of a diagram, one event at a time.
 */
import { OP } from '../gateway/opcodes.js';
import type { Flow, FlowStep } from './diagram.js';
import {
  isBeat,
  labelBeats,
  labelEnd,
  labelFrame,
  labelGap,
  labelLandmark,
  labelOpening,
  shorten,
} from './labels.js';
import type { FlowCall, FlowConnection, FlowEnd, FlowFrame, FlowGap, FlowSink } from './recorded.js';
import { StepList, type NewStep } from './step-list.js';

/** Options of a diagram. */
export interface FoldOptions {
  /** Most steps. */
  readonly steps: number;
  /** Whether heartbeats are drawn; otherwise they are counted. */
  readonly areBeatsDrawn: boolean;
  /** Whether times are µs since the Unix epoch. */
  readonly hasDates: boolean;
}

/** State of an open connection. */
interface Open {
  sent: number;
  acknowledged: number;
  /** Dispatches since RESUME. */
  replayed: number;
  lastAtUs: number;
  /** Whether its end is recorded. Its close frames are not drawn then, because the end has the same code and reason. */
  isEndKnown: boolean;
}

type Way = Pick<FlowStep, 'from' | 'to'>;

const TO_GATEWAY: Way = { from: 'client', to: 'gateway' };
const TO_CLIENT: Way = { from: 'gateway', to: 'client' };
const TO_API: Way = { from: 'client', to: 'API' };
const BEFORE_GATETAPE: Way = { from: 'client', to: 'gatetape' };
const BEHIND_GATETAPE: Way = { from: 'gatetape', to: 'gateway' };

const NOTHING_KNOWN = { answer: null, connectionId: null, frameId: null, wireBytes: 0, count: 1 } as const;

/** Folds a recording into a diagram. */
export class FlowFolder implements FlowSink {
  readonly #options: FoldOptions;
  readonly #steps: StepList;
  readonly #open = new Map<number, Open>();
  #connection: number | null = null;
  #hasSeveralConnections = false;
  #frames = 0;
  #calls = 0;

  constructor(options: FoldOptions) {
    this.#options = options;
    this.#steps = new StepList(options.steps);
  }

  opened(connection: FlowConnection): void {
    const { id, openedAtUs, closedAtUs, isFromBefore, upgradeStatus, repeats } = connection;
    const hasFailed = upgradeStatus !== 101;
    if (!hasFailed) this.#find(id, openedAtUs).isEndKnown = closedAtUs !== null;
    if (isFromBefore) return;
    this.#add({
      atUs: openedAtUs,
      label: labelOpening(connection),
      count: 1 + repeats,
      answer: hasFailed ? `${upgradeStatus}: no WebSocket` : null,
      tone: hasFailed ? 'bad' : 'strong',
      connectionId: hasFailed ? null : id,
    });
  }

  frame(frame: FlowFrame): void {
    this.#frames += 1;
    // The payload comes with the last of its frames.
    if (frame.status === 'partial') return;
    const connection = this.#find(frame.connectionId, frame.atUs);
    if (frame.kind === 'close' && connection.isEndKnown) return;
    if (isBeat(frame) && frame.status === 'ok' && !this.#options.areBeatsDrawn) {
      if (frame.sender === 'client') connection.sent += 1;
      else connection.acknowledged += 1;
      return;
    }
    const landmark = labelLandmark(frame, connection.replayed);
    if (frame.op === OP.RESUME) connection.replayed = 0;
    else if (frame.op === OP.DISPATCH) connection.replayed += 1;
    const { sender, atUs, wireBytes, connectionId } = frame;
    this.#add({
      ...(landmark ?? labelFrame(frame)),
      isLandmark: landmark !== null,
      atUs,
      wireBytes,
      connectionId,
      frameId: frame.id,
      ...(sender === 'client' ? TO_GATEWAY : TO_CLIENT),
    });
  }

  ended(end: FlowEnd): void {
    const { connectionId, atUs, closedBy } = end;
    this.#tellBeats(connectionId, atUs);
    this.#open.delete(connectionId);
    const isMessage = closedBy === 'client' || closedBy === 'gateway';
    this.#add({
      ...labelEnd(end),
      type: isMessage ? 'message' : 'note',
      atUs,
      connectionId,
      ...(closedBy === 'gateway' ? TO_CLIENT : TO_GATEWAY),
    });
  }

  gap(gap: FlowGap): void {
    const { connectionId, fromUs, untilUs, sender } = gap;
    this.#add({
      type: 'gap',
      label: labelGap(gap),
      tone: 'bad',
      atUs: fromUs,
      untilUs,
      connectionId,
      ...(sender === 'client' ? BEFORE_GATETAPE : BEHIND_GATETAPE),
    });
  }

  call({ startedAtUs, endedAtUs, method, route, status, fault }: FlowCall): void {
    this.#calls += 1;
    const isGood = status !== null && status < 400 && fault === null;
    const words = [status ?? 'no answer', ...(fault === null ? [] : [fault])].join(' ');
    this.#add({
      label: shorten(`${method} ${route}`),
      answer: words,
      tone: isGood ? 'plain' : 'bad',
      atUs: startedAtUs,
      untilUs: Math.max(startedAtUs, endedAtUs),
      isLandmark: false,
      ...TO_API,
    });
  }

  /** The diagram; called after the last event. */
  finish(): Flow {
    for (const [connectionId, { lastAtUs }] of this.#open) this.#tellBeats(connectionId, lastAtUs);
    return {
      steps: this.#steps.finish(),
      hasDates: this.#options.hasDates,
      hasSeveralConnections: this.#hasSeveralConnections,
      frames: this.#frames,
      calls: this.#calls,
      isCoarse: this.#steps.isCoarse,
      leftOut: this.#steps.leftOut,
    };
  }

  #find(id: number, atUs: number): Open {
    let connection = this.#open.get(id);
    if (connection === undefined) {
      connection = { sent: 0, acknowledged: 0, replayed: 0, lastAtUs: atUs, isEndKnown: false };
      this.#open.set(id, connection);
      this.#hasSeveralConnections ||= this.#connection !== null && this.#connection !== id;
      this.#connection = id;
    }
    connection.lastAtUs = atUs;
    return connection;
  }

  #tellBeats(connectionId: number, atUs: number): void {
    const { sent, acknowledged } = this.#open.get(connectionId) ?? { sent: 0, acknowledged: 0 };
    if (sent + acknowledged === 0) return;
    this.#add({ type: 'note', label: labelBeats(sent, acknowledged), tone: 'quiet', atUs, connectionId });
  }

  #add(step: Partial<NewStep> & Pick<NewStep, 'label' | 'tone' | 'atUs'>): void {
    this.#steps.add({
      type: 'message',
      ...TO_GATEWAY,
      isLandmark: true,
      untilUs: step.atUs,
      ...NOTHING_KNOWN,
      ...step,
    });
  }
}
