/**
 * Frames: the list, and beside it the frame that is open.
 */
import { useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { FrameLine } from '../../src/ui/answers.js';
import { FrameHead, frameColumns } from '../parts/frame-columns.js';
import { FrameRow } from '../parts/frame-row.js';
import { isNarrow } from '../parts/media.js';
import { SplitHandle, detailPx } from '../parts/split.js';
import { WindowedList, type ListHandle } from '../parts/windowed-list.js';
import { navigate, openId, selectionQuery } from '../state/address.js';
import { lastFrameId } from '../state/live.js';
import { FrameDetail } from './frame-detail.js';
import { pressInList } from './frame-list-keys.js';
import { ListNotes } from './frame-list-notes.js';
import { useFrameList, type FrameListState } from './frame-list-state.js';
import type { ViewProps } from './shell.js';

/** The view. */
export function FramesPage({ report }: ViewProps): JSX.Element {
  const query = selectionQuery.value;
  const id = openId.value;
  const state = useFrameList(query);
  const { rows, head } = state;
  const handle = useRef<ListHandle>(null);
  const selected = useSignal<number | null>(id);
  const failure = rows.failure;
  const version = rows.watch();
  useEffect(() => report(failure), [failure]);
  useSignalEffect(() => {
    if (openId.value !== null) selected.value = openId.value;
  });
  useRevealing(state, handle, selected.value, version);
  const open = (frameId: number | null): void =>
    navigate({ id: frameId }, openId.peek() !== null && frameId !== null ? 'replace' : 'push');
  const select = (frameId: number): void => {
    selected.value = frameId;
    if (openId.peek() !== null && !isNarrow.peek()) open(frameId);
  };
  const onKeyDown = (event: KeyboardEvent): void =>
    pressInList(event, { state, handle, selected: selected.value, select, open });
  const pick = (frameId: number): void => {
    selected.value = frameId;
    open(frameId);
  };
  return (
    <div class={id === null ? 'split' : 'split opened'} style={{ '--detail': `${detailPx.value}px` }}>
      <WindowedList<FrameLine>
        window={rows}
        label="Frames"
        head={<FrameHead />}
        columns={frameColumns.value}
        selectedId={selected.value}
        isFollowing={state.isFollowing.value}
        setFollowing={state.setFollowing}
        onKeyDown={onKeyDown}
        handle={handle}
        partAt={({ id: at }) => at / Math.max(1, lastFrameId.value, head.value?.source.lastId ?? 1)}
        jumpToPart={state.jumpToPart}
        row={(row, place, isSelected) => (
          <FrameRow key={row.id} row={row} before={rows.at(place - 1)} isSelected={isSelected} pick={pick} />
        )}
      >
        <ListNotes state={state} handle={handle} />
      </WindowedList>
      {id !== null && <OpenedFrame id={id} handle={handle} />}
    </div>
  );
}

function OpenedFrame({
  id,
  handle,
}: {
  readonly id: number;
  readonly handle: { readonly current: ListHandle | null };
}): JSX.Element {
  return (
    <>
      {!isNarrow.value && <SplitHandle />}
      <FrameDetail
        id={id}
        close={() => {
          navigate({ view: 'frames' });
          handle.current?.focus();
        }}
      />
    </>
  );
}

/** Brings the selected frame into sight, and loads the rows around it if a link has led far away. */
function useRevealing(
  { rows, showFrame }: FrameListState,
  handle: { readonly current: ListHandle | null },
  id: number | null,
  version: number,
): void {
  const revealed = useRef<string | null>(null);
  useEffect(() => {
    if (id === null || rows.loading === 'jump') return;
    const place = rows.placeOf(id);
    const what = `${id} ${rows.shift}`;
    if (revealed.current === what || !rows.isLoaded) return;
    revealed.current = what;
    if (place !== null) handle.current?.reveal(place);
    else if (id === openId.peek()) void showFrame(id).then(() => (revealed.current = null));
  }, [rows, version, id]);
}
