/**
 * Raw bytes, sixteen a line, with the characters that they are.
 */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { formatBytes } from '../../src/units.js';
import { CopyButton } from './copy-button.js';

const PER_LINE = 16;
const FIRST_LINES = 32;

/** Recorded raw bytes. */
export function BytesView({
  bytes,
}: {
  readonly bytes: { readonly sizeBytes: number; readonly base64: string };
}): JSX.Element {
  const values = useMemo(
    () => Uint8Array.from(atob(bytes.base64), (one) => one.charCodeAt(0)),
    [bytes.base64],
  );
  const [isWhole, setWhole] = useState(false);
  const most = isWhole ? Infinity : FIRST_LINES;
  const lines = Math.min(most, Math.ceil(values.length / PER_LINE));
  const isCut = values.length < bytes.sizeBytes;
  return (
    <section aria-label="Bytes">
      <div class="tree-tools">
        <h3>Bytes</h3>
        <span class="dim">
          {formatBytes(bytes.sizeBytes)}
          {isCut && `, the first ${formatBytes(values.length)}`}
        </span>
        <span class="spring" />
        <CopyButton text={bytes.base64} label="copy base64" />
        <CopyButton text={() => formatHex(values)} label="copy hex" />
      </div>
      <pre class="bytes" tabIndex={0} aria-label="Bytes as hexadecimal numbers">
        {Array.from({ length: lines }, (_, line) => formatLine(values, line * PER_LINE)).join('\n')}
      </pre>
      {!isWhole && values.length > FIRST_LINES * PER_LINE && (
        <button class="framed" onClick={() => setWhole(true)}>
          show all
        </button>
      )}
    </section>
  );
}

function formatHex(values: Uint8Array): string {
  return Array.from(values, (value) => value.toString(16).padStart(2, '0')).join('');
}

function formatLine(values: Uint8Array, from: number): string {
  const part = values.subarray(from, from + PER_LINE);
  const hex = Array.from(part, (value) => value.toString(16).padStart(2, '0')).join(' ');
  const text = Array.from(part, (value) =>
    value >= 0x20 && value < 0x7f ? String.fromCharCode(value) : '·',
  ).join('');
  return `${from.toString(16).padStart(5, '0')}  ${hex.padEnd(PER_LINE * 3)} ${text}`;
}
