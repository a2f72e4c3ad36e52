/** docs/filters.md keeps its word: every example in it is run, and its tables are those of the program. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FrameRecord } from '../src/capture/records.js';
import { KEYS } from '../src/filter/keys.js';
import {
  MAX_FILTER_DEPTH,
  MAX_FILTER_LENGTH,
  MAX_FILTER_TERMS,
  MAX_PATTERN_LENGTH,
  parseFilter,
} from '../src/filter/parse.js';
import { printFilter } from '../src/filter/print.js';
import { BUILT_IN_VIEWS, HIDDEN } from '../src/filter/views.js';
import { openCapture } from '../src/index.js';
import { openStore } from '../src/store/store.js';
import { runHere } from './support/command-line.js';
import { attached, bareFrame, facts, frame, opened } from './support/capture/records.js';
import { scratchFile } from './support/scratch.js';
import { captureInfo, storeHost } from './support/stores.js';

const TEXT = readFileSync(new URL('../docs/filters.md', import.meta.url), 'utf8');
const fenced = (language: string): string[] =>
  [...TEXT.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, text]) =>
    name === language ? [text!] : [],
  );
/** Rows of the tables whose first column has this title, as the code in it and what follows. */
const rowsOf = (title: string): [code: string, rest: string[]][] =>
  TEXT.split(/\n{2,}/)
    .filter((block) => new RegExp(`^\\| ${title} +\\|`).test(block))
    .flatMap((block) => block.split('\n').slice(2))
    .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')))
    .map((cells) => [cells[1]!.replace(/^`|`$/g, ''), cells.slice(2, -1)]);

/** A recording in which every example selects something. */
function recording(): string {
  const path = scratchFile('docs.sqlite', afterAll);
  const nowUs = Date.now() * 1_000;
  let frameNo = 0;
  const at = (atUs: number): Pick<FrameRecord, 'frameNo' | 'atUs' | 'session'> => ({
    frameNo: ++frameNo,
    atUs,
    session: 1,
  });
  const payload = (op: number, d: unknown, more: Partial<FrameRecord> = {}): FrameRecord => {
    const body = Buffer.from(JSON.stringify({ op, d }));
    return frame({ ...at(nowUs - 3_600e6), op, event: null, seq: null, body, ...more });
  };
  const dispatch = (event: string, seq: number, d: unknown, more: Partial<FrameRecord> = {}): FrameRecord => {
    const body = Buffer.from(JSON.stringify({ op: 0, t: event, s: seq, d }).replaceAll('ß', '\\u00df'));
    return payload(0, d, { event, seq, body, wireBytes: body.length, payloadBytes: body.length, ...more });
  };
  const person = { id: '80351110224678912', bot: true };
  const store = openStore(path, storeHost);
  store.beginCapture(captureInfo);
  store.append([
    opened(),
    attached({ session: 1 }),
    facts({ session: 1, shard: [0, 2] }),
    payload(10, { heartbeat_interval: 41_250 }),
    payload(2, {}, { sender: 'client' }),
    dispatch('READY', 1, { v: 10 }),
    payload(1, 1, { sender: 'client' }),
    payload(11, null),
    dispatch('MESSAGE_CREATE', 2, {
      id: '41771983423143999',
      ...{ guild_id: '197038439483310086', channel_id: '41771983423143937', author: person },
      ...{
        content: 'hello',
        type: 0,
        embeds: [{ title: 'Sale' }],
        mentions: [{ id: '1' }],
        member: { nick: null },
      },
    }),
    dispatch('MESSAGE_CREATE', 5, { content: 'hello there', type: 3, author: { id: '5' } }),
    dispatch('MESSAGE_UPDATE', 6, { content: 'deploy done, Grüße: !ping' }),
    dispatch('MESSAGE_CREATE', 7, { content: '!help say hi', author: person, pad: 'x'.repeat(1_000) }),
    dispatch('MESSAGE_CREATE', 8, { content: 'then' }, { atUs: Date.UTC(2026, 10, 29, 12) * 1_000 }),
    dispatch('TYPING_START', 9, { pad: 'x'.repeat(70_000) }),
    payload(31_337, {}),
    bareFrame({ ...at(nowUs), status: 'not_json' }),
    bareFrame({ ...at(nowUs), status: 'control', kind: 'close', raw: Buffer.from([0x0f, 0xa4]) }),
  ]);
  store.close();
  return path;
}

let db = '';
beforeAll(() => {
  db = recording();
});

describe('the examples of docs/filters.md', () => {
  const examples = [...rowsOf('filter'), ...rowsOf('form')].map(([text]) => text);

  it('are many', () => expect(examples.length).toBeGreaterThan(50));

  it.each(examples)('%s selects something, and is read back as it is printed', (text) => {
    if (text === '"two words"') return;
    const filter = parseFilter(text);
    expect(parseFilter(printFilter(filter))).toEqual(filter);
    using capture = openCapture(db);
    const selected = [...capture.frames({ filter: text })].map(({ id }) => id);
    expect(selected).not.toEqual([]);
    expect([...capture.frames()].filter(capture.frameTest(text)).map(({ id }) => id)).toEqual(selected);
  });

  it.each(fenced('bash').flatMap((block) => block.trim().split('\n')))('%s runs', async (line) => {
    const args = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!).slice(1);
    expect(await runHere([...args, '--db', db])).toMatchObject({ stderr: '', exitCode: 0 });
  });

  it('of an error are what is printed', async () => {
    const [[command, ...lines]] = [fenced('text')[0]!.trimEnd().split('\n')] as [[string, ...string[]]];
    const filter = /'([^']*)'/.exec(command)![1]!;
    const { stderr, exitCode } = await runHere(['frames', '--filter', filter, '--db', db]);
    expect({ stderr, exitCode }).toEqual({ stderr: `${lines.join('\n')}\n`, exitCode: 2 });
  });

  it('of the library run', async () => {
    const [code] = fenced('ts');
    const body = ts
      .transpileModule(code!.replace(/^import .*$/m, ''), {
        compilerOptions: { target: ts.ScriptTarget.ES2022 },
      })
      .outputText.replace('gatetape.sqlite', db);
    const printed: unknown[] = [];
    const parameters = {
      openCapture,
      parseFilter,
      printFilter,
      console: { log: (text: unknown) => printed.push(text) },
    };
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the example itself
    await new Function(...Object.keys(parameters), body)(...Object.values(parameters));
    expect(printed).toEqual([6, 9, 'op:1 or deploy']);
  });
});

describe('docs/filters.md', () => {
  it('has every key, word of --hide and view of the program', () => {
    expect(rowsOf('key').map(([key]) => key)).toEqual(Object.keys(KEYS));
    const pairs = (title: string): Record<string, string> =>
      Object.fromEntries(rowsOf(title).map(([name, [text]]) => [name, text!.replace(/^`|`$/g, '')]));
    expect(pairs('word')).toEqual(HIDDEN);
    expect(pairs('built in')).toEqual(BUILT_IN_VIEWS);
  });

  it('names the bounds', () => {
    const bounds = [
      MAX_FILTER_LENGTH.toLocaleString('en'),
      MAX_FILTER_TERMS,
      MAX_FILTER_DEPTH,
      MAX_PATTERN_LENGTH,
    ];
    for (const bound of bounds) expect(TEXT).toContain(` ${bound} `);
  });

  it.each(Object.entries({ ...BUILT_IN_VIEWS, ...HIDDEN }))('has a filter behind %s', (_name, text) => {
    expect(printFilter(parseFilter(text))).toBe(text);
  });
});
