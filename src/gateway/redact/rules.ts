/**
 * What is secret in a payload, as data: by opcode or event and path under `d`, and by name anywhere.
 *
 * Paths: `a.b` keys, `[]` any element, `*` any key, nothing for the whole of `d`; everything below a path is meant.
 * Classes: S gives access, I identifies somebody or some machine, P is personal, `open` is kept although a wider
 * rule would mask it. E-mail and phone stand under I because they are masked unless everything is kept.
 * Source: docs.discord.food (gateway events, client properties, resources), Discord Docs/Gateway Events and
 * Receiving and Responding to Interactions, all read 2026-08.
 */

/** Kind of a secret. */
export type SecretClass = 'S' | 'I' | 'P';

/** One row: where it applies, the class, the paths. */
export type RedactionRule = readonly [
  where: number | string | readonly string[],
  what: SecretClass | 'open',
  ...paths: string[],
];

const VOICE_SERVERS = [
  'VOICE_SERVER_UPDATE',
  'STREAM_SERVER_UPDATE',
  'LOBBY_VOICE_SERVER_UPDATE',
  'SPEED_TEST_SERVER_UPDATE',
];
const READIES = ['READY', 'READY_SUPPLEMENTAL'];
const AUTHENTICATORS = ['AUTHENTICATOR_CREATE', 'AUTHENTICATOR_UPDATE', 'AUTHENTICATOR_DELETE'];
const LOBBIES = ['LOBBY_CREATE', 'LOBBY_UPDATE'];
const VOICE_CARRIERS = ['GUILD_CREATE', 'CALL_CREATE', 'PASSIVE_UPDATE_V1', 'PASSIVE_UPDATE_V2'];
const CONTENTS = [
  'AUTO_MODERATION_ACTION_EXECUTION',
  'MESSAGE_CREATE',
  'MESSAGE_UPDATE',
  'LOBBY_MESSAGE_CREATE',
  'LOBBY_MESSAGE_UPDATE',
];

