/** Findings. */
import type { JSX } from 'preact';

/** The view. */
export function FindingsPage(): JSX.Element {
  return <div class="note">This view is being written.</div>;
}
