/** A recorder whose successor fails at each step, as a process that says what a successor says and then ends. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Recorder } from '../../../src/index.js';
import { RawClient } from '../../support/raw-client.js';
import { recordGateway } from '../../support/recorders.js';
import { scratchFile } from '../../support/scratch.js';
import { ScriptedGateway } from '../../support/scripted-gateway.js';
import { expectConsistent, rowsOf } from '../../support/stores.js';

/** A program that says the first messages of a successor, one after each answer, runs `last`, and ends. */
const successor = (messages: readonly object[], last = ''): readonly string[] => [
  process.execPath,
  '--input-type=module',
  '-e',
  `import { writeFileSync } from 'node:fs';
   const messages = ${JSON.stringify(messages)};
   process.on('message', next);
   next();
   function next() {
     if (messages.length > 0) process.send(messages.shift());
     else { ${last}; process.exit(9); }
   }`,
];

async function startBesideGateway(): Promise<{ recorder: Recorder; gateway: ScriptedGateway; db: string }> {
  const db = scratchFile();
  const gateway = await ScriptedGateway.start({ guilds: 1 });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  const recorder = await recordGateway(gateway, db);
  onTestFinished(async () => {
    await recorder.close();
  });
  return { recorder, gateway, db };
}

describe('a successor', () => {
  const hello = { type: 'hello' };
  const prepared = (db: string): object => ({ type: 'prepared', db, drainMs: null });
  const take = { type: 'take', name: 'proxy' };

  it('that ends at any step before it accepts clients leaves the recorder as it was', async () => {
    const { recorder, gateway, db } = await startBesideGateway();
    const client = await RawClient.connect(recorder.gatewayUrl);
    onTestFinished(() => client[Symbol.asyncDispose]());
    await client.until(1);
    const begun = `writeFileSync(${JSON.stringify(db)}, 'begun')`;
    const attempts = [
      successor([]),
      successor([hello, prepared(db)], begun),
      successor([hello, prepared(db), take]),
      successor([hello, prepared('/another.sqlite'), take]),
    ];
    for (const words of attempts) {
      const handedOver = recorder.handOver({ words, cwd: dirname(db), env: {} });
      await expect(handedOver).rejects.toThrow('the new recorder has ended (exit code 9)');
    }
    // None of them has affected the recorder's clients.
    expect(client.socket.destroyed).toBe(false);
    const after = await RawClient.connect(recorder.gatewayUrl);
    await after.until(1);
    await after[Symbol.asyncDispose]();
    client.send(0x81, JSON.stringify({ op: 1, d: gateway.lastSeq }));
    await client.until(2);
    const summary = await recorder.close();
    expect(summary).toMatchObject({ connections: 2, gaps: 0, unrecordedBytes: 0 });
    expect(readdirSync(dirname(db)).sort()).toEqual(['capture.sqlite', 'capture.sqlite.set-aside-1']);
    expectConsistent(db);
    expect(rowsOf(db, 'SELECT count(*) AS frames FROM frame')).toEqual([{ frames: summary.frames }]);
    expect(rowsOf(db, 'SELECT count(*) AS captures FROM capture WHERE ended_at_us NOTNULL')).toEqual([
      { captures: 1 },
    ]);
  });

  it('says why it cannot start, in an error of its class', async () => {
    const { recorder, db } = await startBesideGateway();
    const failure = { kind: 'network', message: 'cannot listen', hint: 'choose another', stack: '' };
    const words = successor([hello], `process.send(${JSON.stringify({ type: 'failed', failure })})`);
    await expect(recorder.handOver({ words, cwd: dirname(db), env: {} })).rejects.toMatchObject({
      name: 'NetworkError',
      message: 'cannot listen',
      hint: 'choose another',
    });
    const missing = { words: ['/no/such/program'], cwd: dirname(db), env: {} };
    await expect(recorder.handOver(missing)).rejects.toThrow('the new recorder cannot be started: ');
    expect(existsSync(db)).toBe(true);
  });
});
