/** `why`: the stories of connections, as text and JSON. */
import { expect, it } from 'vitest';
import { runHere } from '../support/command-line.js';
import { READY_LINES, storePlaybook } from '../support/lint-playbook.js';

const LINES = [
  ...READY_LINES,
  '1 < message_create 2',
  '2 < reconnect',
  '2.5 > close 4200',
  '2.6 end client 4200 see you',
  '4 #2 open {"path":"/r/a?v=10"}',
  '4.1 #2 < hello',
  '4.2 #2 > resume {"seq":2}',
  '4.25 #2 < message_create 3',
  '4.3 #2 < resumed 4',
  '5 #2 < close 4002',
  '5.1 #2 end gateway 4002',
];

it('describes each connection in a few lines', async () => {
  const { stdout, exitCode } = await runHere(['why', '--db', storePlaybook(LINES)]);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'connection 1 (session 1), opened 2027-01-15 08:00:00.000',
    '  asked for IDENTIFY on /?v=10&encoding=json (frame 2): READY after 300 ms',
    '  the gateway sent op 7 (RECONNECT) at 2027-01-15 08:00:02.000 (frame 5)',
    "  client's last:  op 2 (IDENTIFY) (2), close 4200 (6)",
    "  gateway's last: READY (3), MESSAGE_CREATE (4), op 7 (RECONNECT) (5)",
    '  ended 2027-01-15 08:00:02.600, after 2.6 s: the client closed with 4200, which keeps the session; reason: see you',
    '',
    'connection 2 (session 1), opened 2027-01-15 08:00:04.000',
    '  asked for RESUME at 2 on /r/a?v=10, 1.6 s after the connection before (frame 8): RESUMED after 100 ms, 1 event replayed',
    "  client's last:  op 6 (RESUME) (8)",
    "  gateway's last: MESSAGE_CREATE (9), RESUMED (10), close 4002 (11)",
    '  ended 2027-01-15 08:00:05.100, after 1.1 s: the gateway closed with 4002 (DECODE_ERROR): The client sent a payload that could not be decoded, or one over the size limit.',
    '  error cl-server-blames: the gateway closed with 4002 (DECODE_ERROR); before it the client had sent op 6 (RESUME) in frame 8',
    '',
    '',
  ]);
});

it('describes one connection or session as JSON', async () => {
  const db = storePlaybook(LINES);
  const ask = async (...args: readonly string[]): Promise<readonly Record<string, unknown>[]> =>
    JSON.parse((await runHere(['why', '--db', db, '--format', 'json', ...args])).stdout) as Record<
      string,
      unknown
    >[];
  const [story] = await ask('--connection', '2');
  expect(Object.keys(story ?? {})).toEqual([
    ...['connectionId', 'sessionId', 'openedAtUs', 'path', 'upstreamUrl', 'starts', 'orders', 'end'],
    ...['lastClientFrames', 'lastGatewayFrames', 'findings'],
  ]);
  expect(await ask('--session', '1')).toMatchObject([{ connectionId: 1 }, { connectionId: 2 }]);
  expect(await ask('--connection', '1')).toMatchObject([{ connectionId: 1 }]);
  const { stdout } = await runHere(['why', '--db', db, '--format', 'ndjson']);
  expect(stdout.trim().split('\n')).toHaveLength(2);
});

it('refuses a session and a connection at once', async () => {
  const args = ['why', '--db', storePlaybook(LINES), '--session', '1', '--connection', '1'];
  const { stderr, exitCode } = await runHere(args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('a session and a connection exclude each other');
});
