/**
 * Access: which channels of its guilds a session's bot may view, followed through the dispatches.
 *
 * A channel is hidden if the bot lacks VIEW_CHANNEL there and is not connected to it by voice; a category is visible as
 * soon as one of its channels is. Where no dispatch says which roles the bot has, nothing is hidden. Instead of
 * permissions a list of channels can be given.
 * Source: Discord Docs/Permissions, "Permission Overwrites" and "Permission Hierarchy".
 */
import {
  asInteger,
  asObject,
  asString,
  type JsonObject,
  type JsonValue,
  type Payload,
} from '../../gateway/payload.js';
import { VIEW_CHANNEL } from '../../gateway/obfuscation.js';

/** Channels to hide: these, or those that the bot's permissions hide. */
export type HiddenChannels = 'permissions' | ReadonlySet<string>;

/** A guild, as far as access depends on it. */
interface Guild {
  owner: string | null;
  /** Permissions by role. */
  readonly roles: Map<string, bigint>;
  /** Roles of the bot; null if unknown. */
  ownRoles: readonly string[] | null;
  /** Channel that the bot is connected to by voice. */
  voice: string | null;
  readonly channels: Map<string, JsonObject>;
}

interface GuildWithRoles extends Guild {
  ownRoles: readonly string[];
}

function isWithRoles(guild: Guild): guild is GuildWithRoles {
  return guild.ownRoles !== null;
}

const ADMINISTRATOR = 1n << 3n;
const CATEGORY = 4;
const ROLE = 0;
const BITS = /^\d{1,40}$/;

/** Access of one session. */
export class ChannelAccess {
  readonly #hidden: HiddenChannels;
  readonly #guilds = new Map<string, Guild>();
  /** Hidden channels by guild, where they are known and nothing has changed since. */
  readonly #known = new Map<string, ReadonlySet<string>>();
  #self: string | null = null;

  constructor(hidden: HiddenChannels) {
    this.#hidden = hidden;
  }

  /** Takes note of a dispatch. */
  observe({ t, d }: Payload): void {
    const object = asObject(d);
    if (object === null) return;
    if (t === 'READY') this.#ready(object);
    else if (t === 'GUILD_CREATE') this.#guild(object);
    else if (t !== null) this.#change(t, object);
  }

