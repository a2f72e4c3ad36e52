/**
 * Traffic: payloads as a bot in many guilds gets them, from a seed. Shares and sizes are those of a busy gateway
 * connection: about 720 bytes of JSON on average, some 143 once zlib-stream has had its way with them.
 *
 * No real data. What is secret in a payload is listed beside it, so that a check can tell whether it was masked.
 * Shapes: Discord Docs/Gateway Events.
 */
import { seeded } from './random.mjs';

/** Events, their share in per mille, and what makes their `d`. */
const EVENTS = [
  ['PRESENCE_UPDATE', 405, presence],
  ['MESSAGE_CREATE', 255, message],
  ['TYPING_START', 118, typing],
  ['GUILD_MEMBER_UPDATE', 60, memberUpdate],
  ['MESSAGE_UPDATE', 52, message],
  ['VOICE_STATE_UPDATE', 40, voiceState],
  ['MESSAGE_REACTION_ADD', 36, reaction],
  ['MESSAGE_DELETE', 14, messageDelete],
  ['GUILD_MEMBER_REMOVE', 10, memberRemove],
  ['INTERACTION_CREATE', 8, interaction],
  ['GUILD_CREATE', 2, (pool) => guildCreate(pool, 12)],
];

const WORDS = (
  'so the new build is live and it fixes that crash when you open settings twice can someone check the logs I think ' +
  'we should wait for tomorrow before we ship it lol thanks a lot for the help that worked on my machine no idea why'
).split(' ');
const NAMES = 'kestrel mallow quartz ember juniper otter saffron willow pixel comet bramble zephyr'.split(
  ' ',
);
const EPOCH_MS = Date.UTC(2026, 7, 1);

/** Makes what the payloads are about: the same few hundred users, guilds and channels over and over. */
class Pool {
  constructor(seed) {
    this.random = seeded(seed);
    this.secrets = [];
    this.guilds = Array.from({ length: 40 }, () => this.snowflake());
    this.channels = Array.from({ length: 200 }, () => this.snowflake());
    this.roles = Array.from({ length: 30 }, () => this.snowflake());
    this.users = Array.from({ length: 400 }, (_, index) => this.user(index));
  }

  integer(below) {
    return Math.floor(this.random() * below);
  }

  pick(list) {
    return list[this.integer(list.length)];
  }

  snowflake() {
    return `1${String(this.integer(1e9)).padStart(9, '0')}${String(this.integer(1e9)).padStart(9, '0')}`;
  }

  hex(length) {
    return Array.from({ length }, () => this.integer(16).toString(16)).join('');
  }

  secret(length) {
    const secret = this.hex(length);
    this.secrets.push(secret);
    return secret;
  }

  time() {
    return new Date(EPOCH_MS + this.integer(1e9)).toISOString().replace('Z', '000+00:00');
  }

  words(count) {
    return Array.from({ length: count }, () => this.pick(WORDS)).join(' ');
  }

  user(index) {
    const name = `${NAMES[index % NAMES.length]}${index}`;
    return {
      username: name,
      public_flags: index % 3 === 0 ? 64 : 0,
      primary_guild: null,
      id: this.snowflake(),
      global_name: name,
      discriminator: '0',
      collectibles: null,
      clan: null,
      avatar_decoration_data: null,
      avatar: this.hex(32),
    };
  }

  member(user) {
    return {
      roles: [this.pick(this.roles), this.pick(this.roles)],
      premium_since: null,
      pending: false,
      nick: null,
      mute: false,
      joined_at: `2025-0${1 + (user.username.length % 9)}-11T09:41:07.123000+00:00`,
      flags: 0,
      deaf: false,
      communication_disabled_until: null,
      banner: null,
      avatar: null,
    };
  }
}

function presence(pool) {
  const game = {
    type: 0,
    name: pool.pick(NAMES),
    id: pool.hex(16),
    created_at: EPOCH_MS + pool.integer(1e9),
  };
  const isPlaying = pool.random() < 0.4;
  return {
    user: { id: pool.pick(pool.users).id },
    status: pool.pick(['online', 'idle', 'dnd', 'offline']),
    processed_at_timestamp: EPOCH_MS + pool.integer(1e9),
    guild_id: pool.pick(pool.guilds),
    client_status: { desktop: 'online' },
    activities: isPlaying
      ? [{ ...game, timestamps: { start: game.created_at }, details: pool.words(5) }]
      : [],
    broadcast: null,
  };
}

function message(pool) {
  const author = pool.pick(pool.users);
  return {
    type: 0,
    tts: false,
    timestamp: pool.time(),
    pinned: false,
    nonce: pool.snowflake(),
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    member: pool.member(author),
    id: pool.snowflake(),
    flags: 0,
    embeds: [],
    edited_timestamp: null,
    content: pool.words(8 + pool.integer(90)),
    components: [],
    channel_type: 0,
    channel_id: pool.pick(pool.channels),
    author,
    attachments: [],
    guild_id: pool.pick(pool.guilds),
  };
}

function typing(pool) {
  const user = pool.pick(pool.users);
  return {
    user_id: user.id,
    timestamp: Math.floor(EPOCH_MS / 1000) + pool.integer(1e6),
    member: { user, ...pool.member(user) },
    channel_id: pool.pick(pool.channels),
    guild_id: pool.pick(pool.guilds),
  };
}

