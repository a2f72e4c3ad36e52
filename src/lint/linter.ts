/**
 * Linter: one pass over the connections, frames, gaps, ends and REST calls of a recording, in the order of time.
 *
 * Each frame is shown to the rules first and changes the facts then, so that a rule sees what was known before it.
 * Memory does not grow with the recording (facts.ts, fold.ts). Nothing that a peer sends makes it throw. What is
 * unknown is not judged: a rule that needs the whole connection reports nothing after the first missing frame.
 */
import { OP } from '../gateway/opcodes.js';
import type { JsonObject, JsonValue } from '../gateway/payload.js';
import { Deadlines } from './deadlines.js';
import type { LintedCall, LintedConnection, LintedEnd, LintedFrame } from './events.js';
import { type ConnectionEnd, ConnectionFacts, type Moment } from './facts.js';
import { FoldedFindings } from './fold.js';
import {
  CaptureFacts,
  describeEnd,
  followAck,
  followBeat,
  followDispatch,
  followEnd,
  followHello,
  followIdentify,
  followInvalid,
  followReady,
  followResume,
  followResumed,
  followSent,
} from './follow.js';
import {
  readBeat,
  readBotLimits,
  readHello,
  readIdentify,
  readReadyPayload,
  readResumePayload,
  withoutScheme,
} from './read.js';
import type { Breach, LinterOptions, LintReport, Rule } from './rule.js';
import type { Stage } from './scene.js';
import { Signals } from './signals.js';
import { isKnownEnough, Troubles } from './troubles.js';
import { completeThresholds, inMicroseconds, type ThresholdName } from './thresholds.js';

/** Most sessions that are counted. */
const MOST_COUNTED = 1_000_000;

/** Judges a recording. */
export class Linter implements Stage {
  readonly #wanted: ReadonlySet<Rule>;
  readonly #signals: Signals;
  readonly #findings: FoldedFindings;
  readonly #deadlines = new Deadlines();
  readonly thresholdsUs: Readonly<Record<ThresholdName, number>>;
  #capture = new CaptureFacts();
  #captureId: number | null = null;
  #frame: LintedFrame | null = null;
  #connection: ConnectionFacts | null = null;
  #payload: JsonValue | undefined;
  #frameCount = 0;
  #connectionCount = 0;
  readonly #sessionIds = new Set<number>();
  readonly #troubles = new Troubles();
  nowUs = 0;

  constructor({
    rules,
    thresholds,
    isWanted = () => true,
    isMeant = () => true,
    watch = () => undefined,
  }: LinterOptions) {
    this.#wanted = new Set(rules.filter(isWanted));
    this.thresholdsUs = inMicroseconds(completeThresholds(thresholds));
    this.#findings = new FoldedFindings(watch, isMeant);
    this.#signals = new Signals(rules, this);
  }

