/**
 * Links from the payloads of a comparison to frames of one session.
 */
import type { JSX } from 'preact';
import type { PageSender } from '../../src/ui/answers.js';
import { showText } from '../parts/plain-text.js';
import { formatAddress } from '../state/address.js';
import { quoteValue } from '../state/filter-terms.js';

/** Name of a payload; each kind of row has more fields. */
export interface PayloadName {
  readonly op: number | null;
  readonly opName: string | null;
  readonly event: string | null;
  readonly sender: PageSender | null;
  readonly seq?: number | null;
}

/** Event, opcode, or `close`. */
export function namePayload({ event, opName, op }: PayloadName): string {
  return event ?? opName ?? (op === null ? 'close' : `op ${op}`);
}

function formatTerms(session: number, { event, op, opName, sender, seq = null }: PayloadName): string {
  const name =
    event !== null ? `event:${quoteValue(event)}` : op !== null ? `op:${opName ?? op}` : 'kind:close';
  return [
    `session:${session}`,
    name,
    ...(sender === null ? [] : [`sender:${sender}`]),
    ...(seq === null ? [] : [`seq:${seq}`]),
  ].join(' ');
}

/** A link to the frames of that name in a session. */
export function PayloadLink({
  session,
  payload,
  text,
  isStep = false,
}: {
  readonly session: number;
  readonly payload: PayloadName;
  readonly text: string;
  /** Whether the keys j and k stop at it. */
  readonly isStep?: boolean;
}): JSX.Element {
  const terms = formatTerms(session, payload);
  return (
    <a
      data-step={isStep ? '' : undefined}
      title={`Frames: ${showText(terms)}`}
      href={formatAddress({ view: 'frames', filter: terms, stretch: null })}
    >
      {showText(text)}
    </a>
  );
}
