/**
 * Message cards: chat messages as the page draws them, and the ids in a payload that other frames can have too.
 *
 * All texts come from the recording; the page shows them as text.
 */
import { asInteger, asObject, asString, type JsonObject, type JsonValue } from '../gateway/payload.js';
import type { LinkedId, MessageCard } from './answers.js';

/** Most parts of each kind on a card. */
const MOST_PARTS = 10;
const MOST_IDS = 24;
const MESSAGES: ReadonlySet<string> = new Set(['MESSAGE_CREATE', 'MESSAGE_UPDATE']);
/** An id as filters take it. */
const DIGITS = /^\d{1,20}$/;

/** Card of a message; null for any other payload. */
export function toMessageCard(event: string | null, d: JsonObject | null): MessageCard | null {
  if (d === null || event === null || !MESSAGES.has(event)) return null;
  const author = asObject(d['author']);
  const name = asString(author?.['global_name']) ?? asString(author?.['username']) ?? '';
  return {
    author: name,
    authorId: asString(author?.['id']),
    isBot: author?.['bot'] === true,
    content: asString(d['content']) ?? '',
    channelId: asString(d['channel_id']),
    guildId: asString(d['guild_id']),
    embeds: asObjects(d['embeds']).map((embed) => ({
      title: asString(embed['title']),
      description: asString(embed['description']),
    })),
    attachments: asObjects(d['attachments']).map((attachment) => ({
      name: asString(attachment['filename']) ?? '',
      sizeBytes: asInteger(attachment['size']),
    })),
  };
}

/** The first objects of a list, up to the limit. */
function asObjects(value: JsonValue | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly JsonValue[])
    .slice(0, MOST_PARTS)
    .map(asObject)
    .filter((item) => item !== null);
}

/** Ids of the guild, the channel and the users in a payload, each once. */
export function findLinkedIds(event: string | null, d: JsonObject | null): readonly LinkedId[] {
  if (d === null) return [];
  const found = new Map<string, LinkedId>();
  const add = (type: LinkedId['type'], value: JsonValue | undefined): void => {
    const id = asString(value);
    if (id === null || !DIGITS.test(id) || found.size >= MOST_IDS) return;
    found.set(`${type}${id}`, { type, id, filter: `${type}:${id}` });
  };
  const own = asString(d['id']) ?? undefined;
  add('guild', d['guild_id']);
  if (/^GUILD_(?:CREATE|UPDATE|DELETE)$/.test(event ?? '')) add('guild', own);
  add('channel', d['channel_id']);
  if (/^(?:CHANNEL|THREAD)_(?:CREATE|UPDATE|DELETE)$/.test(event ?? '')) add('channel', own);
  add('user', d['user_id']);
  const member = asObject(d['member']);
  for (const user of [d['author'], d['user'], member?.['user']]) add('user', asObject(user)?.['id']);
  return [...found.values()];
}
