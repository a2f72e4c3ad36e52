/**
 * Body of a request or an answer: JSON as a tree, anything else as text.
 */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { CallBody } from '../../src/ui/answers.js';
import { formatBytes } from '../../src/units.js';
import { parseJson, type Json } from '../data/json-lines.js';
import { CopyButton } from './copy-button.js';
import { JsonTree } from './json-tree.js';
import { showLines, showText } from './plain-text.js';

/** Characters of a text that are shown at first, and at most: longer elements make the browser slow. */
const FIRST_CHARACTERS = 4_000;
const MOST_CHARACTERS = 200_000;

/** A body. */
export function CallBodyView({
  name,
  body,
}: {
  readonly name: 'request' | 'answer';
  readonly body: CallBody;
}): JSX.Element | null {
  const { text, isCut, wireBytes, contentType } = body;
  const root = useMemo(() => (text === null || isCut ? null : readDocument(text)), [text, isCut]);
  if (text !== null && root !== null) return <JsonTree name={name} root={root} text={text} />;
  if (wireBytes === 0 && text === null) return null;
  const kept = text === null ? 'not kept' : isCut ? 'only its beginning was kept' : '';
  const notes = [contentType === null ? '' : showText(contentType, 80), formatBytes(wireBytes), kept];
  return (
    <section class="tree-part" aria-label={name}>
      <div class="tree-tools">
        <h3>{name === 'request' ? 'Request' : 'Answer'}</h3>
        <span class="dim">{notes.filter((note) => note !== '').join(' · ')}</span>
        <span class="spring" />
        {text !== null && <CopyButton text={text} />}
      </div>
      {text !== null && <LongText name={name} text={text} />}
    </section>
  );
}

function LongText({ name, text }: { readonly name: string; readonly text: string }): JSX.Element {
  const [most, setMost] = useState(FIRST_CHARACTERS);
  const isLong = text.length > FIRST_CHARACTERS && most === FIRST_CHARACTERS;
  return (
    <>
      <pre class="bytes body-text" tabIndex={0} aria-label={`Text of the ${name}`}>
        {showLines(text, most)}
      </pre>
      {isLong && (
        <button class="framed more" onClick={() => setMost(MOST_CHARACTERS)}>
          show {text.length > MOST_CHARACTERS ? 'more' : 'all'}
        </button>
      )}
    </>
  );
}

/** A JSON object or array; null for anything else. */
function readDocument(text: string): Json | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}
