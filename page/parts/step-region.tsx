/**
 * A region that scrolls, with the keys j and k: they go to the next and the previous element with `data-step`.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useRef } from 'preact/hooks';

/** The region; `label` is its name for screen readers. */
export function StepRegion({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  const region = useRef<HTMLDivElement>(null);
  return (
    <div
      class="scrolled"
      ref={region}
      data-scrolls
      data-keys
      tabIndex={0}
      role="region"
      aria-label={label}
      onKeyDown={(event) => focusNext(event, region.current)}
    >
      {children}
    </div>
  );
}

/** Moves the focus if the key is one of them. */
function focusNext(event: KeyboardEvent, region: HTMLElement | null): void {
  const by = { j: 1, k: -1 }[event.key];
  const { target } = event;
  if (by === undefined || region === null || event.ctrlKey || event.metaKey || event.altKey) return;
  if (target instanceof HTMLElement && target.closest('input, select, textarea') !== null) return;
  const steps = [...region.querySelectorAll<HTMLElement>('[data-step]')];
  const at = steps.findIndex((step) => step === document.activeElement);
  const next = steps[at < 0 ? (by > 0 ? 0 : steps.length - 1) : at + by];
  if (next === undefined) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}
