/**
 * Frames: the list, and beside it the open frame.
 */
import { computed } from '@preact/signals';
import type { JSX } from 'preact';
import type { FrameLine, FramesAnswer } from '../../src/ui/answers.js';
import { FrameHead, frameColumns } from '../parts/frame-columns.js';
import { FrameRow, openFrameMenu } from '../parts/frame-row.js';
import { ListPage } from '../parts/list-page.js';
import type { ListSource } from '../parts/list-state.js';
import { selectionQuery } from '../state/address.js';
import { lastFrameId, live } from '../state/live.js';
import { FrameDetail } from './frame-detail.js';
import { FrameListFoot } from './frame-list-foot.js';
import type { ViewProps } from './shell.js';

const FRAMES: ListSource<FrameLine, FramesAnswer> = {
  path: '/frames',
  pickRows: ({ frames }) => frames,
  start: 'part=0',
  formatPart: (part) => `part=${part.toFixed(6)}`,
  formatBehind: ({ id }) => `after=${id}`,
  arrived: computed(() => live.value?.passed ?? null),
};

/** The view. */
export function FramesPage({ report }: ViewProps): JSX.Element {
  return (
    <ListPage<FrameLine, FramesAnswer>
      label="Frames"
      noun="frames"
      source={FRAMES}
      query={selectionQuery.value}
      report={report}
      head={<FrameHead />}
      columns={frameColumns.value}
      row={(row, before, isSelected, pick) => (
        <FrameRow row={row} before={before} isSelected={isSelected} pick={pick} />
      )}
      partAt={({ id }, head) => id / Math.max(1, lastFrameId.value, head?.source.lastId ?? 1)}
      openMenu={openFrameMenu}
      detail={(id, close) => <FrameDetail id={id} close={close} />}
      foot={(state) => <FrameListFoot state={state} />}
    />
  );
}
