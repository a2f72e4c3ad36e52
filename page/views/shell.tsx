/**
 * The frame of every view: the head with the filter, the tabs, the time ruler, menus, and global keys.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { OverviewAnswer, PageHead } from '../../src/ui/answers.js';
import { formatCount, formatRate } from '../../src/units.js';
import { formatDataAddress, type RequestFailure } from '../data/fetch.js';
import { useAnswer, type Answer } from '../data/use-answer.js';
import { FILTER_ID, FilterBox } from '../parts/filter-box.js';
import { isNarrow } from '../parts/media.js';
import { MenuLayer } from '../parts/menu.js';
import { Ruler } from '../parts/ruler.js';
import { formatAddress, navigate, VIEWS, view, type View } from '../state/address.js';
import { isConnected, isPaused, freshness, live } from '../state/live.js';
import { isDark, theme } from '../state/settings.js';
import { ComparePage } from './compare.js';
import { FindingsPage } from './findings.js';
import { FramesPage } from './frames.js';
import { HelpDialog, isHelpOpen } from './help.js';
import { OverviewPage } from './overview.js';
import { RestPage } from './rest.js';
import { SessionsPage } from './sessions.js';
import { openTakeMenu } from './take-menu.js';

const TITLES: Readonly<Record<View, string>> = {
  overview: 'Overview',
  frames: 'Frames',
  sessions: 'Sessions',
  rest: 'REST',
  findings: 'Findings',
  compare: 'Compare',
};

/** Properties that the shell gives to a view. */
export interface ViewProps {
  /** Receives the failure of the view's data, or null; the filter box shows the error of a filter. */
  readonly report: (failure: RequestFailure | null) => void;
  /** Overview of the whole recording, which the shell has requested. */
  readonly whole: Answer<OverviewAnswer>;
}

const PAGES: Readonly<Record<View, (props: ViewProps) => JSX.Element>> = {
  overview: OverviewPage,
  frames: FramesPage,
  sessions: SessionsPage,
  rest: RestPage,
  findings: FindingsPage,
  compare: ComparePage,
};

/** The page. */
export function Shell(): JSX.Element {
  const failure = useSignal<RequestFailure | null>(null);
  const whole = useAnswer<OverviewAnswer>(formatDataAddress('/overview'), freshness.value);
  const Page = PAGES[view.value];
  useKeys();
  useEffect(() => {
    const name = whole.data?.source.name;
    document.title = `${TITLES[view.value]}${name === undefined ? '' : ` · ${name}`} · gatetape`;
  }, [view.value, whole.data?.source.name]);
  return (
    <div class="shell">
      <a class="skip" href="#page-view">
        Skip to the view
      </a>
      <header class="head">
        <span class="brand">
          <a href={formatAddress({ view: 'overview' })}>gatetape</a>
          <span class="dim source-name" title={whole.data?.source.path}>
            {whole.data === null ? '' : ` ▸ ${whole.data.source.name}`}
          </span>
        </span>
        <FilterBox failure={failure.value} />
        <LiveState head={whole.data} />
        <HeadButtons />
      </header>
      <nav class="tabs" aria-label="Views">
        {VIEWS.map((name) => (
          <a
            key={name}
            href={formatAddress({ view: name })}
            aria-current={name === view.value ? 'page' : undefined}
          >
            {TITLES[name]}
          </a>
        ))}
        <span class="spring" />
        {!isNarrow.value && <TakeButton text="take away ▾" />}
      </nav>
      <Ruler overview={whole.data} />
      <main id="page-view" class={`view view-${view.value}`} tabIndex={-1}>
        <h1 class="hidden">{TITLES[view.value]}</h1>
        <Page report={(found) => (failure.value = found)} whole={whole} />
      </main>
      <MenuLayer />
      <HelpDialog />
    </div>
  );
}

