/** `show`: one frame, laid out for people or as JSON. */
import { describe, expect, it } from 'vitest';
import { createPaint } from '../../src/cli/print/paint.js';
import { formatContent, formatFacts, hexDump, formatRawContent } from '../../src/cli/show.js';
import type { Paint } from '../../src/cli/print/paint.js';
import type { FrameDetail } from '../../src/store/frame-rows.js';
import { runHere } from '../support/command-line.js';
import { gatetape } from '../support/gatetape.js';
import { START_US } from '../support/capture/records.js';
import { sampleCapture, STRANGE_TEXT } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';
import { recordingStore } from '../support/stores.js';

const DETAIL: FrameDetail = {
  id: 12,
  connectionId: 3,
  sessionId: 1,
  frameNo: 4,
  atUs: START_US,
  sender: 'gateway',
  kind: 'binary',
  op: 0,
  opName: 'DISPATCH',
  event: 'READY',
  seq: 1,
  wireBytes: 900,
  payloadBytes: 2048,
  status: 'ok',
  closeCode: null,
  payloadText: '{"op":0,"d":[1.0]}',
  bytes: null,
};
const plain = createPaint({}, true, {});
const NEAR = { previous: 11, next: null };
const describeFrame = (frame: FrameDetail, paint: Paint): readonly string[] => [
  ...formatFacts(frame, NEAR, paint),
  ...formatContent(frame, paint),
];

