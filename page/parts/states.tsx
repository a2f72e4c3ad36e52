/**
 * Messages of a view without data: waiting, a failure, an empty recording, or no match of the filter.
 */
import type { JSX } from 'preact';
import type { PageSource } from '../../src/ui/answers.js';
import { formatCount } from '../../src/units.js';
import type { Answer } from '../data/use-answer.js';
import type { RequestFailure } from '../data/fetch.js';
import { filter, navigate, stretch } from '../state/address.js';
import { CopyButton } from './copy-button.js';

/** A failed request, with what to do. */
export function FailureNote({ failure }: { readonly failure: RequestFailure }): JSX.Element {
  return (
    <div class="note" role="alert">
      <p class="bad">
        <span aria-hidden="true">✕ </span>
        {failure.message}
      </p>
      <p class="dim">{failure.hint}</p>
    </div>
  );
}

/** A thin line at the top of a waiting view, with the server's progress. */
export function WaitingLine({ answer }: { readonly answer: Answer<unknown> }): JSX.Element | null {
  if (!answer.isSlow) return null;
  const { progress } = answer;
  const part = progress === null || progress.total === 0 ? null : progress.done / progress.total;
  const text =
    part === null
      ? 'loading'
      : `${formatCount(progress?.done ?? 0)} of ${formatCount(progress?.total ?? 0)} frames`;
  return (
    <div class="waiting" role="status">
      <div
        class={part === null ? 'waiting-bar endless' : 'waiting-bar'}
        style={part === null ? {} : { width: `${(part * 100).toFixed(1)}%` }}
      />
      <span class="waiting-text">{text} …</span>
    </div>
  );
}

/** The message for the state of a view's data. */
export function AnswerNote({ answer }: { readonly answer: Answer<unknown> }): JSX.Element | null {
  if (answer.failure !== null) return <FailureNote failure={answer.failure} />;
  if (answer.data === null && answer.isSlow) return <div class="note dim">loading …</div>;
  return null;
}

/** Message for a view without rows: the recording has none, or none passes the filter. */
export function EmptyNote({
  source,
  what,
  hint,
}: {
  readonly source: PageSource | undefined;
  /** Name of the missing rows, such as `frames`. */
  readonly what: string;
  /** How to record some, for a recording without such rows. */
  readonly hint?: string | undefined;
}): JSX.Element {
  if (source?.lastId === 0) return <NothingRecorded source={source} />;
  const isNarrowed = filter.value !== '' || stretch.value !== null;
  return (
    <div class="note">
      <p>{isNarrowed ? `No ${what} in this selection.` : `No ${what} here.`}</p>
      {!isNarrowed && hint !== undefined && <p class="dim">{hint}</p>}
      {isNarrowed && (
        <p class="note-actions">
          {filter.value !== '' && (
            <button class="framed" onClick={() => navigate({ filter: '' })}>
              clear the filter
            </button>
          )}
          {stretch.value !== null && (
            <button class="framed" onClick={() => navigate({ stretch: null })}>
              show all of the time
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function NothingRecorded({ source }: { readonly source: PageSource }): JSX.Element {
  const apiUrl = source.apiUrl ?? 'http://127.0.0.1:7331/api';
  const line = `new Client({ intents, rest: { api: '${apiUrl}' } })`;
  return (
    <div class="note">
      <h2>Nothing recorded yet</h2>
      {source.isRecording || source.apiUrl !== null ? (
        <p>
          Point a bot at <code>{apiUrl}</code>. What it sends and gets appears here. For discord.js:
        </p>
      ) : (
        <p>
          No recorder writes to this file. Start <code>gatetape record --db {source.path}</code>, then point a
          bot at it. For discord.js:
        </p>
      )}
      <p class="copied-line">
        <code>{line}</code> <CopyButton text={line} label="copy the line" />
      </p>
    </div>
  );
}
