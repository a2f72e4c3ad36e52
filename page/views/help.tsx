/**
 * Help: the keys and the filter language.
 */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../data/words.js';

/** Whether the help is open. */
export const isHelpOpen = signal(false);

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['/', 'go to the filter'],
  ['j k ↓ ↑', 'next, previous line'],
  ['Enter', 'open the line'],
  ['Esc', 'close what is open'],
  ['Home End', 'first and newest line'],
  ['m', 'menu of the line: only this, exclude this, copy'],
  ['f', 'follow new frames'],
  ['p', 'pause: keep new frames out'],
  ['1 … 6', 'views'],
  ['+ − ← →', 'zoom and move the time, in Sessions'],
  ['t', 'dark or light'],
  ['?', 'this help'],
];

const FILTERS: readonly (readonly [text: string, selects: string])[] = [
  ['event:MESSAGE_*', 'events by name, with globs'],
  ['op:HEARTBEAT,HEARTBEAT_ACK', 'opcodes by name or number'],
  ['-event:PRESENCE_UPDATE', 'without these'],
  ['guild:41771983423143937', 'about a guild; also channel and user'],
  ['size:>4KiB', 'large payloads'],
  ['d.author.bot:true', 'a field of the payload'],
  ['"exact words"', 'text anywhere in the payload'],
  ['/regular expression/i', 'a pattern in the payload'],
  ['(a or b) c', 'or, and, parentheses'],
];

/** The help. */
export function HelpDialog(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = isHelpOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} class="help" aria-label="Keys and help" onClose={() => (isHelpOpen.value = false)}>
      {isOpen && (
        <div class="help-columns">
          <section>
            <h2>Keys</h2>
            <dl>{KEYS.map(([keys, does]) => line(keys, does))}</dl>
          </section>
          <section>
            <h2>Filter</h2>
            <dl>{FILTERS.map(([text, selects]) => line(text, selects))}</dl>
          </section>
          {words.value !== null && (
            <section>
              <h2>Keys of the filter</h2>
              <dl>{words.value.keys.map(({ name, about }) => line(`${name}:`, about))}</dl>
            </section>
          )}
        </div>
      )}
      <button class="framed" onClick={() => (isHelpOpen.value = false)}>
        close
      </button>
    </dialog>
  );
}

function line(term: string, text: string): JSX.Element {
  return (
    <div key={term}>
      <dt>
        <code>{term}</code>
      </dt>
      <dd>{text}</dd>
    </div>
  );
}
