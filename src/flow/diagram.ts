/**
 * Flow: a stretch of a recording as the steps of a sequence diagram.
 *
 * A step is an arrow between two parties, or words over their lines. Texts are as recorded: each form (text, Mermaid,
 * SVG) escapes them in its own way.
 */

/** Parties of the diagram, from left to right. */
export const PARTIES = ['client', 'gatetape', 'gateway', 'API'] as const;

/** One of them. */
export type Party = (typeof PARTIES)[number];

/** How much a step matters: `bad` is a failure, `strong` a step in the life of a session. */
export type FlowTone = 'plain' | 'strong' | 'quiet' | 'bad';

/** One line of the diagram. */
export interface FlowStep {
  /** `message`: an arrow; `note`: words; `gap`: bytes that were not recorded; `cut`: steps that are not drawn. */
  readonly type: 'message' | 'note' | 'gap' | 'cut';
  /** Times of the first and the last message, in µs. */
  readonly atUs: number;
  readonly untilUs: number;
  readonly from: Party;
  readonly to: Party;
  /** What was sent, without count and time; empty if the step is of different messages. */
  readonly label: string;
  /** Messages by label, the most frequent first, if the step is of different ones. */
  readonly kinds: readonly (readonly [label: string, count: number])[];
  readonly count: number;
  /** What came back, for a step that is a call and its answer. */
  readonly answer: string | null;
  readonly tone: FlowTone;
  /** Null if the step is of several connections, or of none. */
  readonly connectionId: number | null;
  /** Id of the first frame; null for a step without a frame. */
  readonly frameId: number | null;
  readonly wireBytes: number;
}

/** A sequence diagram. */
export interface Flow {
  readonly steps: readonly FlowStep[];
  /** Whether times are µs since the Unix epoch; otherwise they count from the first step, as on a tape. */
  readonly hasDates: boolean;
  /** Whether steps name their connection. */
  readonly hasSeveralConnections: boolean;
  /** What was read. */
  readonly frames: number;
  readonly calls: number;
  /** Whether different messages in a row became one step, because there were too many. */
  readonly isCoarse: boolean;
  /** Steps that are not drawn. */
  readonly leftOut: number;
}
