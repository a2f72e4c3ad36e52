/** Frames in pages, both ways. */
import { describe, expect, it } from 'vitest';
import { pageFrames } from '../../../src/library/mcp/frame-pages.js';
import { openReader } from '../../../src/store/reader.js';
import { frame, opened } from '../../support/capture/records.js';
import { sampleCapture } from '../../support/capture/samples.js';
import { storeRecords } from '../../support/stores.js';

const ids = (rows: readonly unknown[]): number[] => rows.map((row) => (row as { id: number }).id);

describe('pages of frames', () => {
  it.each([false, true])('hold every frame once, newest first: %s', (isNewestFirst) => {
    using reader = openReader(sampleCapture());
    const all = ids([...reader.frames()]);
    for (const limit of [1, 2, 3, 100]) {
      const found: number[] = [];
      let cursor: string | undefined;
      do {
        const page = pageFrames(reader, {}, { limit, cursor, isNewestFirst });
        found.push(...ids(page.rows));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(found).toEqual(isNewestFirst ? [...all].reverse() : all);
    }
  });

  it('begin at the last frame for a cursor far behind it', () => {
    using reader = openReader(sampleCapture());
    const page = pageFrames(reader, {}, { limit: 1, cursor: '999999999999999', isNewestFirst: true }, 0);
    expect(ids(page.rows)).toEqual(ids([...reader.frames({ limit: 1 })]));
  });

  it('keep to the filter, and say nothing of what is not there', () => {
    using reader = openReader(sampleCapture());
    const paging = { limit: 10, cursor: undefined, isNewestFirst: false };
    expect(pageFrames(reader, { event: 'ready' }, paging).rows).toMatchObject([
      { event: 'READY', payload: { op: 0 } },
    ]);
    expect(pageFrames(reader, { text: 'nowhere' }, paging, 0)).toEqual({ rows: [] });
  });

  it('cut long payloads', () => {
    const text = JSON.stringify({ op: 0, t: 'MESSAGE_CREATE', d: { content: 'x'.repeat(9_000) } });
    const path = storeRecords([opened(), frame({ frameNo: 1, body: Buffer.from(text) })]);
    using reader = openReader(path);
    const [row] = pageFrames(reader, {}, { limit: 1, cursor: undefined, isNewestFirst: false }).rows;
    expect(row).toMatchObject({
      payload: null,
      payloadCharacters: text.length,
      payloadText: text.slice(0, 2_000),
    });
  });
});
