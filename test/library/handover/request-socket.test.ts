/** The socket at which a recorder is asked to hand over: requests, answers, and who can use it. */
import { chownSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreError } from '../../../src/errors.js';
import {
  askForHandover,
  openRequestSocket,
  type PerformHandover,
} from '../../../src/library/handover/request-socket.js';
import { scratchFile } from '../../support/scratch.js';

const COMMAND = { words: ['node', 'main.js', 'record'], cwd: '/', env: { GATETAPE_DB: 'a' } };

async function open(
  db: string,
  perform: PerformHandover,
): Promise<{ readonly log: string[]; readonly isOpen: boolean }> {
  const log: string[] = [];
  const requests = await openRequestSocket(db, perform, (level, line, event) =>
    log.push(`${level} ${event}: ${line}`),
  );
  onTestFinished(() => requests?.close());
  return { log, isOpen: requests !== null };
}

describe('requests beside a database', () => {
  it('passes a command line on, and the answer back; only its owner may use it', async () => {
    const db = scratchFile();
    const asked: unknown[] = [];
    // Left by a process that was killed.
    writeFileSync(`${db}-handover`, '');
    expect(await askForHandover(db, COMMAND)).toBeNull();
    await open(db, (command) => {
      asked.push(command);
      return Promise.resolve('{"event":"listening"}');
    });
    expect(statSync(`${db}-handover`).mode & 0o777).toBe(0o600);
    expect(await askForHandover(db, COMMAND)).toBe('{"event":"listening"}');
    expect(asked).toEqual([COMMAND]);
  });

  it('gives the error of the new recorder, in its class', async () => {
    const db = scratchFile();
    await open(db, () => Promise.reject(new StoreError('the disk is full', 'make room')));
    const answer = askForHandover(db, COMMAND);
    await expect(answer).rejects.toBeInstanceOf(StoreError);
    await expect(answer).rejects.toMatchObject({ message: 'the disk is full', hint: 'make room' });
  });

  it.each([
    '[]',
    '{"words":[1],"cwd":"/","env":{}}',
    '{"words":["a"],"cwd":"/","env":{"A":1}}',
    'nonsense',
    '{"words":[]}',
  ])('starts nothing for %s', async (request) => {
    const db = scratchFile();
    let isAsked = false;
    await open(db, () => {
      isAsked = true;
      return Promise.resolve('');
    });
    const socket = connect(`${db}-handover`).setEncoding('utf8');
    socket.write(`${request}\n`);
    const [answer] = (await once(socket, 'data')) as [string];
    expect(JSON.parse(answer)).toHaveProperty('failure');
    expect(isAsked).toBe(false);
  });

  it('closes to one that says too much, and leaves nothing behind', async () => {
    const db = scratchFile();
    const requests = await openRequestSocket(
      db,
      () => Promise.resolve(''),
      () => undefined,
    );
    const socket = connect(`${db}-handover`);
    socket.on('error', () => undefined);
    socket.write('x'.repeat(300_000));
    await new Promise((resolve) => socket.once('close', resolve));
    requests?.close();
    expect(existsSync(`${db}-handover`)).toBe(false);
    expect(await askForHandover(db, COMMAND)).toBeNull();
  });

  it.skipIf(process.getuid?.() !== 0)('is not asked if another user has made it (needs root)', async () => {
    const db = scratchFile();
    let isAsked = false;
    await open(db, () => {
      isAsked = true;
      return Promise.resolve('');
    });
    chownSync(`${db}-handover`, 1, 1);
    await expect(askForHandover(db, COMMAND)).rejects.toThrow('belongs to another user');
    expect(isAsked).toBe(false);
  });

  it('says where there can be none', async () => {
    const { log, isOpen } = await open(`/tmp/${'long/'.repeat(30)}capture.sqlite`, () => Promise.resolve(''));
    expect(isOpen).toBe(false);
    expect(log).toEqual([expect.stringMatching(/^warn handover_unavailable: .+ send SIGUSR2 to hand over$/)]);
  });
});
