/** Readers of files from strangers take time in proportion to what they read, whatever it is. */
import { describe, expect, it } from 'vitest';
import { redactPath } from '../../../src/gateway/redact/rest-body.js';
import { Redactor } from '../../../src/gateway/redact/redact.js';
import { encodeEtf } from '../../../src/library/etf.js';
import { csvRecords } from '../../../src/library/forms/csv-cells.js';
import { MessageClock, parseHarTime } from '../../../src/library/forms/har/entry.js';
import { Mask } from '../../../src/replay/compare/mask.js';
import { mapLeaves } from '../../../src/replay/tape/json-leaves.js';
import { findLeaks } from '../../../src/replay/tape/leaks.js';
import { withoutSecrets } from '../../../src/replay/tape/free-text.js';
import { parseTape } from '../../../src/replay/tape/tape.js';
import { parseJson } from '../../../src/replay/tape/line.js';
import { anonymise } from '../../../src/replay/tape/anonymous.js';
import { TimeShift } from '../../../src/replay/rebase/time-shift.js';
import { parseGatewayUrl } from '../../../src/wire/transport.js';
import { newRecorder, record } from '../../support/capture-playbook.js';
import { growth } from '../../support/growth.js';
import { importedAs } from '../../support/round-trips.js';
import { TapScript } from '../../support/capture/tap-events.js';
import { wsFrame } from '../../support/ws-internals.js';

/** Sixteen times as much takes this many times as long at most, on a busy machine too; what is quadratic takes 256. */
const MOST = 100;
const PARTS: readonly string[] = ['a', '"', '[', '{"', '""', ',1,', 'aB1', 'a@', '0.', '\\n'];

const attempt = (work: () => unknown) => (): void => {
  try {
    work();
  } catch {
    // What is refused has been read, too.
  }
};

const placeholder = (): string => 'redacted:0123456789abcdef';
const redactor = new Redactor({ redaction: 'personal', placeholder });
const asPayload = (text: string): Buffer =>
  Buffer.from(JSON.stringify({ op: 0, t: 'READY', s: 1, d: { text, token: text } }));

/** What a recorder makes of frames of the gateway. */
const recorded = (...frames: readonly Buffer[]): (() => unknown) => {
  const transport = { version: 10, encoding: 'json', compress: 'none' } as const;
  const { events } = new TapScript().open(1, { transport }).bytes(1, 'gateway', Buffer.concat(frames)).end(1);
  return () => record(events, newRecorder('personal', 2 ** 26));
};
const har = (text: string, data = text): string =>
  `{"log":{"version":"1.2","entries":[{"startedDateTime":"2026-08-01T00:00:00Z","time":1,"request":{"method":"GET","url":"wss://gateway.discord.gg/?v=10","headers":[]},"response":{"status":101,"headers":[]},"x":${text},"_webSocketMessages":[{"type":"receive","time":1,"opcode":1,"data":${JSON.stringify(data)}}]}]}}`;

/** Readers by name, and what texts for them are made of, where it is not all. */
const READERS: readonly (readonly [string, (text: string) => () => unknown, (readonly string[])?])[] = [
  ['a text frame', (text) => recorded(wsFrame(Buffer.from(text), { opcode: 1 })), ['[', '{"']],
  [
    'a payload in ETF',
    (text) =>
      recorded(
        wsFrame(Buffer.from(encodeEtf({ op: 0, t: 'X', s: 1, d: { text, token: text } })), { opcode: 2 }),
      ),
    ['a', '%25', '\\n'],
  ],
  [
    'fragments of a message',
    (text) => {
      const pieces = text.match(/.{1,64}/gs) ?? [];
      return recorded(
        ...pieces.map((piece, n) =>
          wsFrame(Buffer.from(piece), { opcode: n === 0 ? 1 : 0, fin: n === pieces.length - 1 }),
        ),
      );
    },
    ['a', '{"'],
  ],
  [
    'members of an object',
    (text) => () =>
      redactor.json(
        Buffer.from(
          JSON.stringify(
            Object.fromEntries(
              Array.from({ length: text.length / 16 }, (_, n) => [`${text.charAt(0)}${n}`, text.charAt(0)]),
            ),
          ),
        ),
        '/x',
      ),
    ['a', '"'],
  ],
  ['a path', (text) => () => redactPath(`/v10/${text}?x=${text}#${text}`, redactor), ['/', '%25']],
  ['a HAR', (text) => () => importedAs('har', har(text)), ['[', '"', ',1,']],
  ['a message of a HAR', (text) => () => importedAs('har', har('1', text)), ['a', '\\n']],
  [
    'JSON lines',
    (text) => () => importedAs('jsonl', `{"capture":{"id":1,"x":"${text}"}}\n${text}`),
    ['a', '"'],
  ],
  [
    'a tape without people',
    (text) => () => {
      const step = {
        type: 'payload',
        atUs: 0,
        connection: 1,
        sender: 'gateway',
        text: asPayload(text).toString(),
      } as const;
      const payload = { op: 0, t: 'READY', s: 1, d: null };
      const recording = {
        shard: null,
        library: text,
        transport: null,
        steps: [{ ...step, payload }],
        exchanges: [],
      };
      anonymise(recording, { people: 'pseudonymise', content: 'mask' }, () => new Uint8Array(32));
    },
    ['aB1', 'a@', '/'],
  ],
  [
    'moments of a payload',
    (text) => () => new TimeShift(0, 60).text(`{"a":"${text}","b":${text}}`),
    ['"', '0.'],
  ],
  ['a URL of READY', (text) => () => parseGatewayUrl(`wss://a/${text}x`), ['/']],
  ['CSV', (text) => () => [...csvRecords(text.split('\n'))]],
  ['a tape', (text) => () => parseTape(`{"tape":1}\n${text}`)],
  [
    'a payload of a tape',
    (text) => () => parseTape(`{"tape":1}\n{"atUs":1,"connection":1,"sender":"client","payload":${text}}`),
  ],
  ['JSON', (text) => () => parseJson(text)],
  ['the search for leaks', (text) => () => [...findLeaks(text.split('\n'))]],
  ['the nets of a tape', (text) => () => withoutSecrets(text, () => 'x')],
  ['names of a rule', (text) => () => new Mask(['*A*B*C*D:d']).apply({}, 0, text.toUpperCase())],
  ['a date', (text) => () => new MessageClock(0).next(`${parseHarTime(text)}${text}`)],
];

describe.each(READERS.map(([name, read, parts = PARTS]) => ({ name, read, parts })))(
  'time grows with the length: $name',
  ({ read, parts }) => {
    it('from 64 KiB to 1 MiB', () => {
      for (const part of parts) {
        const ratio = growth((length) => attempt(read(part.repeat(length / part.length))));
        expect(ratio, JSON.stringify(part)).toBeLessThan(MOST);
      }
    }, 60_000);
  },
);

it('texts with millions of escapes are read', () => {
  const text = `{"a":"${'\\n'.repeat(2 ** 23)}"}`;
  const same = {
    string: (value: string) => value,
    key: (name: string) => name,
    number: (digits: string) => digits,
    cover: () => null,
  };
  expect(mapLeaves(text, same)).toBe(text);
});
