/** The package as npm would publish it, in an empty project: from JavaScript, from TypeScript, and its program. */
import { createRequire } from 'node:module';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { PackedProject } from '../support/packed-project.js';
import { compile } from '../support/typescript.js';

const CONSUMER = `
import { eventData, openCapture, startMockGateway, startRecorder, type MockGateway, type Payload } from 'gatetape';
import { gatewayTest } from 'gatetape/vitest';
import { expect } from 'vitest';

export async function use(gateway: MockGateway, payload: Payload): Promise<string | undefined> {
  const [identify] = gateway.received({ op: 2 });
  const token: string | undefined = identify?.payload.d.token;
  const [ask] = gateway.received({ op: 8 });
  const guild: string | undefined = ask?.payload.d.guild_id;
  // @ts-expect-error what a payload of op 2 does not have
  identify?.payload.d.guild_id;
  gateway.send({ t: 'MESSAGE_CREATE', d: { content: 'hi', author: { id: '1' } } });
  gateway.send({ t: 'SOMETHING_NEW', d: { any: 'thing' } });
  // @ts-expect-error the content of a message is text
  gateway.send({ t: 'MESSAGE_CREATE', d: { content: 1 } });
  await expect(gateway).toHaveReceivedPayload({ op: 8 }, { timeoutMs: 10 });
  await expect(gateway).not.toBeFullyPlayed();
  // @ts-expect-error no such option
  await startMockGateway({ tape: 'x', sped: 1 });
  await using recorder = await startRecorder({ db: 'x.sqlite', redact: 'personal' });
  using capture = openCapture(recorder.config.db);
  for (const frame of capture.frames({ event: 'READY' })) console.log(frame.atUs, frame.payloadText);
  return eventData(payload, 'MESSAGE_CREATE')?.author.username ?? token ?? guild;
}

gatewayTest({ tape: 'x', mode: 'none' })('is typed', async ({ gateway }) => {
  const [resume] = await gateway.received({ op: 6 }, { timeoutMs: 10 });
  const seq: number | undefined = resume?.payload.d.seq;
  expect(seq).toBeUndefined();
});
`;

const SCRIPT = `
import { startMockGateway, startRecorder } from 'gatetape';
const gateway = await startMockGateway({ tape: 'node_modules/gatetape/tapes/demo.tape.ndjson' });
const recorder = await startRecorder({ listen: ':0', db: 'made.sqlite' });
console.log(typeof gateway.gatewayUrl, typeof recorder.apiUrl);
await Promise.all([gateway.close(), recorder.close()]);
`;

/** The main entry alone: `gatetape/vitest` has Vitest's types, and what those need. */
const ALONE = `
import * as gatetape from 'gatetape';

export async function use(payload: gatetape.Payload): Promise<string | undefined> {
  await using gateway = await gatetape.startMockGateway({ tape: 'x', faults: ['reset'] });
  await using recorder = await gatetape.startRecorder({ listen: { host: '127.0.0.1', port: 0 } });
  using capture = gatetape.openCapture(recorder.config.db);
  for (const { atUs } of capture.frames({ event: 'READY' })) console.log(atUs + 1, gateway.apiUrl);
  return gatetape.eventData(payload, 'MESSAGE_CREATE')?.author.username;
}
`;

const MODULES = [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const;

const PROGRAM = 'node_modules/gatetape/dist/bundle/main.js';

const project = new PackedProject();
const dependencies = (
  createRequire(import.meta.url)('../../package.json') as { dependencies: Record<string, string> }
).dependencies;
const alone = new PackedProject(Object.keys(dependencies));
afterAll(() => {
  project[Symbol.dispose]();
  alone[Symbol.dispose]();
});

describe('the package', () => {
  it('works from JavaScript, and lets the process end', () => {
    project.write('use.mjs', SCRIPT);
    expect(project.run('use.mjs')).toBe('string string\n');
  });

  it.each(MODULES.slice(1))('has types for module %s with the resolution %s', (module, moduleResolution) => {
    project.write('use.ts', CONSUMER);
    const options = { module, moduleResolution, target: 'es2023', strict: true, noEmit: true };
    expect(
      compile(project.folder, 'use.ts', {
        ...options,
        lib: ['es2023', 'esnext.disposable'],
        types: ['node'],
        // Vitest's types, and what they need, are the same for both, and take longest.
        skipLibCheck: module !== 'nodenext',
        skipDefaultLibCheck: true,
      }),
    ).toEqual([]);
  });

  it.each(MODULES)('needs no package of types for module %s with the resolution %s', (module, resolution) => {
    alone.write('use.ts', ALONE);
    const options = { module, moduleResolution: resolution, target: 'es2022', strict: true, noEmit: true };
    // Types of packages are checked, but not TypeScript's own.
    const checks = { skipLibCheck: false, skipDefaultLibCheck: true };
    const strictest = { ...options, exactOptionalPropertyTypes: true, ...checks };
    expect(compile(alone.folder, 'use.ts', strictest)).toEqual([]);
  });

  it('has no source maps without sources, and no compiler files', () => {
    expect(alone.files.filter((path) => /\.map$|tsbuildinfo/.test(path))).toEqual([]);
    const mapped = alone.files.filter(
      (path) =>
        path.endsWith('.js') && alone.read(`node_modules/gatetape/${path}`).includes('sourceMappingURL'),
    );
    expect(mapped).toEqual([]);
  });

  it('has a program that runs', () => {
    expect(project.run(PROGRAM, 'opcodes', '--format', 'csv')).toContain('HELLO');
  });

  it('has no code but the bundle and the page', () => {
    const others = alone.files.filter((path) => path.endsWith('.js') && !/^dist\/(bundle|page)\//.test(path));
    expect(others).toEqual([]);
  });

  it('says in one line that SQLite is missing, and does without it what needs none', () => {
    const sqlite = alone.without('better-sqlite3');
    onTestFinished(() => sqlite[Symbol.dispose]());
    const tape = 'node_modules/gatetape/tapes/demo.tape.ndjson';
    expect(alone.run(PROGRAM, 'lint', '--tape', tape)).toContain('0 errors');
    expect(() => alone.run(PROGRAM, 'import', tape)).toThrow(/ended with 3:\ngatetape: better-sqlite3 .*\n$/);
  });
});