/** Rules by opcode of the client, HELLO, or event name. */
// prettier-ignore
export const REDACTION_RULES: readonly RedactionRule[] = [
  // Client: IDENTIFY, presence, RESUME, and the opcodes of user accounts.
  [2, 'S', 'token', 'presence.activities[].session_id', 'presence.activities[].secrets'],
  [2, 'I', 'properties.*'],
  [2, 'open', 'properties.os', 'properties.browser', 'properties.device',
    'properties.$os', 'properties.$browser', 'properties.$device'],
  [2, 'P', 'client_state'],
  [3, 'S', 'activities[].session_id', 'activities[].secrets'],
  [4, 'P', 'guild_id', 'channel_id'],
  [6, 'S', 'token', 'session_id'],
  [8, 'P', 'query'],
  [13, 'P', 'channel_id'],
  [15, 'S', 'lobby_secret'],
  [18, 'P', 'guild_id', 'channel_id'],
  [19, 'P', 'stream_key'],
  [20, 'P', 'stream_key'],
  [21, 'P', 'stream_key'],
  [22, 'P', 'stream_key'],
  [29, 'I', 'target_session_id', 'payload'],
  [35, 'P', 'query'],
  [35, 'open', 'continuation_token'], // the id of a member
  [41, 'I', 'session_id', 'client_launch_id'],

  // HELLO and the beginning of a session.
  [10, 'I', '_trace'],
  ['RESUMED', 'I', '_trace'],
  [READIES, 'S', 'auth_token', 'session_id', 'analytics_token', 'user.analytics_token', 'sessions[].session_id',
    'connected_accounts[].access_token', 'guilds[].voice_states[].session_id',
    'guilds[].activity_instances[].participants[].session_id', 'lobbies[].*.session_id',
    'lobbies[].*[].session_id', 'lobbies[].secret'],
  [READIES, 'I', 'auth_session_id_hash', 'static_client_session_id', 'auth', 'resume_gateway_url', '_trace',
    'user.email', 'user.phone', 'lobbies[].metadata', 'connection_request_data'],
  [READIES, 'P', 'connected_accounts[].id', 'connected_accounts[].name', 'connected_accounts[].metadata',
    'user.mfa_enabled', 'user.authenticator_types', 'user.verified', 'user.premium', 'user.premium_type',
    'user.premium_usage_flags', 'user.premium_state', 'user.purchased_flags', 'user.nsfw_allowed',
    'user.age_verification_status', 'user_settings', 'user_settings_proto', 'notes', 'linked_users',
    'pending_payments', 'country_code', 'consents', 'relationships', 'private_channels', 'read_state'],

  // Voice.
  [VOICE_SERVERS, 'S', 'token'],
  [VOICE_SERVERS, 'I', 'endpoint'],
  [['VOICE_STATE_UPDATE', 'LOBBY_VOICE_STATE_UPDATE'], 'S', 'session_id'],
  [VOICE_CARRIERS, 'S', 'voice_states[].session_id', 'updated_voice_states[].session_id'],
  ['EMBEDDED_ACTIVITY_UPDATE_V2', 'S', 'participants[].session_id'],

  // Interactions and messages.
  ['INTERACTION_CREATE', 'S', 'token'],
  ['INTERACTION_CREATE', 'I', 'user.email', 'member.user.email'],
  ['INTERACTION_CREATE', 'P', 'data.options[].value', 'data.options[].options[].value',
    'data.options[].options[].options[].value', 'data.components[].value', 'data.components[].components[].value',
    'data.components[].component.value'],
  [CONTENTS, 'P', 'content', 'matched_content', 'matched_keyword'],

  // Accounts, presence and everything else that carries keys of some kind.
  ['SESSIONS_REPLACE', 'S', '[].session_id'],
  ['PRESENCE_UPDATE', 'S', 'activities[].session_id', 'activities[].secrets'],
  ['PRESENCES_REPLACE', 'S', '[].activities[].session_id', '[].activities[].secrets'],
  ['USER_UPDATE', 'S', 'analytics_token'],
  ['USER_UPDATE', 'I', 'email', 'phone'],
  ['USER_CONNECTIONS_UPDATE', 'S', 'access_token'],
  ['AUTH_SESSION_CHANGE', 'I', 'auth_session_id_hash'],
  [AUTHENTICATORS, 'I', ''],
  ['OAUTH2_TOKEN_REVOKE', 'S', 'access_token'],
  ['OAUTH2_TOKEN_CREATE', 'I', ''],
  ['BILLING_POPUP_BRIDGE_CALLBACK', 'S', 'state', 'path', 'query'],
  ['USER_PAYMENT_CLIENT_ADD', 'I', 'purchase_token_hash'],
  [['PAYMENT_UPDATE', 'USER_PAYMENT_SOURCES_UPDATE'], 'P', 'payment_source'],
  [['GIFT_CODE_CREATE', 'GIFT_CODE_UPDATE'], 'S', 'code'],
  [['INVITE_CREATE', 'INVITE_DELETE'], 'I', 'code'],
  [LOBBIES, 'S', 'secret'],
  [LOBBIES, 'I', 'metadata'],
  [['REMOTE_COMMAND', 'CONSOLE_COMMAND_UPDATE'], 'I', ''],
  ['USER_SETTINGS_PROTO_UPDATE', 'P', 'settings.proto'],
];

/**
 * Rules for the JSON of REST calls, requests and answers alike, from the outermost value on: what is personal, as
 * for the events of the same objects. Secrets have telling keys there.
 */
// prettier-ignore
export const REST_RULES: readonly (readonly [what: SecretClass, ...paths: string[]])[] = [
  // Messages: sent, got, listed, searched for; answers to interactions, and what came of them; crossposts.
  ['P', 'content', '[].content', 'messages[].content', 'messages[][].content', 'data.content', 'message.content',
    'resource.message.content', 'referenced_message.content', '[].referenced_message.content'],
  // Accounts.
  ['P', 'mfa_enabled', 'verified', 'premium_type', 'purchased_flags', 'nsfw_allowed', 'relationships'],
];

/**
 * Keys that are masked in every payload, at any depth; `*` stands for any beginning. They are names of fields:
 * an application command's option of that name is a value, and stays.
 */
export const SECRET_KEYS: readonly string[] = [
  ...[
    '*token',
    '*Token',
    '*tokens',
    '*token_hash',
    '*secret',
    '*Secret',
    '*secrets',
    '*password',
    '*Password',
  ],
  ...['*session_id', '*sessionId', '*SessionId', '*session_id_hash', '*authorization', '*Authorization'],
  ...['*email', '*phone', 'phone_number', 'ip', 'client_ip', 'ip_address'],
];

/** Keys whose values may be signed or secret URLs: CDN links with a signature, webhooks with their token. */
export const URL_KEYS: readonly string[] = ['url', '*_url'];

/** Keys under which the projection of ETF has, in base64, binaries that are no UTF-8. */
export const BINARY_KEYS: readonly string[] = ['$binary'];