  get frame(): LintedFrame {
    if (this.#frame === null) throw new RangeError('a rule asked for the current frame without one');
    return this.#frame;
  }

  get connection(): ConnectionFacts {
    if (this.#connection === null)
      throw new RangeError('a rule asked for the current connection without one');
    return this.#connection;
  }

  get capture(): CaptureFacts {
    return this.#capture;
  }

  parse(): JsonValue {
    if (this.#payload === undefined) {
      const text = this.#frame?.payloadText ?? null;
      this.#payload = text === null ? null : ((JSON.parse(text) as JsonObject)['d'] ?? null);
    }
    return this.#payload;
  }

  report(rule: Rule, connection: ConnectionFacts | null, breach: Breach): void {
    if (!this.#wanted.has(rule)) return;
    if (connection !== null && !isKnownEnough(rule, connection)) return;
    const frameIds = breach.frameIds ?? (this.#frame === null ? [] : [this.#frame.id]);
    this.#findings.add(rule, connection, { ...breach, frameIds }, this.nowUs);
  }

  later(atUs: number, connection: ConnectionFacts, act: () => void): void {
    this.#deadlines.add(atUs, () => {
      const [frame, current, payload] = [this.#frame, this.#connection, this.#payload];
      this.#frame = null;
      this.#connection = connection;
      act();
      this.#frame = frame;
      this.#connection = current;
      this.#payload = payload;
    });
  }

  // Events, in the order of time.

  /** A connection opens. */
  open(opened: LintedConnection): void {
    this.#enterCapture(opened.captureId);
    this.#advance(opened.openedAtUs);
    const connection = new ConnectionFacts(opened.id, opened.captureId, opened, opened.openedAtUs);
    this.#capture.connections.set(opened.id, connection);
    this.#connectionCount += 1;
    this.#within(connection, null, () => this.#signals.emit('opened'));
  }

  /** The next frame of a connection. */
  frameArrived(frame: LintedFrame): void {
    this.#frameCount += 1;
    this.#advance(frame.atUs);
    const connection = this.#capture.connections.get(frame.connectionId) ?? this.#openLate(frame);
    this.#frame = frame;
    this.#connection = connection;
    this.#payload = undefined;
    if (frame.sessionId !== null && frame.sessionId !== connection.sessionId)
      this.#learnSession(connection, frame);
    const expected = connection.lastFrameNo + 1;
    if (frame.frameNo > expected) this.#lose(connection, 'frames are missing');
    if (frame.status === 'ok') this.#judge(connection, frame);
    else this.#judgeOther(connection, frame);
    connection.lastFrameNo = Math.max(connection.lastFrameNo, frame.frameNo);
    if (connection.trouble !== null && connection.session === null) this.#capture.unknownAtUs = this.nowUs;
    this.#frame = null;
  }

  /** Bytes of a connection were relayed and not recorded. */
  gap(connectionId: number, atUs: number): void {
    this.#advance(atUs);
    const connection = this.#capture.connections.get(connectionId);
    if (connection !== undefined) this.#lose(connection, 'the recording has a gap');
  }

  /** The recorder made an observation. */
  remark(connectionId: number, atUs: number, name: string): void {
    const connection = this.#capture.connections.get(connectionId);
    if (connection === undefined) return;
    this.#advance(atUs);
    if (name === 'undelivered_bytes') this.#lose(connection, 'recorded bytes did not reach the other side');
    this.#within(connection, null, () => this.#signals.emit('remark', name));
  }

  /** A connection ends. */
  end(end: LintedEnd): void {
    this.#advance(end.atUs);
    const connection = this.#capture.connections.get(end.connectionId);
    if (connection === undefined) return;
    const described: ConnectionEnd = describeEnd(connection, end);
    this.#within(connection, null, () => this.#signals.emit('ended', described));
    followEnd(this.#capture, described, this.thresholdsUs.shortMs);
  }

  /** A REST call was made. */
  call(call: LintedCall): void {
    this.#enterCapture(call.captureId);
    this.#advance(call.startedAtUs);
    const token = call.tokenAlias === null ? null : this.#capture.findToken(withoutScheme(call.tokenAlias));
    this.#connection = null;
    this.#signals.emit('call', call, token);
    const limits = readBotLimits(call);
    if (limits !== null && token !== null) token.limits = limits;
  }

  /** The recording is over. */
  finish(): LintReport {
    this.#leaveCapture();
    return {
      findings: this.#findings.list(),
      checked: {
        frames: this.#frameCount,
        connections: this.#connectionCount,
        sessions: this.#sessionIds.size,
        rules: this.#wanted.size,
      },
      skipped: this.#troubles.listSkipped(this.#wanted, this.#connectionCount),
    };
  }

  #advance(atUs: number): void {
    if (atUs <= this.nowUs) return;
    while (this.#deadlines.nextUs < atUs) {
      this.nowUs = Math.max(this.nowUs, this.#deadlines.nextUs);
      this.#deadlines.take()?.();
    }
    this.nowUs = atUs;
  }

  #enterCapture(id: number): void {
    if (id === this.#captureId) return;
    if (this.#captureId !== null) this.#leaveCapture();
    this.#captureId = id;
    this.nowUs = 0;
  }

  #leaveCapture(): void {
    for (const connection of this.#capture.connections.values()) {
      this.#within(connection, null, () => this.#signals.emit('stopped', connection));
    }
    this.#deadlines.clear();
    this.#capture = new CaptureFacts();
  }

  #within(connection: ConnectionFacts, frame: LintedFrame | null, act: () => void): void {
    this.#connection = connection;
    this.#frame = frame;
    this.#payload = undefined;
    act();
  }

  #openLate(frame: LintedFrame): ConnectionFacts {
    const connection = new ConnectionFacts(frame.connectionId, this.#captureId ?? 0, null, frame.atUs);
    connection.lastFrameNo = frame.frameNo - 1;
    this.#connectionCount += 1;
    this.#troubles.note(connection);
    this.#capture.connections.set(frame.connectionId, connection);
    return connection;
  }

  #learnSession(connection: ConnectionFacts, { sessionId }: LintedFrame): void {
    connection.sessionId = sessionId;
    if (sessionId !== null && this.#sessionIds.size < MOST_COUNTED) this.#sessionIds.add(sessionId);
  }

  #lose(connection: ConnectionFacts, reason: string): void {
    if (connection.trouble !== null) return;
    connection.lose(connection.lastFrameNo === 0 ? 'the recording begins within a connection' : reason);
    this.#troubles.note(connection);
  }

  #judge(connection: ConnectionFacts, frame: LintedFrame): void {
    if (frame.sender === 'gateway') this.#judgeReceived(connection, frame);
    else this.#judgeSent(connection, frame);
  }

  #judgeOther(connection: ConnectionFacts, frame: LintedFrame): void {
    const { sender, status, kind } = frame;
    if (kind === 'close') {
      this.#signals.emit('closeFrame');
      connection.closes[sender] ??= { atUs: frame.atUs, frameId: frame.id, code: frame.closeCode };
    }
    if (status === 'partial') this.#judgePartial(connection, frame);
    if (status === 'control' || status === 'partial' || status === 'truncated') return;
    if (sender === 'client' && (kind === 'text' || kind === 'binary')) this.#signals.emit('sent');
    this.#signals.emit('undecodable');
    if (sender === 'client') followSent(connection, frame);
    this.#lose(connection, 'a message could not be decoded');
  }

