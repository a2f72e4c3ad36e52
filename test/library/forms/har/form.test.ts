/** HAR written and read back. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HAR_FORM } from '../../../../src/library/forms/har/form.js';
import { importFile } from '../../../../src/library/import.js';
import type { FrameRow } from '../../../../src/store/frame-rows.js';
import { openReader, type CaptureReader } from '../../../../src/store/reader.js';
import { busyCapture } from '../../../support/busy-capture.js';
import { scratchFile } from '../../../support/scratch.js';
import { expectConsistent } from '../../../support/stores.js';

function opened(path: string): CaptureReader {
  const reader = openReader(path);
  onTestFinished(() => reader.close());
  return reader;
}

function importedFile(file: string): CaptureReader {
  const db = scratchFile();
  importFile({ file, db, redact: 'secrets', maxPayloadBytes: 2 ** 26 });
  expectConsistent(db);
  return opened(db);
}

describe('a HAR that gatetape wrote', () => {
  it('gives back every payload, its time, and what the connections spoke', () => {
    const db = scratchFile();
    busyCapture(db);
    const reader = opened(db);
    const file = scratchFile('x.har');
    writeFileSync(file, [...HAR_FORM.write({ reader, filter: {} })].join('\n'));
    const copy = importedFile(file);
    const facts = ({ sender, op, event, seq, atUs, payloadBytes, payloadText }: FrameRow): unknown[] => [
      sender,
      op,
      event,
      seq,
      atUs,
      payloadBytes,
      payloadText,
    ];
    for (const connection of [1, 2, 3]) {
      const filter = { connection, statuses: ['ok'] } as const;
      expect([...copy.frames(filter)].map(facts)).toEqual([...reader.frames(filter)].map(facts));
    }
    const spoke = (from: CaptureReader): unknown[] =>
      from
        .connections()
        .map(({ transport, path, closeCode, openedAtUs }) => [
          transport,
          path.split('?')[0],
          closeCode,
          openedAtUs,
        ]);
    expect(spoke(copy)).toEqual(spoke(reader));
  });
});
