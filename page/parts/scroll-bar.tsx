/**
 * A scroll bar for a list whose length in pixels is not known. It shows and changes the position as a part of the whole.
 */
import type { JSX, TargetedPointerEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';

/** Pause between two jumps while the thumb is dragged, in ms. */
const JUMP_MS = 80;

/** Steps of keys, as parts of the whole. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowUp: -0.001,
  ArrowDown: 0.001,
  PageUp: -0.05,
  PageDown: 0.05,
  Home: -1,
  End: 1,
};

/** A vertical scroll bar at `part`, from 0 to 1. */
export function ScrollBar({
  part,
  jump,
}: {
  readonly part: number;
  readonly jump: (part: number) => void;
}): JSX.Element {
  const [dragged, setDragged] = useState<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const shown = Math.min(1, Math.max(0, dragged ?? part));
  const drag = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    const { top, height } = event.currentTarget.getBoundingClientRect();
    const target = Math.min(1, Math.max(0, (event.clientY - top) / height));
    setDragged(target);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => jump(target), JUMP_MS);
  };
  return (
    <div
      class="scroll-bar"
      role="scrollbar"
      aria-label="Place in the recording"
      aria-orientation="vertical"
      aria-controls="page-view"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(shown * 100)}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={(event) => {
        if (dragged !== null) drag(event);
      }}
      onPointerUp={() => setDragged(null)}
      onPointerCancel={() => setDragged(null)}
      onKeyDown={(event) => {
        const step = STEPS[event.key];
        if (step === undefined) return;
        event.preventDefault();
        jump(Math.min(1, Math.max(0, shown + step)));
      }}
    >
      <div class="scroll-thumb" style={{ top: `${(shown * 100).toFixed(3)}%` }} />
    </div>
  );
}
