/**
 * Answers: the shapes of the data that the page's server gives, which are all that the page uses. docs/page.md has the
 * routes.
 *
 * Types only, and no imports from elsewhere, because a browser's sources import them too. Times are µs since the Unix epoch, in
 * `atUs`, spans in `Us`, sizes in bytes. A key that does not apply is null, never missing.
 */
export type * from './answers/head.js';
export type * from './answers/overview.js';
export type * from './answers/frame-lines.js';
export type * from './answers/sessions.js';
export type * from './answers/calls.js';
export type * from './answers/judgement.js';
export type * from './answers/tools.js';
