/**
 * Settings of the reader: theme, columns, widths, views. They are kept in this browser, not in the address.
 */
import { effect, signal, type Signal } from '@preact/signals';

const PREFIX = 'gatetape.';

/** A signal whose value is kept in this browser. An unreadable or invalid value is replaced by the default. */
export function createSetting<T>(name: string, first: T, fits: (value: unknown) => value is T): Signal<T> {
  const setting = signal<T>(readSetting(name) ?? first);
  let isFirst = true;
  effect(() => {
    const text = JSON.stringify(setting.value);
    if (!isFirst) writeSetting(name, text);
    isFirst = false;
  });
  return setting;

  function readSetting(key: string): T | null {
    try {
      const value: unknown = JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null');
      return fits(value) ? value : null;
    } catch {
      return null;
    }
  }
}

/** Stores a value. If the browser refuses, the value is lost with the page. */
function writeSetting(name: string, text: string): void {
  try {
    localStorage.setItem(PREFIX + name, text);
  } catch {
    // Private windows of some browsers refuse storage.
  }
}

/** Whether a value is a number, for widths. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Whether a value is one of some words. */
export function isWord<T extends string>(words: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => words.some((word) => word === value);
}

const THEMES = ['system', 'dark', 'light'] as const;

/** Theme; `system` means that of the system. */
export const theme = createSetting<(typeof THEMES)[number]>('theme', 'system', isWord(THEMES));

/** Applies the theme, now and when it changes. */
export function startTheme(): void {
  effect(() => {
    const { dataset } = document.documentElement;
    if (theme.value === 'system') delete dataset['theme'];
    else dataset['theme'] = theme.value;
  });
}

/** Whether the page is dark now. */
export function isDark(): boolean {
  const chosen = theme.value;
  return chosen === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
}
