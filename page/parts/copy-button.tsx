/**
 * A button that copies a text and confirms it.
 */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Time for which the confirmation is shown, in ms. */
const SAID_MS = 1_500;

/** Copies the result of `text`, which is called on the click only. */
export async function copyText(text: string | (() => string)): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
    return true;
  } catch {
    return false;
  }
}

/** A button that copies a text. */
export function CopyButton({
  text,
  label = 'copy',
}: {
  readonly text: string | (() => string);
  readonly label?: string;
}): JSX.Element {
  const [said, say] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => say(null), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <button
      class="framed"
      onClick={() => void copyText(text).then((isDone) => say(isDone ? 'copied' : 'not allowed'))}
    >
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}