describe('facts and content', () => {
  it('names the bits of IDENTIFY, those without a name too, and what other services mean', () => {
    const d = { token: 'redacted:1', intents: 2 ** 29 + 1, capabilities: 2 ** 17 + 1 };
    const identify = {
      ...DETAIL,
      op: 2,
      opName: 'IDENTIFY',
      event: null,
      payloadText: JSON.stringify({ op: 2, d }),
    };
    const lines = formatFacts(identify, NEAR, plain);
    expect(lines).toContain('intents       GUILDS UNKNOWN_29');
    expect(lines).toContain('capabilities  LAZY_USER_NOTES UNKNOWN_17');
    const close = {
      ...DETAIL,
      kind: 'close',
      op: null,
      payloadText: null,
      bytes: Buffer.of(0x0f, 0xad),
    } as const;
    expect(formatFacts(close, NEAR, plain)).toContain('close   4013 INVALID_INTENTS');
    expect(formatFacts(close, NEAR, plain, 'fluxer')).toContain('close    4013 ACK_BACKPRESSURE');
    expect(formatFacts(close, NEAR, plain, 'fluxer')).toContain('service  fluxer');
  });

  it('prints everything about a frame, and its payload indented', () => {
    expect(describeFrame(DETAIL, plain)).toEqual([
      'frame   12, no. 4 of connection 3',
      `at      2026-08-01 00:00:00.000 UTC (${START_US})`,
      'from    gateway, binary',
      'what    READY (op 0 DISPATCH)',
      'seq     1',
      'size    900 B on the wire, 2 KiB decoded',
      'status  ok',
      'around  previous 11, next – in session 1',
      '',
      '{',
      '  "op": 0,',
      '  "d": [',
      '    1.0',
      '  ]',
      '}',
    ]);
  });

  it('shows the bytes of a frame that could not be decoded', () => {
    const bytes = Buffer.from('broken');
    const lines = describeFrame(
      {
        ...DETAIL,
        status: 'not_json',
        op: null,
        opName: null,
        event: null,
        seq: null,
        payloadText: null,
        bytes,
      },
      plain,
    );
    expect(lines).toContain('what    not_json');
    expect(lines.at(-1)).toBe('00000000  62 72 6f 6b 65 6e                                broken');
  });

  it('says how a connection was closed', () => {
    const close = {
      ...DETAIL,
      kind: 'close',
      status: 'control',
      op: null,
      opName: null,
      event: null,
    } as const;
    const closeLine = (hex: string): string | undefined =>
      describeFrame({ ...close, seq: null, payloadText: null, bytes: Buffer.from(hex, 'hex') }, plain).find(
        (line) => line.startsWith('close '),
      );
    expect(closeLine('0fa4627965')).toBe('close   4004 AUTHENTICATION_FAILED: bye');
    expect(closeLine('1068')).toBe('close   4200');
    expect(closeLine('')).toBe('close   no code');
  });

  it('colours keys and values', () => {
    const painted = formatContent(
      { ...DETAIL, payloadText: '{"a":["b",1,null]}' },
      (style, text) => `<${style} ${text}>`,
    );
    expect(painted.slice(1)).toEqual([
      '<dim {>',
      '  <cyan "a"><dim :> <dim [>',
      '    <green "b"><dim ,>',
      '    <yellow 1><dim ,>',
      '    <yellow null>',
      '  <dim ]>',
      '<dim }>',
    ]);
  });

  it('prints the bytes of a payload on request, the original ones if they were kept', () => {
    expect(formatRawContent(DETAIL)[1]).toMatch(/^00000000 {2}7b 22 6f 70 .* {2}\{"op":0,"d":\[1\.0$/);
    expect(formatRawContent({ ...DETAIL, bytes: Buffer.from('etf') })).toEqual([
      '',
      expect.stringMatching(/ {2}etf$/),
    ]);
    expect(formatRawContent({ ...DETAIL, payloadText: null })).toEqual([]);
  });

  it('prints no control characters of a payload', () => {
    const lines = describeFrame({ ...DETAIL, event: '\u001b[2J', payloadText: '"\u009b2J"' }, plain);
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });
});

describe('hexDump', () => {
  it('has sixteen bytes a line', () => {
    expect(hexDump(new Uint8Array(17).fill(0x41))).toEqual([
      `00000000  ${'41 '.repeat(15)}41  ${'A'.repeat(16)}`,
      `00000010  41${' '.repeat(45)}  A`,
    ]);
    expect(hexDump(new Uint8Array())).toEqual([]);
  });
});

describe('gatetape show', () => {
  it('shows a frame by its id, and the latest', async () => {
    const db = sampleCapture();
    const [byId, latest, json, raw, refused] = await Promise.all([
      gatetape(['show', '4', '--db', db]),
      runHere(['show', 'latest', '--db', db]),
      runHere(['show', '4', '--db', db, '--format', 'json']),
      runHere(['show', '4', '--db', db, '--raw']),
      runHere(['show', '4', '--db', db, '--raw', '--format', 'json']),
    ]);
    expect(byId.stdout).toContain('around  previous 3, next 5 in session 1\n');
    expect(latest.stdout).toContain('around  previous –, next – in connection 2\n');
    expect(raw.stdout).toContain('\n00000000  7b 22 6f 70');
    expect(refused).toMatchObject({
      stdout: '',
      exitCode: 2,
      stderr: expect.stringContaining('--raw prints bytes') as string,
    });
    expect(byId.stdout).toContain('"id": 123456789012345678901,');
    expect(latest.stdout).toContain('frame   7,');
    expect(json.stdout).toContain(`"payload":${STRANGE_TEXT}}`);
    expect(JSON.parse(json.stdout)).toMatchObject({ id: 4 });
  });

  it.each(['0', '-1', 'x', '1.5', '99999999999999999999'])('refuses the id %s', async (id) => {
    const { stderr, exitCode } = await runHere(['show', '--db', sampleCapture(), '--', id]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^gatetape: the id is "[^\n]+\n$/);
  });

  it('finds a dispatch by its sequence number, by default in the latest session', async () => {
    const db = sampleCapture();
    const show = (...args: string[]): ReturnType<typeof runHere> => runHere(['show', '--db', db, ...args]);
    const { stdout } = await show('--seq', '2', '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ id: 4, seq: 2 });
    expect((await show('--session', '1', '--seq', '2', '--format', 'json')).stdout).toBe(stdout);
    const missing = await show('--seq', '99');
    expect([missing.exitCode, missing.stderr]).toEqual([
      2,
      'gatetape: session 1 has no dispatch with sequence number 99: list what there is with gatetape frames --session 1\n',
    ]);
    expect((await show()).stderr).toMatch(/^gatetape: no frame was named: give either /);
    expect((await show('3', '--seq', '2')).stderr).toMatch(/^gatetape: an id names one frame already: /);
  });

  it('reports a frame that does not exist', async () => {
    const empty = scratchFile();
    recordingStore(empty);
    const [missing, none] = await Promise.all([
      runHere(['show', '8', '--db', sampleCapture()]),
      runHere(['show', 'latest', '--db', empty]),
    ]);
    expect(missing).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('there is no frame 8') as string,
    });
    expect(none).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('holds no frame yet') as string,
    });
  });
});
