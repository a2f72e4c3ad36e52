/**
 * The detail pane beside a list: a head with a title and links to the neighbours, and a body that scrolls.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Answer } from '../data/use-answer.js';
import { navigate } from '../state/address.js';
import { AnswerNote, WaitingLine } from './states.js';

/** A neighbour, with the title of the link to it. */
export interface DetailStep {
  readonly id: number | null | undefined;
  readonly label: string;
}

/** The pane. */
export function Detail<T>({
  noun,
  id,
  title,
  answer,
  previous,
  next,
  close,
  children,
}: {
  /** Kind of thing, such as `frame`. */
  readonly noun: string;
  readonly id: number;
  readonly title: (data: T) => ComponentChildren;
  readonly answer: Answer<T>;
  readonly previous: DetailStep;
  readonly next: DetailStep;
  readonly close: () => void;
  readonly children: (data: T) => ComponentChildren;
}): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const { data, failure } = answer;
  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [id]);
  return (
    <aside
      class="detail"
      aria-label={noun}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
    >
      <header class="detail-head">
        <h2>
          {data === null ? noun : title(data)} <span class="dim">#{id}</span>
        </h2>
        <span class="spring" />
        <StepButton step={previous} sign="↑" />
        <StepButton step={next} sign="↓" />
        <button aria-label={`Close the ${noun}`} title="Close (Esc)" onClick={close}>
          ×
        </button>
      </header>
      <WaitingLine answer={answer} />
      <div
        class="detail-body"
        ref={scroller}
        data-scrolls
        tabIndex={0}
        role="region"
        aria-label={`What the ${noun} is`}
      >
        {data === null || failure !== null ? <AnswerNote answer={answer} /> : children(data)}
      </div>
    </aside>
  );
}

function StepButton({
  step: { id, label },
  sign,
}: {
  readonly step: DetailStep;
  readonly sign: string;
}): JSX.Element {
  return (
    <button
      aria-label={label}
      title={label}
      disabled={id === null || id === undefined}
      onClick={() => {
        if (id !== null && id !== undefined) navigate({ id }, 'replace');
      }}
    >
      {sign}
    </button>
  );
}

/** A row of a list of facts. */
export function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
