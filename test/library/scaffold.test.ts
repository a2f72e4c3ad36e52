/** Scaffolds: which library, and that nothing that was recorded becomes code. test/clients/scaffold.test.ts runs them. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { makeScaffold, SCAFFOLD_LIBRARIES, type Scaffold } from '../../src/library/scaffold.js';
import { openReader } from '../../src/store/reader.js';
import { attached, exchange, facts, frame, opened } from '../support/capture/records.js';
import { storeRecords } from '../support/stores.js';

interface Given {
  readonly identify?: Readonly<Record<string, unknown>>;
  readonly library?: string | null;
  readonly userAgent?: string | null;
  readonly ready?: Readonly<Record<string, unknown>> | null;
  readonly compress?: 'none' | 'zlib-stream' | 'zstd-stream';
}

/** Path of a database with one session. */
function record({
  identify = {},
  library = null,
  userAgent = null,
  ready = {},
  compress = 'none',
}: Given): string {
  const body = (payload: object): Buffer => Buffer.from(JSON.stringify(payload));
  const d = { token: 'redacted:0123456789abcdef', intents: 513, properties: {}, ...identify };
  return storeRecords([
    opened({ transport: { version: 10, encoding: 'json', compress } }),
    attached(),
    facts({ library, shard: null }),
    frame({
      frameNo: 1,
      session: 1,
      sender: 'client',
      op: 2,
      event: null,
      seq: null,
      body: body({ op: 2, d }),
    }),
    ...(ready === null
      ? []
      : [
          frame({
            frameNo: 2,
            session: 1,
            event: 'READY',
            seq: 1,
            body: body({ op: 0, t: 'READY', s: 1, d: ready }),
          }),
        ]),
    exchange({ userAgent }),
  ]);
}

function make(given: Given, library?: Scaffold['library']): Scaffold {
  using reader = openReader(record(given));
  return makeScaffold(reader, 1, { library });
}

const codeOf = ({ files }: Scaffold): string => files[1]?.lines.join('\n') ?? '';

describe('a scaffold', () => {
  it.each([
    ['@discordjs/ws 1.2.3', null, '@discordjs/ws'],
    ['@discordjs/ws 1.2.3', 'DiscordBot (https://discord.js.org, 2.4.0) discord.js/14.16.3', 'discord.js'],
    ['discord.js', null, 'discord.js'],
    ['Eris', null, 'eris'],
    ['Oceanic', null, 'oceanic.js'],
    ['Seyfert v3', null, 'seyfert'],
    ['Discord Client', null, null],
    [null, null, null],
  ] as const)('of %j with REST calls by %j is for %s', (library, userAgent, expected) => {
    const scaffold = make({ library, userAgent });
    expect(scaffold.library).toBe(expected ?? 'ws');
    expect(scaffold.isLibraryUnknown).toBe(expected === null);
  });

  it('has the tape and the test, which names it', () => {
    const scaffold = make({});
    expect(scaffold.files.map(({ name }) => name)).toEqual(['session-1.tape.ndjson', 'session-1.test.ts']);
    expect(scaffold.files[0]?.lines[0]).toContain('"tape":1');
    expect(codeOf(scaffold)).toContain("new URL('session-1.tape.ndjson', import.meta.url)");
  });

  it.each(SCAFFOLD_LIBRARIES)(
    'for %s is TypeScript, with shard, intents and transport of the session',
    (library) => {
      const code = codeOf(
        make({ identify: { intents: 53608447, shard: [1, 2] }, compress: 'zlib-stream' }, library),
      );
      const { diagnostics } = ts.transpileModule(code, { reportDiagnostics: true });
      expect(diagnostics).toEqual([]);
      expect(code).toContain('53608447');
      if (library !== 'ws') expect(code).toMatch(/(?:shardCount|maxShards|totalShards): 2/);
      // Seyfert asks for no compression.
      if (library !== 'seyfert') expect(code).toMatch(/zlib|compress: true/i);
    },
  );

  it('does not expect intents of a client that gave none', () => {
    expect(codeOf(make({ identify: { intents: null } }, 'ws'))).toContain(
      'toHaveReceivedPayload({ op: 2 }, ',
    );
  });

  it.each(SCAFFOLD_LIBRARIES)('for %s is the same code whatever texts were recorded', (library) => {
    const texts = [
      '*/ process.exit(1); /*',
      "'; process.exit(1); '",
      '${process.exit(1)}',
      '`',
      '\n',
      '\u2028',
      '</script>',
    ];
    const harmless = codeOf(make({}, library));
    for (const text of texts) {
      const identify = { properties: { browser: text, os: text }, intents: 513, shard: [text, text] };
      const given = {
        identify,
        library: text,
        userAgent: text,
        ready: { session_id: text, user: { username: text } },
      };
      expect(codeOf(make(given, library))).toBe(harmless);
    }
  });

  it.each([[[-1, 2]], [[2, 2]], [[0, 0]], ['0, 1'], [[0, 1, 2]], [[1e21, 1e22]]])(
    'takes shard 0 of 1 for %j',
    (shard) => {
      expect(codeOf(make({ identify: { shard } }, 'discord.js'))).toContain('shards: [0], shardCount: 1');
    },
  );

  it('needs a READY', () => {
    expect(() => make({ ready: null })).toThrow(
      'session 1 has no READY, so that it cannot be played to a client',
    );
  });
});
