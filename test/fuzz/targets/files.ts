/** Targets of what a user opens: files to import, settings, filters, and databases with other bytes in their pages. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { loadConfig } from '../../../src/config/load.js';
import { parseFault } from '../../../src/config/fault-spec.js';
import { StoreError, UsageError } from '../../../src/errors.js';
import { compilePredicate, type FilterFrame } from '../../../src/filter/evaluate.js';
import { parseCallFilter, parseFilter } from '../../../src/filter/parse.js';
import { PatternMatcher, PatternTooCostly } from '../../../src/filter/pattern/matcher.js';
import { PatternError } from '../../../src/filter/pattern/syntax.js';
import { toPredicate } from '../../../src/filter/predicate.js';
import { printFilter } from '../../../src/filter/print.js';
import type { FormName } from '../../../src/library/forms/form.js';
import { FORMS } from '../../../src/library/forms/forms.js';
import { importFile } from '../../../src/library/import.js';
import { openReader } from '../../../src/store/reader.js';
import { checkDatabase } from '../../../src/store/upkeep/check.js';
import { repair } from '../../../src/store/upkeep/upkeep.js';
import { scratchFile } from '../../support/scratch.js';
import { requireSame, requireThat, type Target, unlessRefused, untilDone } from '../target.js';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** A file of this thread, used again for each input. */
function once(name: string): () => string {
  let path: string | null = null;
  return () => (path ??= scratchFile(name, untilDone));
}

const path = once('newest.sqlite');

/** A small database with everything in it (test/fixtures/README.md), brought to the newest schema. */
function fixture(): string {
  if (!existsSync(path())) {
    writeFileSync(path(), gunzipSync(readFileSync(at('test/fixtures/databases/0011.sqlite.gz'))));
    repair(path(), { nowUs: () => 0 });
  }
  return path();
}

function exported(as: FormName): Buffer {
  using reader = openReader(fixture());
  const filter = as === 'tape' ? { session: 1 } : {};
  return Buffer.from([...FORMS[as].write({ reader, filter })].map((line) => `${line}\n`).join(''));
}

const ROW_WORDS = [
  '{"frame":',
  '{"session":',
  '"connectionId":',
  '"atUs":',
  'null',
  '-1',
  '1e400',
  '\\u0000',
  '"',
  '{',
  '}',
  ',',
  ':',
  '\n',
];

function importTarget(as: FormName): Target {
  const [file, db] = [once(`x.${as}`), once(`${as}.sqlite`)];
  return {
    promise: 'an import is sound, or refused in one line and leaves nothing',
    seeds: () => [exported(as)],
    words: ROW_WORDS,
    maxBytes: 60_000,
    run: (input) => {
      writeFileSync(file(), input);
      for (const suffix of ['', '-wal', '-shm', '-lock']) rmSync(db() + suffix, { force: true });
      const options = { as, file: file(), db: db(), redact: 'secrets', maxPayloadBytes: 2 ** 20 } as const;
      const refusal: UsageError[] = [];
      const summary = unlessRefused(() => {
        try {
          return importFile(options);
        } catch (error) {
          if (error instanceof UsageError) refusal.push(error);
          throw error;
        }
      }, UsageError);
      if (summary === null) {
        requireThat(!refusal.some(({ message }) => message.includes('\n')), 'a message of two lines');
        requireThat(!existsSync(db()), 'a refused import left a database');
        return;
      }
      requireSame(checkDatabase(db()).faults, [], 'faults of the database');
      using reader = openReader(db());
      for (const one of reader.frames()) requireThat(one.id > 0, 'a frame without an id');
      for (const one of reader.exchanges()) requireThat(one.id > 0, 'a call without an id');
    },
  };
}

export const tape = importTarget('tape');
export const har = importTarget('har');
export const jsonl = importTarget('jsonl');
export const csv = importTarget('csv');

/** The settings file. */
export const settings: Target = (() => {
  const file = once('config.json');
  return {
    promise: 'settings are accepted as a whole, or refused in one line that names what is wrong',
    seeds: () => [
      readFileSync(at('config.example.json')),
      Buffer.from('{"views":{"a":"op:0"},"allowHosts":["x"]}'),
    ],
    words: [
      '"listen":',
      '"upstream":',
      '"views":',
      '"maxPayloadBytes":',
      '"64MiB"',
      '"127.0.0.1:0"',
      'wss://',
      '[',
      '{',
      '"__proto__":',
      'true',
      '1e99',
    ],
    maxBytes: 5000,
    run: (input) => {
      writeFileSync(file(), input);
      const refused: string[] = [];
      unlessRefused(() => {
        try {
          return loadConfig({ file: file(), environment: {}, flags: {} });
        } catch (error) {
          if (error instanceof UsageError) refused.push(error.message);
          throw error;
        }
      }, UsageError);
      requireThat(!refused.some((message) => message.includes('\n')), 'a message of two lines');
      unlessRefused(() => parseFault(Buffer.from(input).toString()), UsageError);
    },
  };
})();

const FRAME: FilterFrame = {
  id: 7,
  atUs: 1_785_974_400_000_000,
  captureId: 1,
  connectionId: 2,
  sessionId: 3,
  shardId: 0,
  service: 'gateway',
  sender: 'gateway',
  kind: 'text',
  status: 'ok',
  op: 0,
  event: 'MESSAGE_CREATE',
  seq: 5,
  wireBytes: 143,
  payloadBytes: 700,
  closeCode: null,
  payloadText:
    '{"op":0,"d":{"content":"deploy é done","author":{"id":"80000000000000001","bot":true},"n":[1,2.5]}}',
};

