/** HAR written and read back: the same rows and the same file again, and what other programs see of it. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import type { Redaction } from '../../../src/gateway/redact/redact.js';
import type { FrameFilter } from '../../../src/store/filter.js';
import { openReader } from '../../../src/store/reader.js';
import { itComesBack } from '../../support/form-contract.js';
import { harFaults } from '../../support/har-schema.js';
import { exchange, opened, START_US } from '../../support/capture/records.js';
import { contentOf, exportedAs, importedAs } from '../../support/round-trips.js';
import { sampleCapture } from '../../support/capture/samples.js';
import { scratchFile } from '../../support/scratch.js';
import { recordingStore, rowsOf, storeRecords } from '../../support/stores.js';

const exported = (db: string, filter?: FrameFilter): string => exportedAs('har', db, filter);
const imported = (text: string, db?: string, redact?: Redaction): string =>
  importedAs('har', text, db, redact);

interface Log {
  readonly log: { readonly entries: readonly Record<string, unknown>[] };
}

describe('what was exported as HAR', () => {
  itComesBack('har', { numRuns: 20, faultsOf: harFaults });

  it('keeps captures apart, and as redacted as they were', () => {
    const db = sampleCapture();
    const store = recordingStore(db);
    store.beginCapture({ mode: 'forward', upstream: 'wss://v', api: 'https://b', redaction: 'none' });
    store.append([opened(), exchange()]);
    store.close();
    const captures = (path: string): unknown => rowsOf(path, 'SELECT * FROM capture ORDER BY id');
    expect(captures(db)).toHaveLength(3);
    expect(captures(imported(exported(db), scratchFile(), 'none'))).toEqual(captures(db));
    const [last] = rowsOf(imported(exported(db)), 'SELECT * FROM capture ORDER BY id DESC');
    expect(last).toMatchObject({ mode: 'forward', redaction: 'secrets' });
  });

  it('has connections and REST calls in the order of time', () => {
    const db = storeRecords(
      [
        exchange({ startedAtUs: START_US + 6_500_000, endedAtUs: START_US + 6_600_000 }),
        exchange({ startedAtUs: START_US - 5, endedAtUs: START_US }),
      ],
      sampleCapture(),
    );
    const { log } = JSON.parse(exported(db)) as Log;
    expect(log.entries.map(({ startedDateTime, _resourceType }) => [startedDateTime, _resourceType])).toEqual(
      [
        ['2026-07-31T23:59:59.999995Z', 'fetch'],
        ['2026-08-01T00:00:00.000000Z', 'websocket'],
        ['2026-08-01T00:00:06.500000Z', 'fetch'],
        ['2026-08-01T00:00:07.000000Z', 'websocket'],
      ],
    );
  });

  it('gives a program that knows nothing of gatetape the payloads, their times and the calls', () => {
    const db = storeRecords([exchange({ responseHeaders: { 'retry-after': '2' } })], sampleCapture());
    // What DevTools would write, had it opened the file: it keeps no fields that it does not know.
    const foreign = exported(db)
      .replaceAll(/,"_gatetape":(?:\{[^{}]*(?:\{(?:[^{}]|\{[^{}]*\})*\})?[^{}]*\})/g, '')
      .replace('"name":"gatetape"', '"name":"WebInspector"');
    expect((JSON.parse(foreign) as Log).log.entries[0]).not.toHaveProperty('_gatetape');
    using before = openReader(db);
    using after = openReader(
      imported(foreign.replaceAll('https://a/', 'https://discord.com/api/'), scratchFile()),
    );
    const filter = { statuses: ['ok'] } as const;
    const seen = (reader: typeof before): unknown =>
      [...reader.frames(filter)].map(({ atUs, sender, op, event, payloadText }) => ({
        atUs,
        sender,
        op,
        event,
        payloadText,
      }));
    expect(seen(after)).toEqual(seen(before));
    const [call] = after.exchanges();
    expect(call).toMatchObject({
      path: '/v10/channels/1/messages',
      requestBody: '{"content":"hi"}',
      responseBody: '{"id":"7","content":"hi"}',
      responseHeaders: { 'retry-after': '2' },
    });
  });
});

/** What is wrong with a file that gatetape wrote, made of the text of a right one. */
const WRONG: readonly (readonly [how: string, wrong: (text: string) => string, what: string])[] = [
  ['cut off', (text) => text.slice(0, -9), 'is not a HAR file (the document is cut off)'],
  [
    'without the rows beside',
    (text) => text.replace(/,"_gatetape":\[[^]*$/, '}}'),
    'its end is not as gatetape',
  ],
  [
    'with an entry of another program',
    (text) => text.replace(/"_gatetape":\{"connection"/, '"_other":{"connection"'),
    'entry 0 is not as gatetape writes it',
  ],
  [
    'with a message of another program',
    (text) => text.replace('"_gatetape":{"id":1', '"_other":{"id":1'),
    'message 0 of entry 0 is not as gatetape writes it',
  ],
  [
    'with an invalid payload',
    (text) => text.replace(String.raw`{\"op\":2}`, String.raw`{\"op\":`),
    'message 1 of entry 0 is not as gatetape writes it',
  ],
  [
    'with a row of an unknown table',
    (text) => text.replace('{"heartbeat":', '{"heartbeats":'),
    'of the log is not as gatetape writes it',
  ],
  [
    'twice the same frame',
    (text) => text.replace('"_gatetape":{"id":2', '"_gatetape":{"id":1'),
    'message 1 of entry 0 has an id that is not above the one before it',
  ],
];

describe('a HAR of gatetape that was edited', () => {
  it.each(WRONG)('is refused: %s', (_, wrong, what) => {
    const text = exported(sampleCapture());
    expect(wrong(text)).not.toBe(text);
    const db = scratchFile();
    expect(() => imported(wrong(text), db)).toThrow(UsageError);
    expect(() => imported(wrong(text))).toThrow(what);
  });

  it('loses the secrets that it still had', () => {
    const secret = `secret-${'k'.repeat(30)}`;
    const text = exported(sampleCapture()).replace(
      String.raw`{\"op\":2}`,
      String.raw`{\"op\":2,\"d\":{\"token\":\"${secret}\"}}`,
    );
    expect(text).toContain(secret);
    expect(JSON.stringify(contentOf(imported(text)))).not.toContain('kkkk');
  });
});
