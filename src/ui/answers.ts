/**
 * Answers: types of all data that the page gets from its server. docs/page.md lists the routes.
 *
 * Types only, and no imports from elsewhere, because a browser's sources import them too. Times are µs since the Unix epoch, in
 * `atUs`, durations in `Us`, sizes in bytes. A key that does not apply is null, never missing.
 */
export type * from './answers/head.js';
export type * from './answers/overview.js';
export type * from './answers/frame-lines.js';
export type * from './answers/sessions.js';
export type * from './answers/calls.js';
export type * from './answers/judgement.js';
export type * from './answers/tools.js';
