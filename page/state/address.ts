/**
 * The address of the page as state: the view, the filter, the stretch of time, and the open item.
 *
 * It holds everything that a colleague has to see who opens a link, and nothing else. A step to which the reader would go
 * back is a new entry of the history; typing and dragging replace the last entry.
 */
import { batch, computed, signal, type ReadonlySignal } from '@preact/signals';

/** Views, in the order of their tabs. Each is the first part of a path. */
export const VIEWS = ['overview', 'frames', 'sessions', 'rest', 'findings', 'compare'] as const;

/** One of them. */
export type View = (typeof VIEWS)[number];

/** A stretch of time, in µs since the Unix epoch: from `fromUs`, inclusive, to `untilUs`, exclusive. */
export interface Stretch {
  readonly fromUs: number;
  readonly untilUs: number;
}

const path = signal('/');
const search = signal('');

const steps = computed(() => path.value.split('/').slice(1));
const query = computed(() => new URLSearchParams(search.value));

/** View that is shown. */
export const view: ReadonlySignal<View> = computed(
  () => VIEWS.find((name) => name === steps.value[0]) ?? 'overview',
);

/** Id of the open frame, session or REST call; null if nothing is open. */
export const openId: ReadonlySignal<number | null> = computed(() => readWhole(steps.value[1]));

/** Text of the filter; empty for none. */
export const filter: ReadonlySignal<string> = computed(() => {
  const texts = query.value.getAll('f').filter((text) => text.trim() !== '');
  return texts.length < 2 ? (texts[0] ?? '') : texts.map((text) => `(${text})`).join(' ');
});

/** Selected stretch of time, for every view; null for the whole recording. */
export const stretch: ReadonlySignal<Stretch | null> = computed(() => {
  const fromUs = readWhole(query.value.get('from'));
  const untilUs = readWhole(query.value.get('to'));
  return fromUs === null || untilUs === null || untilUs <= fromUs ? null : { fromUs, untilUs };
});

/** Sessions to compare; null for a side that is not chosen. */
export const compared: ReadonlySignal<{ readonly left: number | null; readonly right: number | null }> =
  computed(() => ({ left: readWhole(query.value.get('left')), right: readWhole(query.value.get('right')) }));

/** Query parameters of a single view; each can occur several times. */
const OWN = {
  rest: ['calls', 'status', 'method', 'route'],
  findings: ['severity', 'who'],
  compare: ['ignore'],
} as const;

/** One of them. */
export type OwnWord = (typeof OWN)[keyof typeof OWN][number];

function listOwn(name: View): readonly OwnWord[] {
  return name in OWN ? OWN[name as keyof typeof OWN] : [];
}

/** Values of a parameter of the shown view, such as the chosen severities; empty without it. */
export function readOwn(word: OwnWord): readonly string[] {
  return listOwn(view.value).includes(word) ? query.value.getAll(word) : [];
}

/** Query with the parameters of a view, for its data. */
export function formatOwn(words: readonly OwnWord[]): string {
  return formatWords(words.map((word) => [word, readOwn(word)] as const));
}

function formatWords(words: readonly (readonly [word: OwnWord, values: readonly string[]])[]): string {
  const parameters = new URLSearchParams();
  for (const [word, values] of words) for (const value of values) parameters.append(word, value);
  return parameters.toString();
}

/** Time to which the list of frames jumps when it opens; null for the newest frames. */
export const jumpUs: ReadonlySignal<number | null> = computed(() => readWhole(query.value.get('at')));

/** Query of the selection, for every request for data; empty for everything. */
export const selectionQuery: ReadonlySignal<string> = computed(() =>
  formatSelection(filter.value, stretch.value),
);

/** Query for a filter and a stretch. */
function formatSelection(text: string, span: Stretch | null): string {
  const parameters = new URLSearchParams();
  if (text !== '') parameters.set('f', text);
  if (span !== null) {
    parameters.set('from', String(span.fromUs));
    parameters.set('to', String(span.untilUs));
  }
  return parameters.toString();
}

function readWhole(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : null;
}

/** Changes of the address. Missing keys stay unchanged; `view` without `id` closes the open item. */
export interface AddressChange {
  readonly view?: View;
  readonly id?: number | null;
  readonly filter?: string;
  readonly stretch?: Stretch | null;
  readonly left?: number | null;
  readonly right?: number | null;
  readonly atUs?: number | null;
  /** Parameters of the view; an empty list removes one. */
  readonly own?: Readonly<Partial<Record<OwnWord, readonly string[]>>>;
}

/** The changed address, for links. */
export function formatAddress(change: AddressChange): string {
  const name = change.view ?? view.value;
  const kept = change.view === undefined ? openId.value : null;
  const text = formatQuery(name, change);
  const place = formatPlace(name, change.id === undefined ? kept : change.id);
  return text === '' ? place : `${place}?${text}`;
}

function formatPlace(name: View, id: number | null): string {
  if (id !== null) return `/${name}/${id}`;
  return name === 'overview' ? '/' : `/${name}`;
}

function formatQuery(name: View, change: AddressChange): string {
  const { filter: text = filter.value, stretch: span = stretch.value } = change;
  const parameters = new URLSearchParams(formatSelection(text, span));
  if (name === 'compare') {
    const { left = compared.value.left, right = compared.value.right } = change;
    setNumber(parameters, 'left', left);
    setNumber(parameters, 'right', right);
  }
  if (name === 'frames') {
    const { atUs = name === view.value ? jumpUs.value : null } = change;
    setNumber(parameters, 'at', atUs);
  }
  const { own = {} } = change;
  const words = listOwn(name).map((word) => [word, own[word] ?? readOwn(word)] as const);
  return [parameters.toString(), formatWords(words)].filter((text) => text !== '').join('&');
}

function setNumber(parameters: URLSearchParams, name: string, value: number | null): void {
  if (value !== null) parameters.set(name, String(Math.round(value)));
}

/** Goes to the address after a change. */
export function navigate(change: AddressChange, how: 'push' | 'replace' = 'push'): void {
  follow(formatAddress(change), how);
}

/** Goes to an address of this page. */
function follow(address: string, how: 'push' | 'replace'): void {
  if (address === location.pathname + location.search) return;
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  readAddress();
}

function readAddress(): void {
  batch(() => {
    path.value = location.pathname;
    search.value = location.search;
  });
}

/**
 * Reads the address, now and at each step back or forward. Links within the page do not reload it, unless the reader
 * opens another tab.
 */
export function startAddress(): void {
  readAddress();
  addEventListener('popstate', readAddress);
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link?.origin !== location.origin || link.hasAttribute('download')) return;
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    follow(link.pathname + link.search, 'push');
  });
}
