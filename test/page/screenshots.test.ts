/**
 * Screenshots for the documentation, written when they are asked for:
 *
 *   GATETAPE_SCREENSHOTS=docs/images npx vitest run test/page/screenshots.test.ts
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FramesAnswer } from '../../src/ui/answers.js';
import { hasBrowser, viewsForAll, type Viewing } from '../support/browser.js';
import { captureScript } from '../support/capture/script.js';
import { askData, servePages } from '../support/pages.js';

const FOLDER = process.env['GATETAPE_SCREENSHOTS'];

const NAMES = ['wren', 'gull', 'mara.keel', 'oskar_buoy', 'tomasz'];
const WORDS = ['!ping', 'Good morning', 'Is the ferry late again?', 'The lamp is lit', '1. e4, your move'];

/** Half an hour of a bot on two shards: talk, a reconnect with its resume, a session that is lost, calls, a gap. */
function listTraffic(): string {
  const lines: string[] = [];
  for (const shard of [1, 2])
    lines.push(
      `open ${shard} json zlib-stream`,
      `${shard} < HELLO {"heartbeat_interval":41250}`,
      `${shard} > IDENTIFY {"intents":33281}`,
      `${shard} < READY`,
    );
  let first = 2;
  for (let minute = 0; minute < 30; minute++) {
    for (let index = 0; index < 12; index++)
      lines.push(...listMoment(minute, index, index % 2 === 0 ? first : 1));
    for (const connection of [first, 1])
      lines.push(
        `${connection} > HEARTBEAT 7`,
        `+ ${20 + ((minute * 37 + connection * 11) % 60)}`,
        `${connection} < HEARTBEAT_ACK`,
      );
    if (minute === 11) {
      lines.push(
        `${first} < RECONNECT null`,
        `${first} > close 4200`,
        `end ${first} client`,
        '+ 900',
        'open 3 json',
      );
      lines.push('3 < HELLO {"heartbeat_interval":41250}', '3 > RESUME', '3 < RESUMED');
      first = 3;
    }
    if (minute === 18) lines.push(`gap ${first} < 20500`, '+ 4000');
    if (minute === 23) lines.push('1 > op99 {"a":1}', '1 < SOMETHING_NEW {"name":"new"}');
  }
  return [...lines, '1 < close 4009', 'end 1 gateway', `${first} > close 1000`, `end ${first} client`].join(
    '\n',
  );
}

function listMoment(minute: number, index: number, connection: number): readonly string[] {
  const seed = minute * 12 + index;
  const user = { id: `8035111022467${8912 + (seed % 5)}`, username: NAMES[seed % 5] };
  const channel = '"channel_id":"41771983423143937","guild_id":"41771983423143936"';
  const wave = 2 + Math.round(2 * Math.sin(minute / 4));
  const lines = [`+ ${3_000 + ((seed * 997) % 2_500)}`];
  for (let count = 0; count < wave; count++)
    lines.push(
      `${connection} < PRESENCE_UPDATE {"user":{"id":"${user.id}"},"status":"online","guild_id":"41771983423143936"}`,
    );
  if (seed % 2 === 0) lines.push(`${connection} < TYPING_START {"user_id":"${user.id}",${channel}}`);
  lines.push(
    `${connection} < MESSAGE_CREATE {"id":"12355236790${10_000 + seed}","content":"${WORDS[seed % 5]!}","author":${JSON.stringify(user)},${channel}}`,
  );
  if (seed % 9 === 0)
    lines.push(
      `${connection} < GUILD_MEMBER_UPDATE {"user":${JSON.stringify(user)},"guild_id":"41771983423143936"}`,
    );
  if (seed % 3 === 0) {
    const status = seed % 33 === 0 ? 429 : 200;
    lines.push(`call POST /v10/channels/41771983423143937/messages ${status} {"id":"${seed}"}`);
  }
  return lines;
}

type Shot = readonly [name: string, address: string, sign: string, viewing: Viewing];

const WIDE = { width: 1200, height: 760 };

const SHOTS: readonly Shot[] = [
  ['overview-dark', '/', '[aria-label="Payload sizes"] .legend', { ...WIDE, colorScheme: 'dark' }],
  ['overview-light', '/', '[aria-label="Payload sizes"] .legend', { ...WIDE, colorScheme: 'light' }],
  ['frames-dark', '/frames/MESSAGE', '.message', { ...WIDE, colorScheme: 'dark' }],
  ['frames-light', '/frames/MESSAGE', '.message', { ...WIDE, colorScheme: 'light' }],
  ['frames-narrow', '/frames', '.frame-row', { width: 400, height: 760, colorScheme: 'dark' }],
  ['sessions-dark', '/sessions/1', '.step', { ...WIDE, colorScheme: 'dark' }],
  ['sessions-light', '/sessions/1', '.step', { ...WIDE, colorScheme: 'light' }],
  ['rest-dark', '/rest', '.legend', { ...WIDE, colorScheme: 'dark' }],
  ['rest-light', '/rest', '.legend', { ...WIDE, colorScheme: 'light' }],
  ['findings-light', '/findings', '[data-step]', { ...WIDE, colorScheme: 'light' }],
  ['findings-dark', '/findings', '[data-step]', { ...WIDE, colorScheme: 'dark' }],
  ['compare-dark', '/compare?left=1&right=2', '.figures', { ...WIDE, colorScheme: 'dark' }],
  ['compare-light', '/compare?left=1&right=2', '.figures', { ...WIDE, colorScheme: 'light' }],
];

describe.skipIf(FOLDER === undefined || !hasBrowser('screenshots'))('a screenshot', () => {
  const openView = viewsForAll();
  const traffic = captureScript(listTraffic());

  beforeAll(() => void mkdirSync(FOLDER!, { recursive: true }));

  it.each(SHOTS)('of %s', async (name, address, sign, viewing) => {
    const page = await servePages(traffic.database());
    const { frames } = await askData<FramesAnswer>(page, '/frames?f=event:MESSAGE_CREATE&part=0.4');
    const place = address.replace('MESSAGE', String(frames[0]?.id));
    const { view, misdeeds } = await openView(page, place, viewing);
    await view.locator(sign).first().waitFor();
    await expect.poll(() => view.locator('.waiting, .note', { hasText: /\u2026/ }).count()).toBe(0);
    await view.screenshot({ path: join(FOLDER!, `${name}.png`), animations: 'disabled' });
    expect(misdeeds).toEqual([]);
  });
});
