import { describe, expect, it } from 'vitest';
import { matchRoute, type Route } from '../../../src/replay/rest/routes.js';

const ROUTES: readonly Route<string>[] = [
  ['GET', '/a/pins', 'special'],
  ['GET', '/a/:id', 'general'],
  ['POST', '/a/:id/:other', 'two'],
];

describe('matchRoute', () => {
  it.each([
    ['GET', ['a', 'pins'], { answer: 'special', values: {} }],
    ['GET', ['a', 'x'], { answer: 'general', values: { id: 'x' } }],
    ['POST', ['a', '1', '2'], { answer: 'two', values: { id: '1', other: '2' } }],
    ['POST', ['a', '1'], null],
    ['GET', ['b', '1'], null],
    ['GET', [], null],
  ])('%s %j gives %j', (method, segments, expected) => {
    expect(matchRoute(ROUTES, method, segments)).toEqual(expected);
  });
});
