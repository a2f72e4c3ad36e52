/**
 * The filter box: takes the language of `--filter`, completes words, and applies the filter with Enter or after a pause.
 */
import { effect, useSignal, type Signal } from '@preact/signals';
import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useEffect } from 'preact/hooks';
import { completeWord, findWord, loadWords, words, type Completion } from '../data/words.js';
import type { RequestFailure } from '../data/fetch.js';
import { filter, navigate } from '../state/address.js';
import { hasTerm } from '../state/filter-terms.js';
import { toggleTerm } from '../state/narrowing.js';
import { createSetting } from '../state/settings.js';
import { showMenu, type MenuItem } from './menu.js';

interface SavedView {
  readonly name: string;
  readonly filter: string;
}

const savedViews = createSetting<readonly SavedView[]>('views', [], (value): value is readonly SavedView[] =>
  Array.isArray(value),
);

interface Suggestions {
  readonly items: readonly Completion[];
  readonly at: number;
}

const NO_SUGGESTIONS: Suggestions = { items: [], at: -1 };

/** Id by which the key `/` finds the box. */
export const FILTER_ID = 'filter';

/** The box, with the error in its text if there is one. */
export function FilterBox({ failure }: { readonly failure: RequestFailure | null }): JSX.Element {
  const text = useSignal(filter.value);
  const suggestions = useSignal(NO_SUGGESTIONS);
  // At once, because useSignalEffect waits for the next frame and would overwrite text that is typed before it.
  useEffect(
    () =>
      effect(() => {
        text.value = filter.value;
      }),
    [],
  );
  const error = (failure?.column ?? null) === null ? null : failure;
  return (
    <div class="filter" role="search">
      <FilterInput text={text} suggestions={suggestions} isWrong={error !== null} />
      {text.value !== '' && (
        <button
          class="filter-clear"
          aria-label="Clear the filter"
          onClick={() => {
            text.value = '';
            navigate({ filter: '' });
          }}
        >
          ×
        </button>
      )}
      <button
        class="framed"
        aria-haspopup="menu"
        onClick={({ currentTarget }) => void openViews(currentTarget)}
      >
        views
      </button>
      <Words text={text} suggestions={suggestions} />
      {error !== null && (
        <p id="filter-error" class="filter-error bad" role="alert">
          {error.message}. <span class="dim">{error.hint}</span>
        </p>
      )}
    </div>
  );
}

interface BoxState {
  readonly text: Signal<string>;
  readonly suggestions: Signal<Suggestions>;
}

function FilterInput({ text, suggestions, isWrong }: BoxState & { readonly isWrong: boolean }): JSX.Element {
  const { items, at } = suggestions.value;
  return (
    <input
      id={FILTER_ID}
      type="text"
      role="combobox"
      aria-label="Filter"
      aria-expanded={items.length > 0}
      aria-controls="filter-words"
      aria-autocomplete="list"
      aria-activedescendant={at >= 0 ? `word-${at}` : undefined}
      aria-invalid={isWrong}
      aria-describedby={isWrong ? 'filter-error' : undefined}
      placeholder='filter: event:MESSAGE_* -user:1234 "hello"     press /'
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
      value={text.value}
      onFocus={() => void loadWords()}
      onInput={({ currentTarget }) => {
        text.value = currentTarget.value;
        suggestions.value = suggest(currentTarget);
      }}
      onBlur={() => {
        suggestions.value = NO_SUGGESTIONS;
        apply(text.value);
      }}
      onKeyDown={(event) => onKey(event, text, suggestions)}
    />
  );
}

function Words({ text, suggestions }: BoxState): JSX.Element {
  const { items, at } = suggestions.value;
  return (
    <ul
      id="filter-words"
      role="listbox"
      aria-label="Completions"
      class="filter-words"
      hidden={items.length === 0}
    >
      {items.map((item, index) => (
        <li
          key={item.text}
          id={`word-${index}`}
          role="option"
          aria-selected={index === at}
          onPointerDown={(event) => {
            event.preventDefault();
            const input = document.getElementById(FILTER_ID);
            if (input instanceof HTMLInputElement) accept(input, item, text, suggestions);
          }}
        >
          <code>{item.text}</code> <span class="dim">{item.about}</span>
        </li>
      ))}
    </ul>
  );
}

