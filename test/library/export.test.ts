/** What leaves a database that was recorded with its secrets. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../src/capture/records.js';
import { exportLines, exportRedaction } from '../../src/library/export.js';
import { FORMS } from '../../src/library/forms/forms.js';
import { openReader } from '../../src/store/reader.js';
import { openStore } from '../../src/store/store.js';
import { gatetape } from '../support/gatetape.js';
import { bareFrame, closed, exchange, frame, opened } from '../support/capture/records.js';
import { sampleCapture } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';
import { captureInfo, rowsOf, storeHost } from '../support/stores.js';

// Put together here, so that no scanner takes it for a leaked one.
const TOKEN = ['MTIzNTUyMzY3OTAyNzIwMDAwMA', 'GaBcDe', 'a'.repeat(38)].join('.');
const SECRET = `s${'3cr3t'.repeat(5)}`;
const body = (text: string): object => ({
  contentType: 'application/json',
  wireBytes: 1,
  text: Buffer.from(text),
  isCut: false,
});

const RECORDS: readonly CaptureRecord[] = [
  opened({ userAgent: `bot ${TOKEN}` }),
  frame({
    op: 2,
    event: null,
    sender: 'client',
    body: Buffer.from(`{"op":2,"d":{"token":"${TOKEN}","session_id":"${SECRET}"}}`),
  }),
  bareFrame({ frameNo: 2, status: 'not_json', raw: Buffer.from(`?${TOKEN}`) }),
  closed({ closeReason: `no such session: ${SECRET}` }),
  exchange({
    path: `/v10/webhooks/123/${SECRET}`,
    responseHeaders: { location: `/v10/interactions/123/${SECRET}` },
    request: body(`{"token":"${TOKEN}"}`) as never,
    response: body(`{"access_token":"${SECRET}"}`) as never,
  }),
];

function recordedWithSecrets(): string {
  const db = scratchFile();
  const store = openStore(db, storeHost);
  store.beginCapture({ ...captureInfo, redaction: 'none' });
  store.append(RECORDS);
  store.close();
  return db;
}

describe.each(['jsonl', 'csv', 'har'] as const)('as %s', (as) => {
  it('no secret is exported, and its placeholder is that of the database', () => {
    const db = recordedWithSecrets();
    using reader = openReader(db);
    const redaction = exportRedaction(reader, 'secrets');
    const text = [...FORMS[as].write({ reader, filter: {}, redaction })].join('\n');
    for (const secret of [TOKEN, SECRET]) expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(TOKEN).toString('base64').slice(4, 40));
    const [{ key } = { key: '' }] = rowsOf(db, 'SELECT key FROM placeholder_key');
    const standIn = createHmac('sha256', key as Buffer)
      .update(TOKEN)
      .digest('hex')
      .slice(0, 16);
    expect(text).toContain(`redacted:${standIn}`);
  });

  it('everything is exported with redaction "none"', () => {
    const db = recordedWithSecrets();
    using reader = openReader(db);
    expect(exportRedaction(reader, 'none')).toBeNull();
    expect([...FORMS[as].write({ reader, filter: {} })].join('\n')).toContain(TOKEN);
  });
});

it('an export with the redaction of the recording does not redact again', () => {
  using reader = openReader(sampleCapture());
  expect(exportRedaction(reader, 'secrets')).toBeNull();
  expect(exportRedaction(reader, 'personal')).not.toBeNull();
  const { mayHoldSecrets } = exportLines({ reader, as: 'jsonl', filter: {}, redact: 'none' });
  expect(mayHoldSecrets).toBe(false);
});

it('redaction is the default of `export`, and `--redact none` prints a warning', async () => {
  const db = recordedWithSecrets();
  const clean = await gatetape(['export', '--db', db, '--as', 'har']);
  expect(clean).toMatchObject({ stderr: '', exitCode: 0 });
  expect(clean.stdout).not.toContain(TOKEN);
  const whole = await gatetape(['export', '--db', db, '--as', 'har', '--redact', 'none']);
  expect(whole.stdout).toContain(TOKEN);
  expect(whole.stderr).toBe(
    'gatetape: warning: the output can contain tokens and other secrets, because it was recorded with --redact none\n',
  );
});
