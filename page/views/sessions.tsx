/** Sessions. */
import type { JSX } from 'preact';

/** The view. */
export function SessionsPage(): JSX.Element {
  return <div class="note">This view is being written.</div>;
}
