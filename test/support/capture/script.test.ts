import { describe, expect, it } from 'vitest';
import { openReader } from '../../../src/store/reader.js';
import { parseTape } from '../../../src/replay/tape/tape.js';
import { inShort } from '../capture-playbook.js';
import { captureScript } from './script.js';

const SESSION = (transport: string): string => `
  open 1 ${transport}
  1 < HELLO
  1 > IDENTIFY {"intents":1}
  1 < READY
  + 500
  1 < MESSAGE_CREATE {"content":"hi"}
  1 > HEARTBEAT
  1 < HEARTBEAT_ACK
  1 < RECONNECT
  1 > close 4000
  end 1
  open 2 ${transport}
  2 < HELLO
  2 > RESUME {"seq":2}
  2 < RESUMED
  2 < op99 [1]
  gap 2 < 12
  call GET /v10/users/@me 200 {"id":"42"}
  end 2 gateway`;

describe('a scripted capture', () => {
  it.each(['', 'zlib-stream', 'etf', 'etf zlib-stream', 'zstd-stream'])(
    'is recorded by %s as it says',
    (transport) => {
      const records = captureScript(SESSION(transport)).records().map(inShort);
      const lines = records.map((line) => line.replace(/ \d+b| (?:text|binary)|\/\?\S*/g, ''));
      expect(lines).toEqual([
        'open 1 ',
        '#1 gateway op 10',
        '#2 client op 2 in 1',
        'attach 1 on 1',
        'facts 1',
        '#3 gateway op 0 READY in 1',
        'facts 1',
        '#4 gateway op 0 MESSAGE_CREATE in 1',
        '#5 client op 1 in 1',
        '#6 gateway op 11 in 1',
        'heartbeat acked',
        '#7 gateway op 7 in 1',
        '#8 client close control in 1',
        'close 1 4000 "" by client verbatim null',
        'open 2 ',
        '#1 gateway op 10',
        '#2 client op 6 in 1',
        'resume 1 on 2',
        '#3 gateway op 0 RESUMED in 1',
        '#4 gateway op 99 in 1',
        'note unknown_opcode',
        'gap gateway 12',
        'exchange GET /v10/users/@me 200 null',
        'close 2 null null by gateway verbatim null',
      ]);
    },
  );

  it('is a database, a recording and a tape', () => {
    const capture = captureScript(SESSION(''));
    using reader = openReader(capture.database());
    expect([...reader.frames({ session: 1 })].length).toBeGreaterThan(8);
    expect([...reader.exchanges()].map(({ responseBody }) => responseBody)).toEqual(['{"id":"42"}']);
    const { steps } = capture.recording();
    expect(parseTape(capture.tape()).steps.length).toBe(steps.length);
    expect(steps.map(({ atUs }) => atUs).slice(0, 4)).toEqual([0, 1000, 2000, 503_000]);
  });

  it('refuses text that is not a line', () => {
    expect(() => captureScript('1 < HELLO')).toThrow('1 < HELLO');
  });
});
