/**
 * World: guilds, channels, messages and interactions from a recording's dispatches, for REST calls about them.
 *
 * It is read when the first call needs it, and holds the last state. Deletions are ignored, because a call may come
 * earlier.
 */
import { asObject, asString, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import type { Recording } from '../recording.js';

/** Recorded objects, by id. */
export interface RecordedObjects {
  readonly guilds: ReadonlyMap<string, JsonObject>;
  readonly channels: ReadonlyMap<string, JsonObject>;
  readonly interactions: ReadonlyMap<string, JsonObject>;
  readonly messages: ReadonlyMap<string, JsonObject>;
}

const CHANNEL_EVENTS: ReadonlySet<string> = new Set([
  'CHANNEL_CREATE',
  'CHANNEL_UPDATE',
  'THREAD_CREATE',
  'THREAD_UPDATE',
]);

/** Objects of some recordings. */
export function recordedObjects(recordings: readonly Recording[]): RecordedObjects {
  const world = {
    guilds: new Map(),
    channels: new Map(),
    interactions: new Map(),
    messages: new Map(),
  } satisfies Maps;
  for (const step of recordings.flatMap(({ steps }) => steps)) {
    if (step.type === 'payload' && step.payload.t !== null && isTelling(step.payload.t)) {
      tell(world, step.payload.t, asObject(step.payload.d) ?? {});
    }
  }
  return world;
}

interface Maps {
  readonly guilds: Map<string, JsonObject>;
  readonly channels: Map<string, JsonObject>;
  readonly interactions: Map<string, JsonObject>;
  readonly messages: Map<string, JsonObject>;
}

function isTelling(event: string): boolean {
  return (
    CHANNEL_EVENTS.has(event) || ['GUILD_CREATE', 'MESSAGE_CREATE', 'INTERACTION_CREATE'].includes(event)
  );
}

function tell({ guilds, channels, interactions, messages }: Maps, event: string, d: JsonObject): void {
  if (CHANNEL_EVENTS.has(event)) put(channels, d);
  else if (event === 'MESSAGE_CREATE') put(messages, d);
  else if (event === 'INTERACTION_CREATE') put(interactions, d);
  else {
    put(guilds, d);
    const place = { guild_id: d['id'] ?? null };
    for (const key of ['channels', 'threads']) {
      for (const channel of listObjects(d[key])) put(channels, { ...place, ...channel });
    }
  }
}

function put(map: Map<string, JsonObject>, object: JsonObject): void {
  const id = asString(object['id']);
  if (id !== null) map.set(id, object);
}

function listObjects(value: JsonValue | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly JsonValue[]).map(asObject).filter((each) => each !== null);
}
