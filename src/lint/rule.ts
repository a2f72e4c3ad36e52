/**
 * Rules and findings: the events that a rule reacts to, and the findings that it reports.
 *
 * A rule is data and small functions. A function sees the facts as they were before the frame that it is called for
 * (facts.ts), and reports through its scene. It never throws.
 */
import type { JsonObject, JsonValue, Shard } from '../gateway/payload.js';
import type { LintedCall } from './events.js';
import type { ConnectionEnd, ConnectionFacts, TokenFacts } from './facts.js';
import type { Scene } from './scene.js';
import type { Thresholds } from './thresholds.js';

/** How bad a breach is, the worst first. */
export const LINT_SEVERITIES = ['error', 'warning', 'info'] as const;

/** One of `LINT_SEVERITIES`. */
export type LintSeverity = (typeof LINT_SEVERITIES)[number];

/** Who broke a rule. */
export type Culprit = 'client' | 'gateway' | 'proxy';

/**
 * How much of a recording a rule has to know. `frame`: one frame is enough. `connection`: everything on the connection
 * from its opening on. `session`: that, and everything of its session. If some of that is missing, the rule is not judged.
 */
export type Need = 'frame' | 'connection' | 'session';

/** A rule's description, without its functions. */
export interface RuleText {
  /** Stable name. */
  readonly id: string;
  readonly who: Culprit;
  /** Worst severity that it reports. */
  readonly severity: LintSeverity;
  /** What is wrong, in one line. */
  readonly title: string;
  /** Consequence for the user. */
  readonly why: string;
  /** What to do. */
  readonly fix: string;
  readonly source: string;
}

/** A rule. */
export interface Rule extends RuleText {
  readonly needs: Need;
  readonly on: Handlers;
}

/** Rules of a family. */
export function defineRules(rules: readonly Rule[]): readonly Rule[] {
  return Object.freeze(rules);
}

/** A rule that cannot be judged by any recording, and why. */
export interface UnjudgedRule extends RuleText {
  readonly reason: string;
}

/** HELLO, with its interval in ms if that is a positive number. */
export interface Hello {
  readonly intervalMs: number | null;
  readonly given: JsonValue;
}

/** A heartbeat of a client, op 1 or 40. */
export interface Beat {
  /** `d`, or `d.seq` of op 40; undefined where that is missing. */
  readonly seq: JsonValue | undefined;
}

/** IDENTIFY. */
export interface Identify {
  readonly d: JsonObject;
  /** The token without its scheme, or its placeholder. */
  readonly token: string;
  readonly shard: Shard | null;
  readonly intents: number | null;
}

/** RESUME. */
export interface Resume {
  readonly token: string;
  readonly sessionId: string | null;
  readonly seq: number | null;
}

/** READY. */
export interface ReadyPayload {
  readonly d: JsonObject;
  readonly sessionId: string | null;
  readonly resumeUrl: string | null;
  readonly shard: Shard | null;
  readonly isBot: boolean;
}

/** Functions of a rule, by the event that calls them. */
export interface Handlers {
  readonly opened?: (scene: Scene) => void;
  /** Every message of a client that holds a payload or cannot be decoded. */
  readonly sent?: (scene: Scene) => void;
  /** Every payload of a gateway. */
  readonly received?: (scene: Scene) => void;
  readonly hello?: (scene: Scene, hello: Hello) => void;
  readonly beat?: (scene: Scene, beat: Beat) => void;
  /** The gateway asks for a heartbeat. */
  readonly beatRequest?: (scene: Scene) => void;
  readonly ack?: (scene: Scene) => void;
  readonly identify?: (scene: Scene, identify: Identify) => void;
  readonly resume?: (scene: Scene, resume: Resume) => void;
  readonly ready?: (scene: Scene, ready: ReadyPayload) => void;
  readonly resumed?: (scene: Scene) => void;
  /** INVALID_SESSION. */
  readonly invalid?: (scene: Scene, isResumable: JsonValue) => void;
  readonly reconnect?: (scene: Scene) => void;
  /** Every dispatch, READY and RESUMED too. */
  readonly dispatch?: (scene: Scene) => void;
  /** Dispatches by their names. */
  readonly events?: Readonly<Record<string, (scene: Scene) => void>>;
  /** Payloads of a client by their opcodes. */
  readonly commands?: Readonly<Record<number, (scene: Scene) => void>>;
  /** A message that holds a part of a payload. */
  readonly partial?: (scene: Scene) => void;
  readonly undecodable?: (scene: Scene) => void;
  readonly closeFrame?: (scene: Scene) => void;
  readonly ended?: (scene: Scene, end: ConnectionEnd) => void;
  /** An observation of the recorder, by its name. */
  readonly remark?: (scene: Scene, name: string) => void;
  /** The recording of one capture is over; called for each connection that is open. */
  readonly stopped?: (scene: Scene, connection: ConnectionFacts) => void;
  readonly call?: (scene: Scene, call: LintedCall, token: TokenFacts | null) => void;
}

/** Details of a finding beside its rule. */
export interface Breach {
  readonly message: string;
  /** Default: the rule's severity. */
  readonly severity?: LintSeverity;
  readonly who?: Culprit;
  /** Frames that show it; default: the current one. */
  readonly frameIds?: readonly number[];
  /** Default: now. */
  readonly atUs?: number;
}

/** A breach of a rule, or several equal ones. */
export interface LintFinding {
  readonly rule: string;
  readonly severity: LintSeverity;
  readonly who: Culprit;
  readonly sessionId: number | null;
  readonly connectionId: number | null;
  /** Of the first breaches. */
  readonly frameIds: readonly number[];
  readonly count: number;
  readonly firstAtUs: number;
  readonly lastAtUs: number;
  readonly message: string;
  readonly why: string;
  readonly fix: string;
  readonly source: string;
}

/** A rule that was not judged, everywhere or somewhere, and why. */
export interface Skipped {
  readonly rule: string;
  readonly reason: string;
}

/** Result of linting. */
export interface LintReport {
  readonly findings: readonly LintFinding[];
  readonly checked: {
    readonly frames: number;
    readonly connections: number;
    readonly sessions: number;
    readonly rules: number;
  };
  readonly skipped: readonly Skipped[];
}

/** Settings of a linter. */
export interface LinterOptions {
  readonly rules: readonly Rule[];
  /** Whether a rule's findings are reported. Every rule runs, because rules can share what they count. */
  readonly isWanted?: (rule: Rule) => boolean;
  readonly thresholds?: Partial<Thresholds> | undefined;
  /** Whether to report a breach, given as a finding of its own. */
  readonly isMeant?: ((finding: LintFinding) => boolean) | undefined;
  /** Called for each reported breach, given as a finding of its own. */
  readonly watch?: (finding: LintFinding) => void;
}
