/**
 * Stories: how each connection began, how it ended, and how its client came back. `gatetape why` prints them.
 *
 * A story is collected by a rule without findings, because rules see all facts.
 */
import { findCloseCode } from '../gateway/close-codes.js';
import type { Sender } from '../wire/frame.js';
import type { LintedFrame } from './events.js';
import { type ConnectionEnd, type ConnectionFacts, findCloser } from './facts.js';
import { findKnownSession, findLastEnd } from './history.js';
import type { LintFinding, Resume, Rule } from './rule.js';
import { Memory, type Scene } from './scene.js';
import { nameOp } from './words.js';

/** One of the last frames before an end. */
export interface StoryFrame {
  readonly frameId: number;
  readonly atUs: number;
  /** Event or opcode, or close frame. */
  readonly what: string;
}

/** IDENTIFY or RESUME of a connection, and its answer. */
export interface StoryStart {
  readonly asked: 'IDENTIFY' | 'RESUME';
  readonly frameId: number;
  readonly atUs: number;
  /** Sequence number of a RESUME. */
  readonly seq: number | null;
  /** µs since the end of the previous connection; null for the first one. */
  readonly awayUs: number | null;
  /** READY, RESUMED or INVALID_SESSION; null without an answer. */
  readonly answer: string | null;
  readonly answerAtUs: number | null;
  /** Dispatches between RESUME and RESUMED. */
  readonly replayed: number;
  /** Dispatches that were missing from the gateway's replay; null after IDENTIFY and if unknown. */
  readonly lost: number | null;
}

/** Story of one connection. */
export interface ConnectionStory {
  readonly connectionId: number;
  readonly sessionId: number | null;
  readonly openedAtUs: number;
  readonly path: string | null;
  readonly upstreamUrl: string | null;
  /** Each IDENTIFY and RESUME; more than one after INVALID_SESSION. */
  readonly starts: readonly StoryStart[];
  /** RECONNECT and INVALID_SESSION, before the end. */
  readonly orders: readonly StoryFrame[];
  /** Null while the connection is open. */
  readonly end: {
    readonly atUs: number;
    readonly closedBy: Sender | 'proxy' | null;
    readonly closeCode: number | null;
    readonly closeReason: string | null;
    /** The code in words, or the meaning of its absence. */
    readonly inWords: string;
  } | null;
  readonly lastClientFrames: readonly StoryFrame[];
  readonly lastGatewayFrames: readonly StoryFrame[];
  /** Findings of the connection. */
  readonly findings: readonly Pick<LintFinding, 'rule' | 'severity' | 'message'>[];
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

interface Draft {
  readonly starts: Mutable<StoryStart>[];
  readonly orders: StoryFrame[];
  readonly client: StoryFrame[];
  readonly gateway: StoryFrame[];
  readonly findings: Map<string, Pick<LintFinding, 'rule' | 'severity' | 'message'>>;
}

/** Most frames of each side that are listed, and most findings and orders that are kept of one connection. */
const [MOST_FRAMES, MOST_KEPT] = [3, 50];

/** Collects the stories of a recording: a rule for the linter, and a receiver of its findings. */
export class StoryTeller {
  readonly rule: Rule;
  readonly #drafts = new Memory<Draft>(() => ({
    starts: [],
    orders: [],
    client: [],
    gateway: [],
    findings: new Map(),
  }));
  readonly #open = new Map<number, Draft>();

  /** `tell` receives each story when its connection or the recording ends. */
  constructor(tell: (story: ConnectionStory) => void) {
    const finish = (connection: ConnectionFacts, end: ConnectionEnd | null): void => {
      tell(this.#write(connection, end));
      this.#open.delete(connection.id);
    };
    this.rule = {
      ...TEXT,
      needs: 'frame',
      on: {
        opened: ({ connection }) => this.#draft(connection),
        sent: (scene) => keep(this.#draft(scene.connection).client, nameFrame(scene.frame)),
        received: (scene) => keep(this.#draft(scene.connection).gateway, nameFrame(scene.frame)),
        closeFrame: (scene) =>
          keep(this.#draft(scene.connection)[scene.frame.sender], nameFrame(scene.frame)),
        identify: (scene, identify) =>
          this.#start(scene, 'IDENTIFY', null, findLastEnd(scene.capture, identify)?.atUs ?? null),
        resume: (scene, resume) => this.#resume(scene, resume),
        ready: (scene) => this.#answer(scene, 'READY'),
        resumed: (scene) => this.#answer(scene, 'RESUMED'),
        invalid: (scene, isResumable) => {
          this.#answer(scene, isResumable === true ? 'INVALID_SESSION true' : 'INVALID_SESSION false');
          keep(this.#draft(scene.connection).orders, nameFrame(scene.frame), MOST_KEPT);
        },
        reconnect: (scene) => keep(this.#draft(scene.connection).orders, nameFrame(scene.frame), MOST_KEPT),
        dispatch: (scene) => this.#dispatch(scene),
        ended: (_scene, end) => finish(end.connection, end),
        stopped: (_scene, connection) => finish(connection, null),
      },
    };
  }

  /** Adds a finding of the linter to the story of its connection. */
  note({ connectionId, rule, severity, message }: LintFinding): void {
    const findings = connectionId === null ? undefined : this.#open.get(connectionId)?.findings;
    if (findings === undefined || findings.size >= MOST_KEPT) return;
    findings.set(rule, { rule, severity, message });
  }

  #draft(connection: ConnectionFacts): Draft {
    const draft = this.#drafts.of(connection);
    this.#open.set(connection.id, draft);
    return draft;
  }

  #resume(scene: Scene, resume: Resume): void {
    const last = findKnownSession(scene.capture, resume)?.lastEnd ?? null;
    this.#start(scene, 'RESUME', resume.seq, last?.atUs ?? null);
  }

  #start(scene: Scene, asked: StoryStart['asked'], seq: number | null, lastUs: number | null): void {
    const { starts } = this.#draft(scene.connection);
    const isFirst = starts.length === 0;
    starts.push({
      asked,
      frameId: scene.frame.id,
      atUs: scene.nowUs,
      seq,
      awayUs: isFirst && lastUs !== null ? scene.nowUs - lastUs : null,
      answer: null,
      answerAtUs: null,
      replayed: 0,
      lost: asked === 'RESUME' ? 0 : null,
    });
    if (starts.length > MOST_KEPT) starts.shift();
  }

  #answer(scene: Scene, answer: string): void {
    const start = this.#draft(scene.connection).starts.at(-1);
    if (start?.answer !== null) return;
    start.answer = answer;
    start.answerAtUs = scene.nowUs;
  }

  #dispatch({ connection, frame }: Scene): void {
    const start = this.#draft(connection).starts.at(-1);
    if (start?.asked !== 'RESUME' || start.answer !== null || frame.event === 'RESUMED') return;
    if (start.replayed === 0 && start.seq !== null && frame.seq !== null) {
      start.lost = Math.max(0, frame.seq - start.seq - 1);
    }
    start.replayed += 1;
  }

  #write(connection: ConnectionFacts, end: ConnectionEnd | null): ConnectionStory {
    const { starts, orders, client, gateway, findings } = this.#draft(connection);
    return {
      connectionId: connection.id,
      sessionId: connection.sessionId,
      openedAtUs: connection.openedAtUs,
      path: connection.opened?.path ?? null,
      upstreamUrl: connection.opened?.upstreamUrl ?? null,
      starts,
      orders,
      end: end === null ? null : { ...describe(end), inWords: putInWords(end) },
      lastClientFrames: client,
      lastGatewayFrames: gateway,
      findings: [...findings.values()],
    };
  }
}

