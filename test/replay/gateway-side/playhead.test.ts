import { describe, expect, it } from 'vitest';
import { Playhead } from '../../../src/replay/gateway-side/playhead.js';
import type { Cue } from '../../../src/replay/gateway-side/timeline.js';

const opening = (by: 'identify' | 'resume', isAwaited = false): Cue => ({
  type: 'opening',
  atUs: 0,
  by,
  isAwaited,
});
const send = (event: string): Cue => ({ type: 'send', atUs: 0, text: '', seq: 1, event, request: null });
const client = (op: number, ordinal: number): Cue => ({
  type: 'client',
  atUs: 0,
  op,
  ordinal,
  request: null,
});

describe('a playhead', () => {
  it('waits behind an interruption until the client comes back, and passes over what it missed', () => {
    const playhead = new Playhead(
      [opening('identify'), send('A'), opening('resume', true), send('B')],
      0,
      false,
    );
    playhead.interrupt(true);
    expect(playhead.isResumable).toBe(true);
    playhead.advance();
    expect(playhead.isWaiting).toBe(true);
    expect(playhead.passOpening()).toEqual({ missed: [], to: opening('resume', true) });
    expect(playhead.cue).toEqual(send('B'));
    expect(playhead.passOpening()).toBeNull();
  });

  it('gives what was passed over, and says when only a new session goes on', () => {
    const playhead = new Playhead([opening('identify'), send('A'), opening('identify', true)], 0, false);
    expect(playhead.awaitedIdentify).toBeNull();
    playhead.interrupt(false);
    expect(playhead.isResumable).toBe(false);
    expect(playhead.awaitedIdentify).toBe(2);
    expect(playhead.passOpening()?.missed).toEqual([send('A')]);
  });

  it('in lockstep waits for as many payloads of the client as were recorded', () => {
    const playhead = new Playhead([opening('identify'), client(3, 2), send('A')], 0, true);
    expect(playhead.isWaiting).toBe(true);
    expect([playhead.hear(3), playhead.hear(8), playhead.hear(3)]).toEqual([false, false, true]);
    expect(playhead.isWaiting).toBe(false);
    expect(new Playhead([opening('identify'), client(3, 2)], 0, false).isWaiting).toBe(false);
  });

  it('is at its end behind the last cue', () => {
    const playhead = new Playhead([opening('identify'), send('A')], 0, false);
    playhead.advance();
    expect([playhead.cue, playhead.isWaiting]).toEqual([undefined, false]);
  });
});