  /** Channels of a guild that are known, categories first, each with its guild. */
  channels(guildId: string): readonly JsonObject[] {
    const known = [...(this.#guilds.get(guildId)?.channels.values() ?? [])];
    const rank = (channel: JsonObject): number => (isCategory(channel) ? 0 : 1);
    return known.sort((one, other) => rank(one) - rank(other));
  }

  /** Ids of all guilds that are known. */
  get guilds(): readonly string[] {
    return [...this.#guilds.keys()];
  }

  /** Ids of a guild's hidden channels. */
  hidden(guildId: string): ReadonlySet<string> {
    const known = this.#known.get(guildId) ?? this.#findHidden(guildId);
    this.#known.set(guildId, known);
    return known;
  }

  #findHidden(guildId: string): ReadonlySet<string> {
    const guild = this.#guilds.get(guildId);
    if (guild === undefined) return new Set();
    if (this.#hidden !== 'permissions') {
      const listed = this.#hidden;
      return new Set([...guild.channels.keys()].filter((id) => listed.has(id)));
    }
    if (!isWithRoles(guild)) return new Set();
    const hidden = [...guild.channels].filter((entry) => !this.#isVisible(guildId, guild, entry));
    return new Set(hidden.map(([id]) => id));
  }

  #isVisible(guildId: string, guild: GuildWithRoles, [id, channel]: readonly [string, JsonObject]): boolean {
    if (guild.voice === id || this.#mayView(guildId, guild, channel)) return true;
    if (!isCategory(channel)) return false;
    const children = [...guild.channels].filter(([, { parent_id: parent }]) => parent === id);
    return children.some(([child, object]) => guild.voice === child || this.#mayView(guildId, guild, object));
  }

  #mayView(guildId: string, guild: GuildWithRoles, channel: JsonObject): boolean {
    const own = guild.ownRoles;
    if (guild.owner === this.#self) return true;
    let bits = [guildId, ...own].reduce((sum, role) => sum | (guild.roles.get(role) ?? 0n), 0n);
    if ((bits & ADMINISTRATOR) !== 0n) return true;
    const overwrites = listObjects(channel['permission_overwrites']);
    const everyone = overwrites.filter(({ id }) => id === guildId);
    const roles = overwrites.filter(
      (overwrite) =>
        isRole(overwrite['type']) && overwrite['id'] !== guildId && own.includes(readId(overwrite)),
    );
    const member = overwrites.filter(({ id, type }) => !isRole(type) && id === this.#self);
    for (const group of [everyone, roles, member]) {
      const [allow, deny] = [sumBits(group, 'allow'), sumBits(group, 'deny')];
      bits = (bits & ~deny) | allow;
    }
    return (bits & VIEW_CHANNEL) !== 0n;
  }

  #ready(d: JsonObject): void {
    this.#self = asString(asObject(d['user'])?.['id']);
    // Of users' accounts READY holds the guilds.
    for (const guild of listObjects(d['guilds'])) if (Array.isArray(guild['channels'])) this.#guild(guild);
  }

  #guild(d: JsonObject): void {
    const id = asString(d['id']);
    if (id === null) return;
    this.#known.delete(id);
    const isSelf = ({ user, user_id: user_ }: JsonObject): boolean =>
      (asObject(user)?.['id'] ?? user_) === this.#self;
    const member = listObjects(d['members']).find(isSelf);
    const voice = listObjects(d['voice_states']).find(isSelf);
    this.#guilds.set(id, {
      owner: asString(d['owner_id'] ?? asObject(d['properties'])?.['owner_id']),
      roles: new Map(listObjects(d['roles']).map((role) => [readId(role), readBits(role['permissions'])])),
      ownRoles: member === undefined ? null : listStrings(member['roles']),
      voice: asString(voice?.['channel_id']),
      channels: new Map(
        listObjects(d['channels']).map((channel) => [readId(channel), { ...channel, guild_id: id }]),
      ),
    });
  }

  #change(event: string, d: JsonObject): void {
    const guildId = asString(event === 'GUILD_UPDATE' ? d['id'] : d['guild_id']) ?? '';
    const guild = this.#guilds.get(guildId);
    // A busy guild's voice states and members are mostly of others.
    if (guild !== undefined && CHANGES.get(event)?.(guild, d, this.#self) === true)
      this.#known.delete(guildId);
  }
}

/** Changes what is known of a guild; returns whether access can have changed. */
type Change = (guild: Guild, d: JsonObject, self: string | null) => boolean;

const setRole: Change = ({ roles }, d) => {
  const role = asObject(d['role']);
  if (role !== null) roles.set(readId(role), readBits(role['permissions']));
  return true;
};
const setChannel: Change = ({ channels }, d) => {
  channels.set(readId(d), d);
  return true;
};

const CHANGES: ReadonlyMap<string, Change> = new Map<string, Change>([
  [
    'GUILD_UPDATE',
    (guild, d) => {
      guild.owner = asString(d['owner_id']) ?? guild.owner;
      return true;
    },
  ],
  ['GUILD_ROLE_CREATE', setRole],
  ['GUILD_ROLE_UPDATE', setRole],
  ['GUILD_ROLE_DELETE', ({ roles }, d) => roles.delete(asString(d['role_id']) ?? '')],
  [
    'GUILD_MEMBER_UPDATE',
    (guild, d, self) => {
      if (asObject(d['user'])?.['id'] !== self) return false;
      guild.ownRoles = listStrings(d['roles']);
      return true;
    },
  ],
  [
    'VOICE_STATE_UPDATE',
    (guild, d, self) => {
      if (d['user_id'] !== self) return false;
      guild.voice = asString(d['channel_id']);
      return true;
    },
  ],
  ['CHANNEL_CREATE', setChannel],
  ['CHANNEL_UPDATE', setChannel],
  ['CHANNEL_DELETE', ({ channels }, d) => channels.delete(readId(d))],
]);

/** Events after which a session may view other channels than before. */
export const ACCESS_EVENTS: readonly string[] = ['READY', 'GUILD_CREATE', ...CHANGES.keys()];

/** `id` of an object, or an empty text. */
export function readId(object: JsonObject | null): string {
  return asString(object?.['id']) ?? '';
}

const isCategory = ({ type }: JsonObject): boolean => type === CATEGORY;
// Old versions of the API name the type.
const isRole = (type: JsonValue | undefined): boolean => type === ROLE || type === 'role';

function sumBits(overwrites: readonly JsonObject[], key: 'allow' | 'deny'): bigint {
  return overwrites.reduce((sum, overwrite) => sum | readBits(overwrite[key]), 0n);
}

/** Bits as a text of digits, or as a number in old versions; 0 for anything else. */
function readBits(value: JsonValue | undefined): bigint {
  const text = asString(value) ?? String(asInteger(value));
  return BITS.test(text) ? BigInt(text) : 0n;
}

function listObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value)
    ? (value as readonly JsonValue[]).map(asObject).filter((each) => each !== null)
    : [];
}

function listStrings(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value)
    ? (value as readonly JsonValue[]).filter((each) => typeof each === 'string')
    : [];
}