const TEXT = {
  id: 'why',
  who: 'client',
  severity: 'info',
  title: '',
  why: '',
  fix: '',
  source: '',
} as const;

function describe({ atUs, closedBy, closeCode, closeReason }: ConnectionEnd) {
  return { atUs, closedBy, closeCode, closeReason };
}

/** Meaning of an end: who closed, and whether the session can be resumed. */
function putInWords(end: ConnectionEnd): string {
  const { connection, closedBy, closeCode } = end;
  const closer = findCloser(connection) ?? closedBy;
  if (closedBy === 'proxy') return 'the recorder ended it';
  if (closeCode === null) {
    return `${closer === null ? 'it ended' : `the ${closer} ended it`} without a close frame, so the session survives`;
  }
  const row = findCloseCode(closeCode);
  if (closer === 'client') {
    const isLost = closeCode === 1000 || closeCode === 1001;
    return `the client closed with ${closeCode}, which ${isLost ? 'ends' : 'keeps'} the session`;
  }
  const fate = row?.isReconnectable === false ? ' It forbids to reconnect.' : '';
  return `the gateway closed with ${closeCode}${row === null ? '' : ` (${row.name}): ${row.description}`}${fate}`;
}

function keep(list: StoryFrame[], frame: StoryFrame, most = MOST_FRAMES): void {
  list.push(frame);
  if (list.length > most) list.shift();
}

function nameFrame({ id, atUs, event, op, kind, closeCode, status }: LintedFrame): StoryFrame {
  const close = closeCode === null ? 'close' : `close ${closeCode}`;
  const other = kind === 'close' ? close : status === 'ok' ? nameOp(op) : status;
  return { frameId: id, atUs, what: event ?? other };
}
