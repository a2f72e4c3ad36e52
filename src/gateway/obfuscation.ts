/**
 * Channel Obfuscation: how the gateway shows a channel that the client may not view, to every bot since 16 November
 * 2026, and to users with capability 15.
 *
 * `id`, `type`, `position`, `parent_id` and `guild_id` are real. A flag marks such a channel; its name alone does not,
 * because a real channel can be called so. Everything else is a placeholder; its exact values are not documented, and
 * those made here are the emptiest of their types. REST knows no obfuscation: lists of channels lack what is hidden.
 * Source: discord-api-docs PR 8454 and its change log of 12 August 2026; docs.discord.food/resources/channel.
 */
import { asInteger, type JsonObject, type JsonValue } from './payload.js';

/** Name of an obfuscated channel; for users also its topic. */
export const OBFUSCATED_NAME = '___hidden___';

/** Flag CHANNEL_OBFUSCATED of a channel. */
export const CHANNEL_OBFUSCATED = 1 << 17;

/** Body of the 403 that REST answers for a channel that the client may not view. */
export const MISSING_ACCESS = Object.freeze({ message: 'Missing Access', code: 50001 });

/** Permission to view a channel. */
export const VIEW_CHANNEL = 1n << 10n;

const REAL_KEYS: ReadonlySet<string> = new Set(['id', 'type', 'position', 'parent_id', 'guild_id']);

/**
 * Whether an object is an obfuscated channel. The flag is that of channels only: in users, messages and applications the
 * bit means something else, so the object has to look like a channel too.
 */
export function isObfuscatedChannel(object: JsonObject): boolean {
  const isFlagged = ((asInteger(object['flags']) ?? 0) & CHANNEL_OBFUSCATED) !== 0;
  return isFlagged && asInteger(object['type']) !== null && isPlaced(object);
}

function isPlaced(object: JsonObject): boolean {
  return object['permission_overwrites'] !== undefined || object['position'] !== undefined;
}

/** A channel of a guild as the gateway sends it to a client that may not view it; keys stay, and their order. */
export function obfuscateChannel(channel: JsonObject, guildId: string): JsonObject {
  const made = {
    name: OBFUSCATED_NAME,
    flags: CHANNEL_OBFUSCATED,
    permission_overwrites: [{ id: guildId, type: 0, allow: '0', deny: String(VIEW_CHANNEL) }],
  };
  const emptied = Object.entries(channel).map(([key, value]) => [
    key,
    REAL_KEYS.has(key) ? value : empty(value),
  ]);
  return { ...(Object.fromEntries(emptied) as JsonObject), ...made };
}

function empty(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return [];
  if (typeof value === 'number') return 0;
  return typeof value === 'boolean' ? false : null;
}
