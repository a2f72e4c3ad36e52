/**
 * The line between a list and its detail, which is dragged or moved with the arrow keys.
 */
import type { JSX } from 'preact';
import { createSetting, isNumber } from '../state/settings.js';

const LEAST_PX = 320;

/** Width of the detail, in px. */
export const detailPx = createSetting('detail', 460, isNumber);

function setWidth(px: number): void {
  detailPx.value = Math.round(Math.max(LEAST_PX, Math.min(innerWidth - LEAST_PX, px)));
}

/** The line. */
export function SplitHandle(): JSX.Element {
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