  #judgePartial(connection: ConnectionFacts, { sender, atUs, id }: LintedFrame): void {
    this.#signals.emit('partial');
    if (sender === 'gateway') connection.partial ??= { atUs, frameId: id };
  }

  #judgeSent(connection: ConnectionFacts, frame: LintedFrame): void {
    const moment: Moment = { atUs: frame.atUs, frameId: frame.id };
    const op = frame.op ?? -1;
    const isFirst = frame.frameNo !== connection.lastFrameNo;
    if (isFirst) this.#signals.emit('sent');
    for (const act of this.#signals.findCommand(op)) act();
    if (op === OP.HEARTBEAT || op === OP.QOS_HEARTBEAT) {
      this.#signals.emit('beat', readBeat(op, this.parse()));
      followBeat(connection, moment);
    } else if (op === OP.IDENTIFY) {
      const identify = readIdentify(this.parse());
      this.#signals.emit('identify', identify);
      followIdentify(this.#capture, connection, moment, identify);
    } else if (op === OP.RESUME) {
      const resume = readResumePayload(this.parse());
      this.#signals.emit('resume', resume);
      followResume(this.#capture, connection, moment, resume);
    }
    if (isFirst) followSent(connection, frame);
  }

  #judgeReceived(connection: ConnectionFacts, frame: LintedFrame): void {
    if (connection.partial !== null) {
      connection.partial = null;
      connection.joinedFrameNo = frame.frameNo;
    }
    for (const act of this.#signals.received) act();
    if (frame.op === OP.DISPATCH) this.#judgeDispatch(connection, frame);
    else this.#judgeControl(connection, frame);
    connection.lastReceivedAtUs = frame.atUs;
    connection.receivedCount += 1;
  }

  #judgeDispatch(connection: ConnectionFacts, frame: LintedFrame): void {
    const { event, atUs } = frame;
    for (const act of this.#signals.dispatch) act();
    if (event !== null) for (const act of this.#signals.findEvent(event)) act();
    if (event === 'READY') {
      const ready = readReadyPayload(this.parse());
      this.#signals.emit('ready', ready);
      followReady(this.#capture, connection, { atUs, frameId: frame.id }, ready);
    } else if (event === 'RESUMED') {
      this.#signals.emit('resumed');
      followResumed(connection, { atUs, frameId: frame.id });
    }
    followDispatch(connection, frame, this.thresholdsUs.seqGraceMs);
  }

  #judgeControl(connection: ConnectionFacts, { op, atUs, id }: LintedFrame): void {
    const moment: Moment = { atUs, frameId: id };
    if (op === OP.HELLO) {
      const hello = readHello(this.parse());
      this.#signals.emit('hello', hello);
      followHello(connection, moment, hello);
    } else if (op === OP.HEARTBEAT_ACK) {
      this.#signals.emit('ack');
      followAck(connection);
    } else if (op === OP.HEARTBEAT) {
      this.#signals.emit('beatRequest');
      connection.beatRequest ??= moment;
    } else if (op === OP.RECONNECT) {
      this.#signals.emit('reconnect');
      connection.reconnect ??= moment;
    } else if (op === OP.INVALID_SESSION) {
      this.#signals.emit('invalid', this.parse());
      followInvalid(connection, moment, this.parse());
    }
  }
}
