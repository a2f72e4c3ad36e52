/** A new process whose predecessor ends at each step: it then starts as any recorder does. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import {
  PREDECESSOR_VARIABLE,
  type FromPredecessor,
  type FromSuccessor,
} from '../../../src/library/handover/messages.js';
import { MAIN } from '../../support/gatetape.js';
import { RawClient } from '../../support/raw-client.js';
import { scratchFile } from '../../support/scratch.js';
import { ScriptedGateway } from '../../support/scripted-gateway.js';

const ADDRESSES = { proxy: { host: '127.0.0.1', port: 0 }, metrics: null };

/** Answers of this process, until the message at which it ends. */
const ANSWERS: Partial<Record<FromSuccessor['type'], FromPredecessor>> = {
  hello: { type: 'begin', addresses: ADDRESSES },
  prepared: { type: 'made way', db: '/nowhere.sqlite', file: null },
};

it.each(['prepared', 'take'] as const)(
  'records by itself if the other one ends at the message %s',
  async (last) => {
    await using gateway = await ScriptedGateway.start({ guilds: 1 });
    const flags = [
      '--listen',
      '127.0.0.1:0',
      '--upstream',
      gateway.url,
      '--api',
      gateway.apiUrl,
      '--db',
      scratchFile(),
    ];
    const child = fork(MAIN, ['record', ...flags], {
      env: { PATH: process.env['PATH'], [PREDECESSOR_VARIABLE]: String(process.pid) },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const exited = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    child.on('message', (message: FromSuccessor) => {
      const answer = ANSWERS[message.type];
      if (message.type === last || answer === undefined) child.disconnect();
      else child.send(answer);
    });
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    const { gatewayUrl } = JSON.parse(line) as { gatewayUrl: string };
    const client = await RawClient.connect(gatewayUrl);
    await client.until(1);
    await client[Symbol.asyncDispose]();
    child.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
  },
);
