import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT_RULES, compareRecordings } from '../../../src/replay/compare/compare.js';
import type { Diff } from '../../../src/replay/compare/payload-diff.js';
import { Mask, VOLATILE_RULES } from '../../../src/replay/compare/mask.js';
import type { Recording } from '../../../src/replay/recording.js';
import { parseTape } from '../../../src/replay/tape/tape.js';
import { dispatch, readySession, step } from '../../support/capture/steps.js';
import { sessions } from '../../support/capture/sessions.js';

const demoText = readFileSync(new URL('../../../tapes/demo.tape.ndjson', import.meta.url), 'utf8');
const mask = new Mask([...VOLATILE_RULES, ...CLIENT_RULES]);
const compare = (a: Recording, b: Recording): Diff => compareRecordings(a, b, mask, ['client', 'gateway']);

describe('compareRecordings', () => {
  it('finds any session equal to itself, heartbeats and times aside', () => {
    fc.assert(
      fc.property(sessions, (session) => {
        const steps = session.steps
          .filter((each) => each.type !== 'payload' || each.payload.op !== 1)
          .map((each) => ({ ...each, atUs: each.atUs * 2 }));
        expect(compare(session, { ...session, steps })).toMatchObject({ equal: true, changed: [] });
      }),
      { numRuns: 100 },
    );
  });

  it('says whose payload differs, and where', () => {
    const idle = (status: string): Recording =>
      readySession(
        step(30, 1, 'client', JSON.stringify({ op: 3, d: { status } })),
        dispatch(40, 2, 'A', { n: 1 }),
        { type: 'close', connection: 1, atUs: 50, sender: 'gateway', code: 4000, reason: '' },
      );
    const [a, b] = [idle('idle'), idle('online')];
    const less = { ...b, steps: b.steps.filter((each) => each.type !== 'close') };
    expect(compare(a, less)).toMatchObject({
      equal: false,
      matched: 4,
      missing: [{ sender: 'gateway', op: null }],
      changed: [{ sender: 'client', op: 3, path: 'd.status', expected: 'idle', actual: 'online' }],
    });
    expect(compareRecordings(a, b, mask, ['gateway'])).toMatchObject({ equal: true, matched: 4 });
  });

  it('finds one changed character wherever it is, with its exact path', () => {
    const lines = demoText.split('\n');
    const places = lines.flatMap((line, index) => leavesOf(line).map((leaf) => ({ index, ...leaf })));
    expect(places.length).toBeGreaterThan(300);
    fc.assert(
      fc.property(fc.constantFrom(...places), ({ index, path, value, changed }) => {
        const line = JSON.parse(lines[index]!) as { payload: object };
        const other = lines.with(index, JSON.stringify(put(line, ['payload', ...path], changed)));
        const diff = compare(parseTape(demoText), parseTape(other.join('\n')));
        expect(diff.changed).toMatchObject([{ path: pathText(path), expected: value, actual: changed }]);
        expect({ ...diff, changed: [], matched: 0 }).toMatchObject({
          missing: [],
          unexpected: [],
          reordered: [],
        });
      }),
      { numRuns: 150 },
    );
  });
});

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  readonly changed: unknown;
}

/** Every string and number in the `d` of a dispatch that no rule masks, and what to change it into. */
function leavesOf(line: string): Leaf[] {
  if (!line.includes('"sender":"gateway"')) return [];
  const { payload } = JSON.parse(line) as { payload?: { t: string | null; d: unknown } };
  if (payload === undefined || payload.t === null || ['READY', 'RESUMED'].includes(payload.t)) return [];
  const found: Leaf[] = [];
  const walk = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value === 'string' && !value.startsWith('redacted:') && value !== '') {
      const changed = value.replace(/^./su, value.startsWith('x') ? 'y' : 'x');
      found.push({ path, value, changed });
    } else if (typeof value === 'number') found.push({ path, value, changed: value + 1 });
    else if (Array.isArray(value)) value.forEach((item, index) => walk(item, [...path, index]));
    else if (value !== null && typeof value === 'object')
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
  };
  walk(payload.d, ['d']);
  return found.filter(({ path }) => !/nonce|session_id|token|endpoint|_trace/.test(path.join('.')));
}

function put(value: unknown, [key, ...rest]: readonly (string | number)[], leaf: unknown): unknown {
  if (key === undefined) return leaf;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[key] = put(copy[key], rest, leaf);
  return copy;
}

const pathText = (path: readonly (string | number)[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  );
