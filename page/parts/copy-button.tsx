/**
 * A button that copies a text, and says that it has.
 */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** How long it says so, in ms. */
const SAID_MS = 1_500;

/** Copies `text`, which is made when it is needed. */
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
