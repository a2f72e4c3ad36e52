/** What a recording looks like as a sequence: words of the steps in the life of a session, and what is folded. */
import { describe, expect, it } from 'vitest';
import { describeAnswer, describeStep } from '../../src/flow/describe.js';
import { FlowFolder } from '../../src/flow/folder.js';
import type { Flow } from '../../src/library/flow.js';
import { drawPlaybook } from '../support/flows.js';
import { READY_LINES } from '../support/lint-playbook.js';

/** Steps as `FROM > TO WORDS`, answers behind ` = `. */
const tell = (flow: Flow): readonly string[] =>
  flow.steps.map((step) => {
    const answer = describeAnswer(step);
    const sides = step.type === 'message' ? `${step.from} > ${step.to}` : step.type;
    return `${sides}: ${describeStep(step, flow)}${answer === null ? '' : ` = ${answer}`}`;
  });

describe('a flow', () => {
  it('describes how a session begins, breaks, resumes and ends', async () => {
    const flow = await drawPlaybook([
      ...READY_LINES,
      '1 < message_create 2',
      '1.5 < reconnect',
      '1.6 > close 4200',
      '1.7 end client 4200 told to',
      '2 #2 open',
      '2.1 #2 < hello 41250',
      '2.2 #2 > resume {"seq":2}',
      '2.3 #2 < message_create 3',
      '2.4 #2 < resumed 4',
      '3 #2 < invalid true',
      '3.5 #2 < invalid false',
      '4 #2 end gateway 4014',
    ]);
    expect(tell(flow)).toEqual([
      'client > gateway: #1 connects: v10, json, session 1',
      'gateway > client: #1 HELLO: heartbeat every 41.3 s',
      'client > gateway: #1 IDENTIFY: test, GUILDS',
      'gateway > client: #1 READY: session 1, 0 guilds',
      'gateway > client: #1 MESSAGE_CREATE',
      'gateway > client: #1 RECONNECT: the client is to open a new connection, and RESUME',
      'client > gateway: #1 closes with 4200 (“told to”)',
      'client > gateway: #2 connects: v10, json, session 1',
      'gateway > client: #2 HELLO: heartbeat every 41.3 s',
      'client > gateway: #2 RESUME: after event 2',
      'gateway > client: #2 MESSAGE_CREATE',
      'gateway > client: #2 RESUMED: 1 event replayed',
      'gateway > client: #2 INVALID_SESSION: the client may RESUME',
      'gateway > client: #2 INVALID_SESSION: the session is over',
      'gateway > client: #2 closes with 4014 DISALLOWED_INTENTS: The intents hold a privileged one that is not enabled for the bot',
    ]);
    expect(flow.steps.at(-1)?.tone).toBe('bad');
  });

  it('folds runs of equal messages, and counts heartbeats', async () => {
    const beats = [10, 20, 30].flatMap((second) => [`${second} > beat 3`, `${second}.05 < ack`]);
    const presences = [11, 12, 21, 22].map((second) => `${second} < presence_update ${second}`);
    const lines = [...beats, ...presences].sort((one, other) => parseFloat(one) - parseFloat(other));
    const recorded = [...READY_LINES, ...lines, '40 end client 1000'];
    expect(tell(await drawPlaybook(recorded)).slice(-3)).toEqual([
      'gateway > client: 4 × PRESENCE_UPDATE, 11 s',
      'note: 3 heartbeats, 3 acknowledged',
      'client > gateway: closes with 1000 NORMAL_CLOSURE: The connection has done its work; sent by a client, it destroys the session',
    ]);
    const isBeat = (line: string): boolean => line.endsWith('HEARTBEAT') || line.endsWith('HEARTBEAT_ACK');
    expect(tell(await drawPlaybook(recorded, {}, { heartbeats: true })).filter(isBeat)).toHaveLength(6);
  });

  it.each([
    ['op:HEARTBEAT', 3],
    ['op:1,11', 6],
    ['-op:HEARTBEAT_ACK', 0],
    ['-op:HEARTBEAT,HEARTBEAT_ACK', 0],
  ])('draws heartbeats if a filter names them: %s', async (filter, count) => {
    const beats = [10, 20, 30].flatMap((second) => [`${second} > beat 3`, `${second}.05 < ack`]);
    const flow = await drawPlaybook([...READY_LINES, ...beats], { filter });
    const drawn = flow.steps.filter(({ label }) => /^HEARTBEAT(?:_ACK)?$/.test(label));
    expect(drawn.reduce((sum, step) => sum + step.count, 0)).toBe(count);
  });

  it('draws gaps, REST calls with their answers, and ends without words', async () => {
    const flow = await drawPlaybook([
      ...READY_LINES,
      '1 call POST /channels/1/messages 200 {} {}',
      '2 call POST /channels/2/messages 200 {} {}',
      '3 call GET /gateway/bot 429 {} {}',
      '4 gap',
      '5 < op 99',
      '6 < broken not_json text',
      '7 end gateway',
      '9 #2 open',
      '10 #2 end proxy 1000',
    ]);
    expect(tell(flow).slice(4)).toEqual([
      'client > API: 2 × POST /channels/:id/messages = 200 each, over 1 s',
      'client > API: GET /gateway/bot = 429 after 1 ms',
      'gap: #1 gap: 1 B from the gateway not recorded',
      'gateway > client: #1 opcode 99',
      'gateway > client: #1 not decoded: not_json',
      'gateway > client: #1 ends the connection without a close frame',
      'client > gateway: #2 connects: v10, json',
      'note: #2 gatetape ended the connection',
    ]);
    expect(flow).toMatchObject({ frames: 5, calls: 3 });
  });

  it('counts upgrades that failed alike, and leaves out what opened before', () => {
    const folder = new FlowFolder({ steps: 10, areBeatsDrawn: false, hasDates: true });
    const opened = {
      captureId: 1,
      sessionId: null,
      shard: null,
      openedAtUs: 0,
      closedAtUs: 0,
      transport: null,
    };
    folder.opened({ ...opened, id: 1, upgradeStatus: 502, repeats: 3, isFromBefore: false });
    folder.opened({ ...opened, id: 2, upgradeStatus: 502, repeats: 0, isFromBefore: false });
    folder.opened({ ...opened, id: 3, upgradeStatus: 101, repeats: 0, isFromBefore: true });
    expect(tell(folder.finish())).toEqual(['client > gateway: 5 × connects = 502: no WebSocket']);
  });

  it('takes payloads of any shape', async () => {
    const flow = await drawPlaybook([
      '0 open',
      '0.1 < hello "soon"',
      '0.2 > identify {"properties":[],"intents":"all","shard":{"a":1}}',
      '0.3 < ready {"guilds":7}',
      '0.4 > resume {"seq":null}',
      '0.5 < invalid {"deep":[[[]]]}',
    ]);
    expect(tell(flow).slice(1)).toEqual([
      'gateway > client: HELLO',
      'client > gateway: IDENTIFY',
      'gateway > client: READY: session 1',
      'client > gateway: RESUME',
      'gateway > client: INVALID_SESSION: the session is over',
    ]);
  });
});
