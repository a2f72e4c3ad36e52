/** Payloads as Discord sends them: shapes from discord-api-types, sizes like the real ones, no real data. */

/** Secrets of the scripted session: no database, log line or error may hold their bytes. */
export const SECRETS = {
  // In parts, so that no scanner takes it for a leaked one.
  token: ['MTEyMjMzNDQ1NTY2Nzc4ODk5', 'GsEcRt', 'tHiS-iS-nOt-A-rEaL-tOkEn-bUt-LoOkS-lIkE-iT'].join('.'),
  sessionId: '5e55104d5e55104d5e55104d5e55104d',
  voiceToken: '7041ce7041ce7041',
} as const;

/** The account of the token. */
export const BOT = {
  id: '1122334455667788990',
  username: 'tape',
  discriminator: '0001',
  avatar: null,
  bot: true,
};
/** The application of the token. */
export function application(): object {
  const { id, username: name } = BOT;
  const flags = { bot_public: false, bot_require_code_grant: false };
  return { id, name, icon: null, description: '', owner: BOT, verify_key: '', team: null, ...flags };
}

const ROLE_LOOKS = {
  color: 0,
  colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
};
const EPOCH_MS = Date.UTC(2025, 0, 1);
const FIRST_GUILD = 81_384_788_765_712_384n;

/** `session_id` of the session that is number `index`; the first is among the secrets. */
export function sessionId(index: number): string {
  return index === 0 ? SECRETS.sessionId : String(index).padStart(32, SECRETS.sessionId);
}

/** `d` of READY. */
export function ready(
  resumeGatewayUrl: string,
  guildCount: number,
  session: string = SECRETS.sessionId,
): object {
  return {
    v: 10,
    user_settings: {},
    user: { ...BOT, verified: true, mfa_enabled: true, flags: 0, email: null, global_name: null },
    session_type: 'normal',
    session_id: session,
    resume_gateway_url: resumeGatewayUrl,
    relationships: [],
    private_channels: [],
    presences: [],
    guilds: Array.from({ length: guildCount }, (_, index) => ({ id: guildId(index), unavailable: true })),
    guild_join_requests: [],
    geo_ordered_rtc_regions: ['milan', 'rotterdam', 'madrid'],
    auth: {},
    application: { id: BOT.id, flags: 8_953_856 },
    _trace: ['["gateway-prd-us-east1-b-0000",{"micros":101010,"calls":["id_created",{"micros":0.0}]}]'],
  };
}

/** Id of the session's guild number `index`. */
export function guildId(index: number): string {
  return String(FIRST_GUILD + BigInt(index) * 4_194_304n);
}

/** `d` of GUILD_CREATE, about 4 KB. */
export function guildCreate(index: number): object {
  const id = guildId(index);
  const channels = Array.from({ length: 12 }, (_, position) => ({
    id: `${id.slice(0, -3)}${100 + position}`,
    type: position === 11 ? 2 : 0,
    name: `channel-${position}-é`,
    position,
    topic: position % 3 === 0 ? 'Où l’on parle de bandes \u{1f4fc}' : null,
    nsfw: false,
    parent_id: null,
    last_message_id: null,
    rate_limit_per_user: 0,
    permission_overwrites: [{ id, type: 0, allow: '0', deny: String(1024 * position) }],
    ...(position === 11 ? { bitrate: 64_000, user_limit: 0 } : {}),
  }));
  return {
    id,
    name: `Guild n°${index}`,
    icon: null,
    owner_id: '80351110224678912',
    region: 'deprecated',
    unavailable: false,
    large: false,
    member_count: 2,
    joined_at: new Date(EPOCH_MS).toISOString(),
    roles: [
      { id, name: '@everyone', ...ROLE_LOOKS, hoist: false, position: 0, permissions: '104320577', flags: 0 },
    ],
    emojis: [],
    stickers: [],
    features: ['COMMUNITY', 'NEWS'],
    members: [
      {
        user: BOT,
        roles: [],
        joined_at: new Date(EPOCH_MS).toISOString(),
        deaf: false,
        mute: false,
        flags: 0,
      },
    ],
    channels,
    threads: [],
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
    verification_level: 1,
    premium_tier: 0,
    preferred_locale: 'it',
    system_channel_id: null,
    rules_channel_id: null,
  };
}

/** `d` of MESSAGE_CREATE, 600 to 900 bytes. */
export function messageCreate(index: number): object {
  const id = guildId(0);
  return {
    id: String(1_300_000_000_000_000_000n + BigInt(index) * 4_194_304n),
    type: 0,
    channel_id: `${id.slice(0, -3)}100`,
    guild_id: id,
    content: `Message n°${index}: ${'la bande tourne \u{1f4fc} '.repeat(index % 9)}`,
    timestamp: new Date(EPOCH_MS + index * 997).toISOString(),
    edited_timestamp: null,
    tts: false,
    pinned: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: [],
    embeds: [],
    components: [],
    flags: 0,
    nonce: String(1_300_000_000_000_000_000n + BigInt(index)),
    author: {
      id: `8035111022467891${index % 10}`,
      username: `user_${index % 10}`,
      global_name: 'Zoë',
      discriminator: '0',
      avatar: '33ecab261d4681afa4d85a04691c4a01',
      public_flags: 131_141,
    },
    member: { roles: [], joined_at: new Date(EPOCH_MS).toISOString(), deaf: false, mute: false, flags: 0 },
  };
}

/** `d` of VOICE_SERVER_UPDATE, with a secret. */
export function voiceServerUpdate(): object {
  return { token: SECRETS.voiceToken, guild_id: guildId(0), endpoint: 'milan1234.discord.media:443' };
}
