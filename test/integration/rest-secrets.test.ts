/** No secret of a REST call reaches the disk: every file of the database is searched, while recording and after. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import type { Redaction } from '../../src/gateway/redact/redact.js';
import { startRecorder, type Recorder } from '../../src/library/record.js';
import { rowsOf } from '../support/stores.js';
import { scratchFile } from '../support/scratch.js';
import { until } from '../support/until.js';

const secret = (what: string): string => [what, 'c2VjcmV0', '0123456789abcdef'].join('-');
const SECRETS = {
  token: secret('bot'),
  cookie: secret('cookie'),
  properties: secret('super'),
  webhook: secret('webhook'),
  interaction: secret('interaction'),
  client: secret('client'),
  code: secret('code'),
  refresh: secret('refresh'),
  answered: secret('answered'),
  listed: secret('listed'),
  spelled: secret('spelled'),
};

/** Names of the secrets that are in any file of the database's folder. */
function leaksOf(db: string): string[] {
  const files = readdirSync(dirname(db)).map((name) => readFileSync(join(dirname(db), name)));
  return Object.entries(SECRETS).flatMap(([key, value]) =>
    files.some((bytes) => bytes.includes(value)) ? [key] : [],
  );
}

/** Records calls that have a secret in every place: the database, the recorder still at it. */
async function confess(redact: Redaction): Promise<{ readonly db: string; readonly recorder: Recorder }> {
  const server = createServer((request, response) => {
    request.resume();
    const body = JSON.stringify({
      access_token: SECRETS.answered,
      seen: request.url,
      hooks: [{ token: SECRETS.listed }],
    });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'set-cookie': `a=${SECRETS.cookie}`,
      location: `/webhooks/1/${SECRETS.webhook}`,
    });
    response.end(gzipSync(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const db = scratchFile();
  const recorder = await startRecorder({
    listen: '127.0.0.1:0',
    upstream: 'ws://127.0.0.1:1',
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    db,
    redact,
  });
  const headers = {
    authorization: `Bot ${SECRETS.token}`,
    cookie: `session=${SECRETS.cookie}`,
    'x-super-properties': SECRETS.properties,
    'user-agent': `agent ${SECRETS.token}`,
  };
  const call = async (path: string, body: string, type: string): Promise<void> => {
    const init = { method: 'POST', body, headers: { ...headers, 'content-type': type } };
    await (await fetch(`${recorder.apiUrl}/v10${path}`, init)).text();
  };
  await call(
    `/webhooks/1/${SECRETS.webhook}?wait=true`,
    `{"content":"${SECRETS.token}"}`,
    'application/json',
  );
  await call(
    `/interactions/2/${SECRETS.interaction}/callback`,
    `{"x":"${SECRETS.interaction}"`,
    'application/json',
  );
  const form = `code=${SECRETS.code}&client_secret=${SECRETS.client}&refresh_token=${SECRETS.refresh}`;
  await call('/oauth2/token', form, 'application/x-www-form-urlencoded');
  await call(`/x?token=${SECRETS.refresh}`, `say ${SECRETS.webhook} and ${SECRETS.code}`, 'text/plain');
  // As fetch would never spell it.
  const spelled = request(recorder.apiUrl, { path: `/api//%77ebhooks%2F1/x/..%2f${SECRETS.spelled}` }).end();
  const [answer] = (await once(spelled, 'response')) as [IncomingMessage];
  answer.resume();
  await until(() => rowsOf(db, 'SELECT id FROM exchange').length === 5);
  return { db, recorder };
}

it.each(['secrets', 'personal'] as const)(
  'secrets of REST calls are in no file (--redact %s)',
  async (redact) => {
    const { db, recorder } = await confess(redact);
    expect(leaksOf(db)).toEqual([]);
    await recorder.close();
    expect(leaksOf(db)).toEqual([]);
    const [row] = rowsOf(
      db,
      'SELECT path, token_alias, response FROM exchange_view JOIN exchange USING (id, path) LIMIT 1',
    );
    expect(row?.['path']).toMatch(/^\/v10\/webhooks\/1\/redacted:[0-9a-f]{16}\?wait=true$/);
    expect(row?.['token_alias']).toMatch(/^redacted:/);
    expect(row?.['response']).toContain('"access_token":"redacted:');
  },
);

it('the same search finds secrets with --redact none; cookies and client properties are never recorded', async () => {
  const { db, recorder } = await confess('none');
  await recorder.close();
  const neverKept = ['cookie', 'properties'];
  expect(leaksOf(db)).toEqual(Object.keys(SECRETS).filter((key) => !neverKept.includes(key)));
});
