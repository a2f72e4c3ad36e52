/** The package as npm would publish it, in an empty project: from JavaScript, from TypeScript, and its program. */
import { afterAll, describe, expect, it } from 'vitest';
import { PackedProject } from '../support/packed-project.js';

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

const project = new PackedProject();
afterAll(() => project[Symbol.dispose]());

describe('the package', () => {
  it('works from JavaScript, and lets the process end', () => {
    project.write('use.mjs', SCRIPT);
    expect(project.run('use.mjs')).toBe('string string\n');
  });

  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('has types for module %s with the resolution %s', (module, moduleResolution) => {
    project.write('use.ts', CONSUMER);
    project.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          module,
          moduleResolution,
          target: 'es2023',
          lib: ['es2023', 'esnext.disposable'],
          types: ['node'],
          strict: true,
          noEmit: true,
        },
        files: ['use.ts'],
      }),
    );
    expect(project.run('node_modules/typescript/bin/tsc')).toBe('');
  });

  it('has a program that runs', () => {
    expect(project.run('node_modules/gatetape/dist/cli/main.js', 'opcodes', '--format', 'csv')).toContain(
      'HELLO',
    );
  });

  it('does without the optional addon', () => {
    const addon = project.without('zlib-sync');
    try {
      project.write('bare.mjs', SCRIPT);
      expect(project.run('bare.mjs')).toBe('string string\n');
    } finally {
      addon[Symbol.dispose]();
    }
  });
});
