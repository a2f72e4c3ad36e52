/**
 * REST: figures by status and time, the list of calls, and beside it the open call.
 */
import { computed, signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { CallLine, CallsAnswer } from '../../src/ui/answers.js';
import { formatDataAddress } from '../data/fetch.js';
import { useAnswer } from '../data/use-answer.js';
import { CallHead, callColumns, CallRow, openCallMenu } from '../parts/call-row.js';
import { ListFoot } from '../parts/list-notes.js';
import { ListPage } from '../parts/list-page.js';
import type { ListSource } from '../parts/list-state.js';
import { filter, formatOwn, readOwn, selectionQuery } from '../state/address.js';
import { freshness } from '../state/live.js';
import { plural } from '../../src/units.js';
import { CallDetail } from './call-detail.js';
import { CallFigures } from './call-figures.js';
import type { ViewProps } from './shell.js';

/** Number of calls, and the query for which they were counted. */
const counted = signal<{ readonly query: string; readonly calls: number } | null>(null);

/** Parameters of the address that narrow the calls. */
const NARROWING = ['calls', 'status', 'method', 'route'] as const;

const query = computed(() =>
  [selectionQuery.value, formatOwn(NARROWING)].filter((text) => text !== '').join('&'),
);

const CALLS: ListSource<CallLine, CallsAnswer> = {
  path: '/rest',
  pickRows: ({ calls }) => calls,
  start: 'at=0',
  formatPart: (part, head) => {
    const { fromUs, untilUs } = readSpan(head);
    return `at=${Math.round(fromUs + part * (untilUs - fromUs))}`;
  },
  formatBehind: ({ startedAtUs, id }) => `after=${startedAtUs}-${id}`,
  arrived: computed(() => (counted.value?.query === query.value ? counted.value.calls : null)),
};

/** Time of the calls: the selected part of the recording. */
function readSpan(head: CallsAnswer | null): { readonly fromUs: number; readonly untilUs: number } {
  const whole = head?.source.span ?? { fromUs: 0, untilUs: 1 };
  const fromUs = Math.max(whole.fromUs, head?.selection.fromUs ?? 0);
  return {
    fromUs,
    untilUs: Math.max(fromUs + 1, Math.min(whole.untilUs, head?.selection.untilUs ?? Infinity)),
  };
}

const HINT =
  'A call is recorded when the client sends its REST calls to gatetape too, as it does for the gateway.';

const reportNothing = (): void => undefined;

/** The view. */
export function RestPage({ report }: ViewProps): JSX.Element {
  const asked = query.value;
  const isNarrowed = formatOwn(NARROWING) !== '';
  const figures = useAnswer<CallsAnswer>(formatDataAddress('/rest', asked, 'limit=1'), freshness.value);
  const calls = figures.data?.overTime.calls;
  // The list shows the error of a filter of calls, because the box in the head has the filter of frames.
  const hasOwnFilter = readOwn('calls').length > 0;
  useEffect(() => {
    counted.value = calls === undefined ? null : { query: asked, calls };
  }, [asked, calls]);
  return (
    <ListPage<CallLine, CallsAnswer>
      label="REST calls"
      noun="calls"
      {...(isNarrowed ? {} : { hint: HINT })}
      source={CALLS}
      query={asked}
      report={hasOwnFilter ? reportNothing : report}
      above={<CallFigures data={figures.data} />}
      head={<CallHead />}
      columns={callColumns.value}
      row={(row, _before, isSelected, pick) => <CallRow row={row} isSelected={isSelected} pick={pick} />}
      partAt={({ startedAtUs }, head) => {
        const { fromUs, untilUs } = readSpan(head);
        return Math.min(1, Math.max(0, (startedAtUs - fromUs) / (untilUs - fromUs)));
      }}
      openMenu={openCallMenu}
      detail={(id, close) => <CallDetail id={id} close={close} />}
      foot={(state) => (
        <ListFoot state={state} noun="calls">
          <span role="status">{calls === undefined ? '' : plural(calls, 'call')}</span>
          {filter.value !== '' && (
            <span class="foot-note">
              the filter is about frames, and does not apply: calls have their own
            </span>
          )}
          <span class="spring" />
        </ListFoot>
      )}
    />
  );
}
