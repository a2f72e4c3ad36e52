/**
 * A list and its detail, with a border between them that can be dragged or moved with the arrow keys.
 */
import type { ComponentChildren, JSX } from 'preact';
import { createSetting, isNumber } from '../state/settings.js';
import { isNarrow } from './media.js';

const LEAST_PX = 320;

/** Width of the detail, in px. */
const detailPx = createSetting('detail', 460, isNumber);

function setWidth(px: number): void {
  detailPx.value = Math.round(Math.max(LEAST_PX, Math.min(innerWidth - LEAST_PX, px)));
}

/** A list with the open detail beside it; on a narrow screen only the detail is visible. */
export function Split({
  children,
  detail,
}: {
  readonly children: ComponentChildren;
  readonly detail: ComponentChildren | null;
}): JSX.Element {
  return (
    <div class={detail === null ? 'split' : 'split opened'} style={{ '--detail': `${detailPx.value}px` }}>
      <div class="list-side">{children}</div>
      {detail !== null && !isNarrow.value && <SplitHandle />}
      {detail}
    </div>
  );
}

function SplitHandle(): JSX.Element {
  return (
    <div
      class="split-handle"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the detail"
      aria-valuemin={LEAST_PX}
      aria-valuemax={innerWidth}
      aria-valuenow={detailPx.value}
      tabIndex={0}
      onPointerDown={({ currentTarget, pointerId }) => currentTarget.setPointerCapture(pointerId)}
      onPointerMove={({ currentTarget, pointerId, clientX }) => {
        if (currentTarget.hasPointerCapture(pointerId)) setWidth(innerWidth - clientX);
      }}
      onKeyDown={({ key }) => {
        if (key === 'ArrowLeft') setWidth(detailPx.value + 20);
        if (key === 'ArrowRight') setWidth(detailPx.value - 20);
      }}
    />
  );
}