function LiveState({ head }: { readonly head: PageHead | null }): JSX.Element {
  const event = live.value;
  const isRecording = event?.isRecording ?? head?.source.isRecording;
  const word = nameLiveState(isRecording, event !== null && !isConnected.value);
  return (
    <span class="live">
      <button
        class="framed"
        aria-pressed={isPaused.value}
        title={isPaused.value ? 'Let new frames in (p)' : 'Keep new frames out (p)'}
        onClick={() => (isPaused.value = !isPaused.value)}
      >
        <span class={`pulse ${word.replace(' ', '-')}`} aria-hidden="true" />
        {word}
      </button>
      {isRecording === true && event !== null && <span class="live-rate">{formatRate(event.perSecond)}</span>}
      <FindingsState />
    </span>
  );
}

/** State in a word; `isRecording` is undefined before the first answer. */
function nameLiveState(isRecording: boolean | undefined, isLost: boolean): string {
  if (isLost) return 'not connected';
  if (isPaused.value) return 'paused';
  if (isRecording === undefined) return 'connecting';
  return isRecording ? 'live' : 'finished';
}

function FindingsState(): JSX.Element | null {
  const count = live.value?.findings ?? null;
  if (count === null) return null;
  return (
    <a class={count > 0 ? 'bad' : 'good'} href={formatAddress({ view: 'findings' })}>
      {count > 0 ? '⚠ ' : '✓ '}
      {formatCount(count)}
      <span class="word"> {count === 1 ? 'finding' : 'findings'}</span>
    </a>
  );
}

function TakeButton({ text }: { readonly text: string }): JSX.Element {
  return (
    <button
      aria-haspopup="menu"
      aria-label="take away"
      title="Take away"
      onClick={({ currentTarget }) => void openTakeMenu(currentTarget)}
    >
      {text}
    </button>
  );
}

function HeadButtons(): JSX.Element {
  return (
    <span class="head-buttons">
      {isNarrow.value && <TakeButton text="⤓" />}
      <button
        aria-label={isDark() ? 'Light theme' : 'Dark theme'}
        title="Theme (t)"
        onClick={() => (theme.value = isDark() ? 'light' : 'dark')}
      >
        {isDark() ? '☀' : '☾'}
      </button>
      <button aria-label="Keys and help" title="Keys and help (?)" onClick={() => (isHelpOpen.value = true)}>
        ?
      </button>
    </span>
  );
}

/** Global keys, except while the reader types. */
function useKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || isHelpOpen.value) return;
      if (target instanceof HTMLElement && target.closest('input, textarea, select, [role=menu]')) return;
      const action = KEYS[event.key];
      if (action === undefined) {
        if (target === document.body && !event.shiftKey && VIEW_KEYS.has(event.key)) pressInView(event);
        return;
      }
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

const KEYS: Readonly<Record<string, () => void>> = {
  '/': () => document.getElementById(FILTER_ID)?.focus(),
  '?': () => (isHelpOpen.value = true),
  t: () => (theme.value = isDark() ? 'light' : 'dark'),
  p: () => (isPaused.value = !isPaused.value),
  ...Object.fromEntries(
    VIEWS.map((name, index) => [String(index + 1), (): void => navigate({ view: name })]),
  ),
};

/** Handler for keys of a view's list, lanes or findings. */
const VIEW_KEYS: ReadonlySet<string> = new Set([
  ...['j', 'k', 'm', 'f', 'Enter', 'Escape', 'Home', 'End', 'PageUp', 'PageDown'],
  ...['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', '+', '-'],
]);

/** Gives a key to the view if no element has the focus, as after loading, so that no click is needed before. */
function pressInView(event: KeyboardEvent): void {
  const element = document.querySelector<HTMLElement>('#page-view [data-keys]');
  if (element === null) return;
  element.focus({ preventScroll: true });
  const { key } = event;
  const isTaken = !element.dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
  );
  if (isTaken) event.preventDefault();
}
