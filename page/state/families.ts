/**
 * Names and order of the families of payloads; the server decides the family of a payload.
 */
import type { PageFamily } from '../../src/ui/answers.js';

/** Every family, from the bottom of a stack to its top. */
export const FAMILIES: readonly PageFamily[] = [
  'message',
  'presence',
  'guild',
  'member',
  'session',
  'trouble',
  'voice',
  'other',
];

/** Names for people. */
export const FAMILY_NAMES: Readonly<Record<PageFamily, string>> = {
  message: 'messages',
  presence: 'presences',
  guild: 'guilds',
  member: 'members',
  session: 'session',
  trouble: 'trouble',
  voice: 'voice',
  other: 'other',
};