/** A filter as people write it. */
export const filter: Target = {
  promise: 'a filter is read, printed, and read again as the same one; or refused with the place',
  seeds: () =>
    [
      'op:0,1 event:MESSAGE_* -sender:client',
      '(d.author.bot:true or d.content:~deploy*) size:>1KiB since:2h',
      '"quoted text" /reg(ex)?[a-z]+/i !x',
      'shard:0..3 id:>latest -d.embeds[0].title:* seq:<=5 until:2026-08-06T12:00:00Z',
      'd."a key":!"x y",*z session:latest kind:text close:4000 guild:1 user:2 channel:3',
    ].map((one) => Buffer.from(one)),
  words: [
    'op:',
    'd.',
    'or ',
    '-',
    '(',
    ')',
    '"',
    '..',
    '>',
    '<=',
    '*',
    '!',
    ',',
    '/',
    '/i',
    '[0]',
    'latest',
    '2h',
    'KiB',
    '~',
  ],
  maxBytes: 400,
  run: (input) => {
    const source = Buffer.from(input).toString();
    unlessRefused(() => parseCallFilter(source), UsageError);
    const parsed = unlessRefused(() => parseFilter(source), UsageError);
    if (parsed === null) return;
    const printed = printFilter(parsed);
    requireSame(parseFilter(printed), parsed, `printed as ${printed}`);
    const context = { nowUs: 1_785_974_500_000_000, findLatest: () => 7 };
    unlessRefused(
      () => {
        const [one, other] = [parsed, parseFilter(`-(${printed})`)].map((each) =>
          compilePredicate(toPredicate(each, context))(FRAME),
        );
        requireThat(one !== other, 'a filter and its opposite agree');
      },
      UsageError,
      PatternTooCostly,
    );
  },
};

/** A regular expression, a line break, and a text. */
export const pattern: Target = {
  promise: 'matches where JavaScript does, and is refused where JavaScript refuses it',
  seeds: () =>
    [
      'a+b*\naab',
      '^(?:x|[^a-c\\d])+?$\nxyz',
      '\\bÉ{1,2}\\u0061(s|ſ)?\nÉa',
      '(a|aa)+$\naaaa',
      '[\\s\\S-]\\/.\n/\u2028',
    ].map((one) => Buffer.from(one)),
  words: [
    '\\d',
    '\\W',
    '\\b',
    '(?:',
    '(',
    ')',
    '[^',
    ']',
    '{2,3}',
    '*?',
    '|',
    '^',
    '$',
    '.',
    '\\u{1f600}',
    '\\x41',
    '\\n',
    '\u212a',
    'ß',
  ],
  maxBytes: 60,
  run: (input) => {
    const [source = '', flags = '', ...rest] = Buffer.from(input).toString().split('\n');
    const flag = ['', 'i', 'm', 's', 'im'].find((one) => one === flags);
    const isFlagged = flag !== undefined && rest.length > 0;
    const text = (isFlagged ? rest : [flags, ...rest]).join('\n').slice(0, 16);
    const expected = unlessRefused(() => new RegExp(source, isFlagged ? flag : ''), SyntaxError);
    const found = unlessRefused(() => new PatternMatcher(source, isFlagged ? flag : ''), PatternError);
    if (expected === null) requireThat(found === null, 'JavaScript refuses it, and we do not');
    // JavaScript itself may take years for a pattern with nested repetition.
    if (expected === null || found === null || /[*+}?][^a-zA-Z]*[*+}]/.test(source)) return;
    const matches = unlessRefused(() => found.test(text), PatternTooCostly);
    if (matches !== null) requireSame(matches, expected.test(text), `on ${JSON.stringify(text)}`);
  },
};

const EDIT_BYTES = 6;

/** Each six bytes are an edit of the newest fixture: a place, a byte, and how long it is repeated. */
export const database: Target = (() => {
  const file = once('edited.sqlite');
  let original: Buffer | null = null;
  return {
    promise: 'a damaged database is read, or refused in one line',
    seeds: () => [Buffer.from('000000640101', 'hex'), Buffer.from('000010000d010000200002ff', 'hex')],
    words: ['0000', 'ffff', '0d', '05', '0a', '02', '7b'].map((hex) => Buffer.from(hex, 'hex')),
    maxBytes: 10 * EDIT_BYTES,
    run: (input) => {
      original ??= readFileSync(fixture());
      const bytes = Buffer.from(original);
      for (let start = 0; start + EDIT_BYTES <= input.length; start += EDIT_BYTES) {
        const edit = Buffer.from(input.subarray(start, start + EDIT_BYTES));
        const place = edit.readUInt32BE(0) % bytes.length;
        bytes.fill(edit[4] ?? 0, place, Math.min(bytes.length, place + 1 + ((edit[5] ?? 0) >> 2)));
      }
      for (const suffix of ['', '-wal', '-shm', '-lock', '-journal'])
        rmSync(file() + suffix, { force: true });
      writeFileSync(file(), bytes);
      const refusals = [StoreError, UsageError] as const;
      unlessRefused(() => checkDatabase(file()), ...refusals);
      unlessRefused(
        () => {
          using reader = openReader(file());
          for (const one of reader.frames()) void reader.frame(one.id);
          Array.from(reader.exchanges());
          reader.stats();
        },
        ...refusals,
      );
    },
  };
})();
