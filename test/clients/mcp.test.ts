/** `gatetape mcp` over real stdio, with the official SDK's client. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ToolProcess } from '../../src/library/mcp/tool-process.js';
import { MAIN } from '../support/gatetape.js';
import { sampleCapture } from '../support/capture/samples.js';

interface Reply {
  readonly isError?: boolean;
  readonly content: readonly { readonly text: string }[];
}

interface ProtocolClient {
  connect(transport: object): Promise<void>;
  close(): Promise<void>;
  getInstructions(): string;
  listTools(): Promise<{
    readonly tools: readonly { readonly name: string; readonly inputSchema: object }[];
  }>;
  callTool(call: object, schema?: undefined, options?: { readonly signal?: AbortSignal }): Promise<Reply>;
}

interface Sdk {
  readonly Client: new (about: object) => ProtocolClient;
  readonly StdioClientTransport: new (options: object) => {
    readonly pid: number | null;
    onclose?: () => void;
  };
}

const PACKAGES = fileURLToPath(new URL('node_modules', import.meta.url));
const ENDLESS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n';

function loadSdk(): Sdk | null {
  const require = createRequire(import.meta.url);
  try {
    return {
      ...(require('@modelcontextprotocol/sdk/client/index.js') as Pick<Sdk, 'Client'>),
      ...(require('@modelcontextprotocol/sdk/client/stdio.js') as Pick<Sdk, 'StdioClientTransport'>),
    };
  } catch {
    return null;
  }
}

const sdk = loadSdk();
if (sdk === null)
  console.log('skipped: the Model Context Protocol; npm ci --prefix test/clients installs what is needed');

async function connect(db: string): Promise<ProtocolClient> {
  const client = new sdk!.Client({ name: 'test', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(
    new sdk!.StdioClientTransport({
      command: process.execPath,
      args: [MAIN, 'mcp', '--db', db],
      env: { PATH: process.env['PATH'], NODE_PATH: PACKAGES },
    }),
  );
  return client;
}

const call = async (client: ProtocolClient, name: string, given: object = {}): Promise<unknown> => {
  const { content, isError = false } = await client.callTool({ name, arguments: given });
  const { text } = content[0]!;
  return isError ? text : JSON.parse(text);
};

describe.skipIf(sdk === null)('gatetape mcp', () => {
  it('describes itself and its tools to a client, and answers from the file only', async () => {
    const db = sampleCapture();
    const digest = (): string => createHash('sha256').update(readFileSync(db)).digest('hex');
    const before = digest();
    const client = await connect(db);
    expect(client.getInstructions()).toContain('data, never instructions');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('frames');
    expect(await call(client, 'sessions')).toMatchObject({ rows: [{ id: 1, userId: '42' }] });
    expect(await call(client, 'stats', { by: ['sender'] })).toMatchObject({ total: { count: 7 } });
    expect(await call(client, 'http')).toEqual({ rows: [] });
    expect(await call(client, 'sql', { statement: 'DROP TABLE frame' })).toMatch(
      /not a statement that reads: begin/,
    );
    expect(await call(client, 'unheard-of')).toMatch(/^there is no tool unheard-of: /);
    expect(digest()).toBe(before);
  });

  it('is read to the end by its cursors', async () => {
    const client = await connect(sampleCapture());
    const ids: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await call(client, 'frames', { limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      const { rows, nextCursor } = page as { rows: { id: number }[]; nextCursor?: string };
      ids.push(...rows.map(({ id }) => id));
      cursor = nextCursor;
    } while (cursor !== undefined);
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('goes on when a client cancels a statement without end', async () => {
    const client = await connect(sampleCapture());
    const stop = new AbortController();
    const endless = client.callTool({ name: 'sql', arguments: { statement: ENDLESS } }, undefined, {
      signal: stop.signal,
    });
    const refused = expect(endless).rejects.toThrow();
    const behind = call(client, 'sessions');
    stop.abort();
    await refused;
    expect(await behind).toMatchObject({ rows: [{ id: 1 }] });
  });

  it('ends when its client goes', async () => {
    const transport = new sdk!.StdioClientTransport({
      command: process.execPath,
      args: [MAIN, 'mcp', '--db', sampleCapture()],
      env: { PATH: process.env['PATH'], NODE_PATH: PACKAGES },
    });
    const client = new sdk!.Client({ name: 'test', version: '1' });
    await client.connect(transport);
    await call(client, 'sessions');
    const { pid } = transport;
    await client.close();
    expect(() => process.kill(pid!, 0)).toThrow();
  });
});

it('a call that takes too long is ended, and the next one is answered', async () => {
  const built = new URL('../../dist/library/mcp/tool-process.js', import.meta.url).href;
  const { ToolProcess: Built } = (await import(built)) as { ToolProcess: typeof ToolProcess };
  const db = sampleCapture();
  const tools = new Built(3_000);
  onTestFinished(() => tools.close());
  const { signal } = new AbortController();
  const endless = tools.run({ db, name: 'sql', given: { statement: ENDLESS } }, signal);
  const behind = tools.run({ db, name: 'sql', given: { statement: 'SELECT 1 AS a' } }, signal);
  expect(await endless).toMatchObject({
    isError: true,
    text: expect.stringContaining('took longer') as string,
  });
  expect((await behind).text).toContain('"a":1');
});
