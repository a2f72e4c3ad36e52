/**
 * The keys j and k in a view that scrolls: they go to the next and the previous element with `data-step`.
 */

/** Moves the focus if the key is one of them. */
export function focusNext(event: KeyboardEvent, region: HTMLElement | null): void {
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
