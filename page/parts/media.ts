/**
 * Properties of the screen, as signals.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals';

function watch(query: string): ReadonlySignal<boolean> {
  const list = matchMedia(query);
  const matches = signal(list.matches);
  list.addEventListener('change', () => {
    matches.value = list.matches;
  });
  return matches;
}

/** Whether the screen has room for only one column. */
export const isNarrow = watch('(max-width: 760px)');

/** Height of a line of a list, in px; on narrow screens it has two rows of text. */
export const rowPx: ReadonlySignal<number> = computed(() => (isNarrow.value ? 44 : 20));