function apply(text: string): void {
  if (text.trim() !== filter.value) navigate({ filter: text.trim() });
}

function suggest(input: HTMLInputElement): Suggestions {
  const answer = words.value;
  if (answer === null) return NO_SUGGESTIONS;
  const position = input.selectionStart ?? input.value.length;
  const word = findWord(input.value, position);
  return word.text === '' ? NO_SUGGESTIONS : { items: completeWord(word.text, answer), at: -1 };
}

function accept(
  input: HTMLInputElement,
  item: Completion,
  text: Signal<string>,
  suggestions: Signal<Suggestions>,
): void {
  const { from, until } = findWord(input.value, input.selectionStart ?? input.value.length);
  const tail = input.value.slice(until);
  const put = item.isWhole && tail === '' ? `${item.text} ` : item.text;
  input.value = input.value.slice(0, from) + put + tail;
  text.value = input.value;
  input.setSelectionRange(from + put.length, from + put.length);
  suggestions.value = item.isWhole ? NO_SUGGESTIONS : suggest(input);
  if (item.isWhole) apply(text.value);
}

function onKey(
  event: TargetedKeyboardEvent<HTMLInputElement>,
  text: Signal<string>,
  suggestions: Signal<Suggestions>,
): void {
  const { items, at } = suggestions.value;
  const input = event.currentTarget;
  const move = (step: number): void => {
    event.preventDefault();
    const count = items.length;
    if (count === 0) {
      const answer = words.value;
      if (answer !== null)
        suggestions.value = {
          items: completeWord(findWord(input.value, input.selectionStart ?? 0).text, answer),
          at: -1,
        };
    } else suggestions.value = { items, at: (at + step + count) % count };
  };
  const chosen = items[at] ?? (event.key === 'Tab' ? items[0] : undefined);
  if (event.key === 'ArrowDown') move(1);
  else if (event.key === 'ArrowUp') move(at < 0 ? 0 : -1);
  else if ((event.key === 'Enter' || event.key === 'Tab') && chosen !== undefined) {
    event.preventDefault();
    accept(input, chosen, text, suggestions);
  } else if (event.key === 'Enter') {
    suggestions.value = NO_SUGGESTIONS;
    apply(text.value);
  } else if (event.key === 'Escape') {
    event.stopPropagation();
    if (items.length > 0) suggestions.value = NO_SUGGESTIONS;
    else input.blur();
  }
}

async function openViews(button: Element): Promise<void> {
  if (words.value === null) await loadWords();
  const text = filter.value;
  const hidden = (words.value?.hidden ?? []).map((one): MenuItem => ({
    label: `hide ${one.name}`,
    isChecked: hasTerm(text, one.filter),
    action: () => toggleTerm(one.filter),
  }));
  const toItem = (view: SavedView): MenuItem => ({
    label: `${view.name}: ${view.filter}`,
    isChecked: text === view.filter,
    action: () => navigate({ filter: view.filter }),
  });
  showMenu('Views', button, [
    ...hidden,
    ...(words.value?.views ?? []).map(toItem),
    ...savedViews.value.map(toItem),
    ...keepItems(text),
  ]);
}

/** Saves the filter as a view in this browser, or removes it. */
function keepItems(text: string): readonly MenuItem[] {
  if (text === '') return [];
  const isKept = savedViews.value.some((view) => view.filter === text);
  const others = savedViews.value.filter((view) => view.filter !== text);
  if (isKept) return [{ label: 'forget this view', action: () => (savedViews.value = others) }];
  const kept = { name: `mine ${others.length + 1}`, filter: text };
  return [{ label: 'keep this filter as a view', action: () => (savedViews.value = [...others, kept]) }];
}
