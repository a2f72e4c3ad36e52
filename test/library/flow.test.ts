/** Flows of a database: which connections, REST calls and gaps belong to a selection. */
import { describe, expect, it } from 'vitest';
import { formatFlow, readFlow, type FlowOptions } from '../../src/library/flow.js';
import { LINT_EPOCH_US, READY_LINES, storePlaybook } from '../support/lint-playbook.js';
import { storeRecords } from '../support/stores.js';
import { scratchFile } from '../support/scratch.js';
import { TWO_SHARDS } from '../support/capture/samples.js';

const PLAYBOOK = [
  ...READY_LINES,
  '1 call GET /users/@me 200 {} {}',
  '2 < message_create 2',
  '3 end gateway 4000',
  '10 #2 open',
  '10.1 #2 < hello 41250',
  '10.2 #2 > identify',
  '10.5 #2 < ready',
  '11 call POST /channels/1/messages 200 {} {}',
  '12 #2 gap',
  '13 #2 < typing_start 2',
  '20 #2 end client 1000',
];

async function list(options: FlowOptions): Promise<readonly string[]> {
  const db = storePlaybook(PLAYBOOK);
  const { steps } = await readFlow({ db, ...options });
  return steps.map(({ label }) => label.split(/[: ]/).slice(0, 2).join(' ').trim());
}

describe('a flow of a database', () => {
  it('is everything, in the order of time', async () => {
    expect(await list({})).toEqual(
      [
        ...['connects', 'HELLO', 'IDENTIFY', 'READY', 'GET /users/@me', 'MESSAGE_CREATE', 'closes with'],
        ...[
          'connects',
          'HELLO',
          'IDENTIFY',
          'READY',
          'POST /channels/',
          'gap',
          'TYPING_START',
          'closes with',
        ],
      ].map((label) => label.trim()),
    );
  });

  it.each([
    [{ session: 2 }, 'connects HELLO IDENTIFY READY POST gap TYPING_START closes'],
    [{ session: 'latest', rest: false }, 'connects HELLO IDENTIFY READY gap TYPING_START closes'],
    [{ filter: 'session:1' }, 'connects HELLO IDENTIFY READY GET MESSAGE_CREATE closes'],
    [{ connection: 2 }, 'connects HELLO IDENTIFY READY POST gap TYPING_START closes'],
    [{ filter: 'connection:2 event:READY' }, 'connects READY POST gap closes'],
    [{ sinceUs: LINT_EPOCH_US + 2_500_000, untilUs: LINT_EPOCH_US + 10_050_000 }, 'closes connects'],
  ] as readonly (readonly [FlowOptions, string])[])(
    'is of the place and time of %j',
    async (options, words) => {
      const labels = await list(options);
      expect(labels.map((label) => label.split(' ')[0]).join(' ')).toBe(words);
    },
  );

  it('is of one shard, with the connections of that shard', async () => {
    const db = storeRecords(TWO_SHARDS);
    const { steps } = await readFlow({ db, filter: 'shard:1' });
    expect(new Set(steps.map(({ connectionId }) => connectionId))).toEqual(new Set([2]));
  });

  it('is of each capture by itself, whatever the order of their times', async () => {
    const db = storePlaybook(PLAYBOOK);
    const { frames } = await readFlow({ db, steps: 5 });
    expect(frames).toBe(8);
  });

  it('refuses what is not there', async () => {
    await expect(readFlow({ db: storePlaybook(PLAYBOOK), session: 9 })).rejects.toThrow('no session 9');
    await expect(readFlow({ tape: scratchFile('none.ndjson') })).rejects.toThrow('none.ndjson');
    await expect(readFlow({ db: storePlaybook(PLAYBOOK), steps: 0 })).rejects.toThrow(
      '0 is no number of steps',
    );
  });
});

describe('a flow of a tape', () => {
  const tape = 'tapes/demo.tape.ndjson';

  it('has times from its first step, and obeys a filter', async () => {
    const flow = await readFlow({ tape, filter: 'event:MESSAGE_CREATE' });
    expect(flow.hasDates).toBe(false);
    expect(new Set(flow.steps.map(({ label }) => label))).toEqual(
      new Set(['connects: v10, json, zlib-stream, shard 0/1', 'connects: shard 0/1', 'MESSAGE_CREATE']),
    );
    await expect(readFlow({ tape, filter: 'session:1' })).rejects.toThrow('cannot be chosen by session');
  });

  it.each([
    ['text', 'AT  '],
    ['mermaid', 'sequenceDiagram'],
    ['svg', '<svg '],
  ] as const)('is written as %s', async (form, start) => {
    const [first = ''] = formatFlow(await readFlow({ tape }), form);
    expect(first.startsWith(start)).toBe(true);
  });
});
