import { writeFileSync } from 'node:fs';
import { onTestFinished, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import { TAPE_FORM } from '../../../src/library/forms/tape.js';
import { openReader, type CaptureReader } from '../../../src/store/reader.js';
import { findLeaks } from '../../../src/replay/tape/leaks.js';
import { formatTape } from '../../../src/replay/tape/tape.js';
import { importFile } from '../../../src/library/import.js';
import { InputFile } from '../../../src/library/input-file.js';
import { LEAKS } from '../../support/leaks.js';
import { dispatch, readySession } from '../../support/capture/steps.js';
import { scratchFile } from '../../support/scratch.js';
import { rowsOf } from '../../support/stores.js';
import { sampleCapture } from '../../support/capture/samples.js';

function reader(): CaptureReader {
  const opened = openReader(sampleCapture());
  onTestFinished(() => opened.close());
  return opened;
}

describe('the tape as a form', () => {
  it('writes the session that came last, or the one of a connection', () => {
    const [text] = TAPE_FORM.write({ reader: reader(), filter: {} });
    const lines = text!.split('\n');
    expect(lines).toHaveLength(7);
    expect(JSON.parse(lines[0]!)).toMatchObject({ tape: 1, shard: [0, 1], library: 'test-library' });
    expect([...TAPE_FORM.write({ reader: reader(), filter: { connection: 1 } })]).toEqual([text]);
  });

  it('writes no secret, whatever the database holds', () => {
    const db = scratchFile();
    const file = scratchFile('secret.tape.ndjson');
    const said = LEAKS.map(([, secret], index) =>
      dispatch(100 + index, 2 + index, 'SAID', { [secret]: [secret] }),
    );
    writeFileSync(file, formatTape(readySession(...said)));
    importFile({ file, db, redact: 'none', maxPayloadBytes: 2 ** 26 });
    expect(rowsOf(db, 'SELECT 1 FROM payload WHERE instr(body, ?)', LEAKS[0]![1])).not.toEqual([]);
    const source = openReader(db);
    onTestFinished(() => source.close());
    const [tape] = TAPE_FORM.write({ reader: source, filter: {} });
    expect([
      ...findLeaks(
        tape!.split('\n'),
        LEAKS.map(([, secret]) => secret),
      ),
    ]).toEqual([]);
    expect(tape!.match(/"SAID"/g)).toHaveLength(LEAKS.length);
  });

  it.each([
    [{ ops: [0] }, 'a whole session'],
    [{ connection: 2 }, 'carried no session'],
  ])('refuses %j', (filter, message) => {
    const write = (): unknown => [...TAPE_FORM.write({ reader: reader(), filter })];
    expect(write).toThrow(UsageError);
    expect(write).toThrow(message);
  });

  it('reads each payload as a frame, masked where the client sent it, and times that end now', () => {
    const tape = [
      '{"tape":1,"transport":{"version":9,"encoding":"etf","compress":"zlib-stream"}}',
      '{"atUs":0,"connection":1,"sender":"client","payload":{"op":1}}',
      '{"atUs":5,"connection":1,"sender":"gateway","close":{"code":null,"reason":""}}',
    ].join('\n');
    const path = scratchFile('x.tape.ndjson');
    writeFileSync(path, tape);
    const settings = { nowUs: 1_000, api: new URL('https://discord.com/api') };
    const { events, transports } = TAPE_FORM.read(new InputFile(path), settings);
    expect([...events]).toMatchObject([
      { type: 'open', handshake: { atUs: 995, path: '/?v=9&encoding=etf&compress=zlib-stream' } },
      {
        type: 'chunk',
        sender: 'client',
        atUs: 995,
        bytes: Buffer.from('\x81\x88\0\0\0\0{"op":1}', 'latin1'),
      },
      { type: 'end', end: { atUs: 1_000, endedBy: 'gateway' } },
    ]);
    expect(transports.get(1)).toEqual({ version: 9, encoding: 'etf', compress: 'zlib-stream' });
  });
});