function memberUpdate(pool) {
  const user = pool.pick(pool.users);
  return { user, ...pool.member(user), unusual_dm_activity_until: null, guild_id: pool.pick(pool.guilds) };
}

function voiceState(pool) {
  const user = pool.pick(pool.users);
  return {
    member: { user, ...pool.member(user) },
    user_id: user.id,
    suppress: false,
    session_id: pool.secret(32),
    self_video: false,
    self_mute: pool.random() < 0.5,
    self_deaf: false,
    request_to_speak_timestamp: null,
    mute: false,
    guild_id: pool.pick(pool.guilds),
    deaf: false,
    channel_id: pool.pick(pool.channels),
  };
}

function reaction(pool) {
  const user = pool.pick(pool.users);
  return {
    user_id: user.id,
    type: 0,
    message_id: pool.snowflake(),
    message_author_id: pool.pick(pool.users).id,
    member: { user, ...pool.member(user) },
    emoji: { name: pool.pick(['🔥', '👍', '🎉']), id: null },
    channel_id: pool.pick(pool.channels),
    burst: false,
    guild_id: pool.pick(pool.guilds),
  };
}

function messageDelete(pool) {
  return { id: pool.snowflake(), channel_id: pool.pick(pool.channels), guild_id: pool.pick(pool.guilds) };
}

function memberRemove(pool) {
  return { user: pool.pick(pool.users), guild_id: pool.pick(pool.guilds) };
}

function interaction(pool) {
  const user = pool.pick(pool.users);
  return {
    version: 1,
    type: 2,
    token: pool.secret(64),
    member: { user, ...pool.member(user), permissions: '2248473465835073' },
    locale: 'en-GB',
    id: pool.snowflake(),
    guild_locale: 'en-US',
    guild_id: pool.pick(pool.guilds),
    data: {
      type: 1,
      options: [{ value: pool.words(3), type: 3, name: 'query' }],
      name: 'find',
      id: pool.snowflake(),
    },
    channel_id: pool.pick(pool.channels),
    application_id: pool.pick(pool.guilds),
  };
}

/** `d` of a GUILD_CREATE with so many members, about 420 bytes each. */
function guildCreate(pool, memberCount) {
  const users = Array.from({ length: memberCount }, () => pool.pick(pool.users));
  return {
    id: pool.pick(pool.guilds),
    name: pool.words(3),
    owner_id: pool.pick(pool.users).id,
    member_count: memberCount,
    channels: pool.channels
      .slice(0, 8)
      .map((id, position) => ({ id, position, type: 0, name: pool.pick(NAMES) })),
    roles: pool.roles.slice(0, 8).map((id, position) => ({ id, position, name: pool.pick(NAMES), color: 0 })),
    members: users.map((user) => ({ user, ...pool.member(user) })),
    voice_states: [],
    large: memberCount > 250,
  };
}

/** A dispatch as Discord writes it. */
function dispatch(t, s, d) {
  return JSON.stringify({ t, s, op: 0, d });
}

/** So many dispatches of the mix, numbered from `firstSeq`; each with the secrets in it. */
export function mixedTraffic(count, seed = 1, firstSeq = 2) {
  const pool = new Pool(seed);
  const wheel = EVENTS.flatMap(([event, share, make]) => new Array(share).fill([event, make]));
  return Array.from({ length: count }, (_, index) => {
    pool.secrets = [];
    const [event, make] = pool.pick(wheel);
    return { text: dispatch(event, firstSeq + index, make(pool)), secrets: pool.secrets };
  });
}

/** GUILD_CREATEs of about one megabyte each. */
export function largeGuilds(count, seed = 1, firstSeq = 2) {
  const pool = new Pool(seed);
  return Array.from({ length: count }, (_, index) => ({
    text: dispatch('GUILD_CREATE', firstSeq + index, guildCreate(pool, 2140)),
    secrets: [],
  }));
}

/** Token that clients log in with; made up, and in parts so that nothing takes it for a real one. */
const TOKEN = ['MTEyMjMzNDQ1NTY2Nzc4ODk5', 'GsEcRt', 'tHiS-iS-nOt-A-rEaL-tOkEn-bUt-LoOkS-lIkE-iT'].join('.');
const SESSION_ID = '5e55104d'.repeat(4);

/** HELLO, IDENTIFY and READY of every connection, as they are sent; each with the secrets in it. `url`: the gateway's own. */
export function loginTraffic(url) {
  const properties = { os: 'linux', browser: 'bench' };
  const session = { session_id: SESSION_ID, resume_gateway_url: url };
  return [
    { text: JSON.stringify({ t: null, s: null, op: 10, d: { heartbeat_interval: 41_250 } }), secrets: [] },
    { text: JSON.stringify({ op: 2, d: { token: TOKEN, intents: 513, properties } }), secrets: [TOKEN] },
    {
      text: dispatch('READY', 1, { v: 10, user: { id: '1' }, ...session, guilds: [] }),
      secrets: [SESSION_ID, url],
    },
  ];
}

/** Heartbeats of the gateway, 64 bytes each: op 1, which asks for one at once. */
export function heartbeats(count) {
  const text = '{"t":null,"s":null,"op":1,"d":null}'.replace('{', `{${' '.repeat(29)}`);
  return Array.from({ length: count }, () => ({ text, secrets: [] }));
}
