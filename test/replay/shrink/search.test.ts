import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Recording } from '../../../src/replay/recording.js';
import { shrinkRecording } from '../../../src/replay/shrink/search.js';
import { parseTape } from '../../../src/replay/tape/tape.js';
import { dispatch, readySession, step } from '../../support/capture/steps.js';

const demo = parseTape(readFileSync(new URL('../../../tapes/demo.tape.ndjson', import.meta.url), 'utf8'));

function shrunk(recording: Recording, isFailing: (recording: Recording) => boolean): Recording {
  const search = shrinkRecording(recording);
  let next = search.next();
  while (next.done !== true) next = search.next(isFailing(next.value));
  return next.value;
}

const texts = ({ steps }: Recording): string[] =>
  steps.map((step) => (step.type === 'payload' ? step.text : 'close'));

describe('shrinkRecording', () => {
  it('leaves the one dispatch that matters, and the one field of it', () => {
    const least = shrunk(demo, (recording) =>
      texts(recording).some((text) => text.includes('"name":"tea rota"')),
    );
    expect(least.steps).toHaveLength(4);
    expect(texts(least)[3]).toBe('{"t":"THREAD_CREATE","s":2,"op":0,"d":{"name":"tea rota"}}');
    const ready = JSON.parse(texts(least)[2]!) as { d: object };
    const needed = ['v', 'user', 'shard', 'session_id', 'resume_gateway_url', 'guilds', 'application'];
    expect(Object.keys(ready.d)).toEqual(needed);
  });

  it('goes down into lists and objects', () => {
    const d = { a: [{ b: 1, c: [1, 2, 3] }, { b: 2 }], e: {} };
    const least = shrunk(readySession(dispatch(30, 2, 'A', d)), (recording) =>
      recording.steps.some((step) => step.type === 'payload' && /"c":\[[^\]]*2/.test(step.text)),
    );
    expect(texts(least)[3]).toBe('{"t":"A","s":2,"op":0,"d":{"a":[{"c":[2]}]}}');
  });

  it('returns a minimal recording unchanged', () => {
    const text = '{"op":0, "t":"A","s":2,"d":{"x":1.0}}';
    const given = readySession(step(30, 1, 'gateway', text));
    expect(texts(shrunk(given, (recording) => texts(recording).includes(text)))).toContain(text);
  });
});
