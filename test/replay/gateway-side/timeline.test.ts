import { describe, expect, it } from 'vitest';
import type { Recording } from '../../../src/replay/recording.js';
import { makeTimeline } from '../../../src/replay/gateway-side/timeline.js';
import {
  ACK,
  dispatch,
  HELLO,
  IDENTIFY,
  readySession,
  ready,
  RECONNECT,
  recording,
  resume,
  step,
} from '../../support/capture/steps.js';

/** Cues as short words: `send READY 1`, `opening resume awaited`, `close 4000`. */
function cuesOf(given: Recording): string[] {
  return makeTimeline(given).cues.map((cue) => {
    switch (cue.type) {
      case 'opening':
        return `opening ${cue.by}${cue.isAwaited ? ' awaited' : ''}`;
      case 'send':
        return `send ${cue.event ?? 'other'}${cue.seq === null ? '' : ` ${cue.seq}`}${cue.request === null ? '' : ` for ${cue.request}`}`;
      case 'client':
        return `client ${cue.op} #${cue.ordinal}`;
      case 'resumed':
        return `resumed ${cue.seq}`;
      case 'interrupt':
        return `interrupt ${cue.op}${cue.isResumable ? '' : ' for good'}${cue.isGreeting ? ' as greeting' : ''}`;
      case 'close':
        return `close ${cue.code}`;
    }
  });
}

describe('a timeline', () => {
  it('holds dispatches in order, without HELLO, heartbeats and their acknowledgements', () => {
    const given = readySession(
      step(30, 1, 'client', '{"op":1,"d":1}'),
      step(31, 1, 'gateway', ACK),
      step(32, 1, 'gateway', '{"op":1,"d":null,"s":null,"t":null}'),
      step(33, 1, 'client', '{"op":40,"d":{}}'),
      dispatch(40, 2, 'A'),
      step(50, 1, 'gateway', '{"op":77,"d":null,"s":null,"t":null}'),
    );
    expect(cuesOf(given)).toEqual(['opening identify awaited', 'send READY 1', 'send A 2', 'send other']);
  });

  it('takes the heartbeat interval from HELLO', () => {
    const hello = (ms: unknown): Recording =>
      recording(step(0, 1, 'gateway', JSON.stringify({ op: 10, d: { heartbeat_interval: ms } })));
    expect(makeTimeline(hello(123)).heartbeatIntervalMs).toBe(123);
    for (const odd of [0, -1, '5', null, 1.5])
      expect(makeTimeline(hello(odd)).heartbeatIntervalMs).toBe(41_250);
  });

  it('has dispatches once that a RESUME made the gateway send again', () => {
    const given = readySession(
      dispatch(40, 2, 'A'),
      dispatch(41, 3, 'B'),
      { type: 'close', connection: 1, atUs: 50, sender: 'gateway', code: 4000, reason: '' },
      step(60, 2, 'gateway', HELLO),
      resume(61, 2, 1),
      dispatch(62, 2, 'A', {}, 2),
      dispatch(63, 3, 'B', {}, 2),
      dispatch(64, 4, 'NEW', {}, 2),
      dispatch(65, 5, 'RESUMED', {}, 2),
    );
    expect(cuesOf(given).slice(2)).toEqual([
      'send A 2',
      'send B 3',
      'close 4000',
      'opening resume awaited',
      'send NEW 4',
      'resumed 5',
    ]);
  });

  it('distinguishes ends by the gateway from ends by the client', () => {
    const given = readySession(
      { type: 'close', connection: 1, atUs: 50, sender: 'client', code: null, reason: '' },
      resume(61, 2, 1),
      dispatch(65, 2, 'RESUMED', {}, 2),
      step(70, 2, 'gateway', RECONNECT),
      step(80, 3, 'gateway', RECONNECT),
      resume(90, 4, 1),
      step(95, 4, 'gateway', '{"op":9,"d":false,"s":null,"t":null}'),
      step(99, 4, 'client', IDENTIFY),
      ready(100),
    );
    expect(cuesOf(given).slice(2)).toEqual([
      'opening resume',
      'resumed 2',
      'interrupt 7',
      'interrupt 7 as greeting',
      'opening resume awaited',
      'interrupt 9 for good',
      'opening identify awaited',
      'send READY 1',
    ]);
  });

  it('counts what the client says by opcode since IDENTIFY, and knows what answers it', () => {
    const given = readySession(
      step(30, 1, 'client', '{"op":3,"d":{}}'),
      step(31, 1, 'client', '{"op":31,"d":{"guild_ids":["5"]}}'),
      step(32, 1, 'client', '{"op":3,"d":{}}'),
      dispatch(33, 2, 'SOUNDBOARD_SOUNDS', { guild_id: '5' }),
      dispatch(34, 3, 'SOUNDBOARD_SOUNDS', { guild_id: '6' }),
    );
    expect(cuesOf(given).slice(2)).toEqual([
      'client 3 #1',
      'client 31 #1',
      'client 3 #2',
      'send SOUNDBOARD_SOUNDS 2 for 0',
      'send SOUNDBOARD_SOUNDS 3',
    ]);
  });

  it('that begins within a session gets a READY, and needs no RESUMED', () => {
    const given = recording(
      step(0, 1, 'gateway', HELLO),
      resume(10, 1, 41),
      dispatch(20, 42, 'A'),
      dispatch(30, 43, 'RESUMED'),
      dispatch(40, 44, 'B'),
    );
    expect(cuesOf(given)).toEqual(['opening identify awaited', 'send READY 41', 'send A 42', 'send B 44']);
  });

  it.each([
    ['nothing at all', recording(), ['opening identify awaited', 'send READY 1']],
    [
      'an IDENTIFY without an answer',
      recording(step(0, 1, 'client', IDENTIFY)),
      ['opening identify awaited', 'send READY 1'],
    ],
    [
      'an IDENTIFY that was refused',
      recording(step(0, 1, 'client', IDENTIFY), {
        type: 'close',
        connection: 1,
        atUs: 5,
        sender: 'gateway',
        code: 4004,
        reason: '',
      }),
      ['opening identify awaited', 'close 4004'],
    ],
    [
      'only the gateway',
      recording(ready(0), dispatch(1, 2, 'A')),
      ['opening identify awaited', 'send READY 1', 'send A 2'],
    ],
  ])('of %s is served as well as can be', (_, given, cues) => {
    expect(cuesOf(given)).toEqual(cues);
  });
});
