import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SendCue } from '../../../src/replay/gateway-side/timeline.js';
import { Transcript } from '../../../src/replay/gateway-side/transcript.js';

const facts = { sessionId: 'live', resumeUrl: 'ws://mock', shard: null };
const cue = (seq: number | null, event: string | null = 'A', request: number | null = null): SendCue => ({
  type: 'send',
  atUs: 0,
  text: JSON.stringify({ t: event, s: seq, op: 0, d: { nonce: 'recorded' } }),
  seq,
  event,
  request,
});
const seqOf = ({ text }: { text: string }): unknown => (JSON.parse(text) as { s: unknown }).s;

describe('a transcript', () => {
  it('keeps recorded numbers while the order is kept, gaps too', () => {
    const transcript = new Transcript(facts);
    expect([1, 2, 5].map((seq) => seqOf(transcript.send(cue(seq))))).toEqual([1, 2, 5]);
    expect(transcript.lastSeq).toBe(5);
  });

  it('deals out numbers from the first skip on', () => {
    const transcript = new Transcript(facts);
    transcript.send(cue(1));
    transcript.skip(cue(2));
    expect([3, 4, 2].map((seq) => seqOf(transcript.send(cue(seq))))).toEqual([2, 3, 4]);
  });

  it('leaves payloads without a number unchanged', () => {
    const transcript = new Transcript(facts);
    transcript.skip(cue(null, null));
    expect(seqOf(transcript.send(cue(7)))).toBe(7);
    expect(transcript.send(cue(null, null)).text).toBe(cue(null, null).text);
    expect(transcript.since(0)).toHaveLength(1);
  });

  it('brings again what was sent after a number, as it was sent', () => {
    const transcript = new Transcript(facts);
    const sent = [cue(1, 'READY'), cue(2), cue(3, 'CHUNK', 0)];
    transcript.setNonce(0, 'live');
    const texts = sent.map((each) => transcript.send(each).text);
    expect(transcript.since(1).map(({ text }) => text)).toEqual(texts.slice(1));
    expect(transcript.since(0).map(({ text }) => text)).toEqual(texts);
    expect(transcript.since(3)).toEqual([]);
    expect(texts[0]).toContain('"session_id":"live"');
    expect(texts[2]).toContain('"nonce":"live"');
  });

  it('counts RESUMED, but never brings it again', () => {
    const transcript = new Transcript(facts);
    transcript.send(cue(1));
    expect(transcript.sendResumed('{"t":"RESUMED","s":2,"op":0,"d":{}}', 2)).toEqual({
      text: '{"t":"RESUMED","s":2,"op":0,"d":{}}',
      event: 'RESUMED',
      seq: 2,
    });
    expect(transcript.lastSeq).toBe(2);
    expect(seqOf(transcript.sendResumed('{"t":"RESUMED","s":99,"op":0,"d":{}}', null))).toBe(2);
    expect(transcript.since(0)).toHaveLength(1);
  });

  it('gives the number of a RESUMED that was not read to what was sent behind it', () => {
    const kinds = fc.array(fc.constantFrom('A', 'RESUMED'), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(kinds, fc.nat(30), (events, read) => {
        const transcript = new Transcript(facts);
        const sent = events.map((event, index) =>
          event === 'A'
            ? transcript.send(cue(index + 1))
            : transcript.sendResumed(`{"t":"RESUMED","s":${index + 1},"op":0,"d":{}}`, index + 1),
        );
        const seq = Math.min(read, events.length);
        transcript.dropResumed(seq);
        const again = transcript.since(seq);
        const unread = sent.slice(seq).filter(({ event }) => event === 'A');
        expect(again.map(seqOf)).toEqual(unread.map((_, index) => seq + 1 + index));
        expect(transcript.lastSeq).toBe(seq + unread.length);
        expect(seqOf(transcript.send(cue(events.length + 1)))).toBe(seq + unread.length + 1);
      }),
    );
  });
});
