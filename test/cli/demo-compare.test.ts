/** What counts as a difference between a live run and its replay. */
import { describe, expect, it } from 'vitest';
import { differences, type Dispatch } from '../../src/cli/demo-compare.js';

const dispatch = (seq: number, d: Dispatch['d'] = {}, event = 'MESSAGE_CREATE'): Dispatch => ({
  event,
  seq,
  d,
});

describe('differences', () => {
  it('finds none between equal runs, whatever the order of keys', () => {
    const live = [dispatch(1, { a: [1, { b: null }], c: 'x' })];
    expect(differences(live, [dispatch(1, { c: 'x', a: [1, { b: null }] })])).toEqual([]);
    expect(differences([], [])).toEqual([]);
  });

  it('excuses secrets and the address for resuming, which a recording cannot hold', () => {
    const live = [dispatch(1, { session_id: 'abc', resume_gateway_url: 'ws://127.0.0.1:1' }, 'READY')];
    const replayed = [
      dispatch(1, { session_id: 'redacted:0a1b', resume_gateway_url: 'ws://127.0.0.1:2' }, 'READY'),
    ];
    expect(differences(live, replayed)).toEqual([]);
    expect(
      differences([dispatch(1, { token: null })], [dispatch(1, { token: 'redacted:0a1b' })]),
    ).toHaveLength(1);
  });

  it.each([
    [[dispatch(1)], [], 'no. 1 was MESSAGE_CREATE (seq 1), is missing'],
    [[], [dispatch(1)], 'no. 1 was missing, is MESSAGE_CREATE (seq 1)'],
    [[dispatch(1)], [dispatch(2)], 'no. 1 was MESSAGE_CREATE (seq 1), is MESSAGE_CREATE (seq 2)'],
    [[dispatch(1)], [dispatch(1, {}, 'READY')], 'no. 1 was MESSAGE_CREATE (seq 1), is READY (seq 1)'],
    [
      [dispatch(1, { a: [{ b: 1 }] })],
      [dispatch(1, { a: [{ b: 2 }] })],
      'no. 1, MESSAGE_CREATE (seq 1), differs at d.a.0.b',
    ],
    [[dispatch(1, { a: 1 })], [dispatch(1, {})], 'no. 1, MESSAGE_CREATE (seq 1), differs at d.a'],
    [[dispatch(1, {})], [dispatch(1, { a: null })], 'no. 1, MESSAGE_CREATE (seq 1), differs at d.a'],
    [[dispatch(1, [])], [dispatch(1, {})], 'no. 1, MESSAGE_CREATE (seq 1), differs at d'],
    [[dispatch(1, null)], [dispatch(1, {})], 'no. 1, MESSAGE_CREATE (seq 1), differs at d'],
  ])('names the place: %#', (live, replayed, expected) => {
    expect(differences(live, replayed)).toEqual([expected]);
  });
});
