/**
 * Foot of the list of frames: their number, and the SQL statement that selects them.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { FrameCountAnswer, FrameLine, FramesAnswer } from '../../src/ui/answers.js';
import { formatCount } from '../../src/units.js';
import { fetchAnswer, formatDataAddress } from '../data/fetch.js';
import { ListFoot } from '../parts/list-notes.js';
import type { ListState } from '../parts/list-state.js';
import { selectionQuery } from '../state/address.js';

/** The foot. */
export function FrameListFoot({
  state,
}: {
  readonly state: ListState<FrameLine, FramesAnswer>;
}): JSX.Element {
  const query = selectionQuery.value;
  const counted = useSignal<string | null>(null);
  useEffect(() => {
    counted.value = null;
  }, [query]);
  const count = state.head.value?.count;
  return (
    <ListFoot state={state} noun="frames">
      <span role="status">
        {count === undefined
          ? ''
          : (counted.value ?? `${count.isExact ? '' : 'at most '}${formatCount(count.frames)} frames`)}
      </span>
      {count?.isExact === false && counted.value === null && (
        <button onClick={() => void countFrames(query, (text) => (counted.value = text))}>count</button>
      )}
      <span class="spring" />
      <ViewAsSql query={query} />
    </ListFoot>
  );
}

async function countFrames(query: string, say: (text: string) => void): Promise<void> {
  try {
    for (;;) {
      const { frames, progress } = await fetchAnswer<FrameCountAnswer>(
        formatDataAddress('/frames/count', query),
      );
      say(`${formatCount(frames)} frames${progress.isComplete ? '' : ' so far …'}`);
      if (progress.isComplete) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  } catch (error) {
    say(error instanceof Error ? error.message : 'not counted');
  }
}

function ViewAsSql({ query }: { readonly query: string }): JSX.Element {
  return (
    <a class="foot-link" href={formatDataAddress('/sql', query)} target="_blank" rel="noreferrer">
      SQL
    </a>
  );
}
