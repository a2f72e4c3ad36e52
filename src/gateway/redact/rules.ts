/**
 * Secrets by place, as data: one table for the gateway, the voice gateway and REST. The rules by path, the meaning of
 * keys and the fields of forms and queries are derived from it.
 *
 * A row has the scope, the class, and the paths or keys. For an opcode or an event that is a path under `d`, for a
 * route of REST one from the outermost value on: `a.b` keys, `[]` any element, `*` any key, nothing for the whole;
 * everything below a path is meant. Everywhere else it is a key, or a key within the object of another
 * (`embeds.title`), at any depth; `*` at an end matches anything, `:text` leaves numbers alone.
 * Identifiers and personal data whose key is listed for any place are not listed again for one.
 * Classes: S gives access, I identifies a person or a machine, P is personal, `open` is kept although a wider row would
 * mask it, `url` and `base64` may hold a secret. Keys are compared without case and underscores.
 * Source: docs.discord.food (gateway events, client properties, resources, authentication), Discord Docs/Gateway Events,
 * Receiving and Responding to Interactions, OAuth2 and Voice, all read 2026-08; RFC 6749 section 4.
 */

/** Kind of a secret. */
export type SecretClass = 'S' | 'I' | 'P';

/** Class of a row. */
export type RowClass = SecretClass | 'open' | 'url' | 'base64';

/** Groups of keys that have a meaning wherever they occur. */
export type KeyGroup = 'anywhere' | 'rest' | 'field' | 'credentials' | 'other credentials';

/** One row: where it applies, the class, the paths or keys. */
export type RedactionRule = readonly [
  where: number | string | readonly (number | string)[],
  what: RowClass,
  ...places: string[],
];

/** Places of keys, and the groups that apply there, the most specific first. */
export const KEY_GROUPS = {
  gateway: ['anywhere'],
  rest: ['rest', 'anywhere'],
  /** Routes whose bodies are credentials: everything not known to be harmless is masked. */
  credentials: ['credentials', 'rest', 'anywhere', 'other credentials'],
  /** Names in a query, a fragment or a form. */
  field: ['field', 'rest', 'anywhere'],
} as const satisfies Readonly<Record<string, readonly KeyGroup[]>>;

/** Routes whose bodies consist of credentials. */
export const CREDENTIAL_ROUTE = /^\/(?:auth|oauth2\/token|users\/@me\/mfa|mfa)(?:\/|$)/;

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
/** Keys of what people write. */
// prettier-ignore
export const WRITTEN_KEYS: readonly string[] = [
    'content', 'clean_content', 'original_content', 'matched_content', 'matched_keyword',
    'embeds.title', 'embeds.description', 'embeds.url', 'embed.title', 'embed.description', 'fields.name', 'fields.value',
    'footer.text', 'author.name', 'question.text', 'poll_media.text', 'attachments.filename', 'attachments.title',
    'attachments.description', 'attachments.url', 'attachments.proxy_url', 'media.url', 'media.proxy_url', 'file.url',
    'file.proxy_url', 'items.description', 'components.value', 'components.values', 'components.label',
    'components.placeholder', 'components.description', 'component.value', 'component.values', 'component.label',
    'component.placeholder', 'accessory.label', 'accessory.description', 'options.value', 'options.label',
    'options.description', 'reason', 'changes.new_value', 'changes.old_value', 'activities.state', 'activities.details',
    'game.state', 'game.details', 'bio', 'pronouns',
];

/** The table. */
// prettier-ignore
export const SECRET_TABLE: readonly RedactionRule[] = [
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
    'lobbies[].metadata', 'connection_request_data'],
  [READIES, 'P', 'connected_accounts[].id', 'connected_accounts[].name', 'connected_accounts[].metadata',
    'user.premium', 'user.premium_state', 'user_settings', 'user_settings_proto', 'notes', 'linked_users',
    'pending_payments', 'country_code', 'consents', 'relationships', 'private_channels', 'read_state'],

  // Voice.
  [VOICE_SERVERS, 'S', 'token'],
  [VOICE_SERVERS, 'I', 'endpoint'],
  [['VOICE_STATE_UPDATE', 'LOBBY_VOICE_STATE_UPDATE'], 'S', 'session_id'],
  [VOICE_CARRIERS, 'S', 'voice_states[].session_id', 'updated_voice_states[].session_id'],
  ['EMBEDDED_ACTIVITY_UPDATE_V2', 'S', 'participants[].session_id'],

  // Interactions and messages.
  ['INTERACTION_CREATE', 'S', 'token'],

  // Accounts, presence and everything else that carries keys of some kind.
  ['SESSIONS_REPLACE', 'S', '[].session_id'],
  ['PRESENCE_UPDATE', 'S', 'activities[].session_id', 'activities[].secrets'],
  ['PRESENCES_REPLACE', 'S', '[].activities[].session_id', '[].activities[].secrets'],
  ['USER_UPDATE', 'S', 'analytics_token'],
  ['USER_CONNECTIONS_UPDATE', 'S', 'access_token'],
  ['AUTH_SESSION_CHANGE', 'I', 'auth_session_id_hash'],
  [AUTHENTICATORS, 'I', ''],
  ['OAUTH2_TOKEN_REVOKE', 'S', 'access_token'],
  ['OAUTH2_TOKEN_CREATE', 'I', ''],
  ['BILLING_POPUP_BRIDGE_CALLBACK', 'S', 'state', 'path', 'query'],
  ['USER_PAYMENT_CLIENT_ADD', 'I', 'purchase_token_hash'],
  [['GIFT_CODE_CREATE', 'GIFT_CODE_UPDATE'], 'S', 'code'],
  [['INVITE_CREATE', 'INVITE_DELETE'], 'I', 'code'],
  [LOBBIES, 'S', 'secret'],
  [LOBBIES, 'I', 'metadata'],
  [['REMOTE_COMMAND', 'CONSOLE_COMMAND_UPDATE'], 'I', ''],
  ['USER_SETTINGS_PROTO_UPDATE', 'P', 'settings.proto'],
  ['USER_NOTE_UPDATE', 'P', 'note'],
  ['USER_CONNECTIONS_UPDATE', 'P', 'id', 'name', 'metadata'],

  // The voice gateway, whose opcodes mean other things: IDENTIFY and RESUME, SELECT_PROTOCOL, READY, users.
  [0, 'S', 'token', 'session_id'],
  [0, 'P', 'user_id', 'server_id', 'channel_id'],
  [7, 'S', 'token', 'session_id'],
  [7, 'P', 'user_id', 'server_id', 'channel_id'],
  [1, 'S', 'data:text'], // ICE user and password, if it is not an object
  [1, 'P', 'data.address', 'data.port'],
  [2, 'I', 'port'],
  [[5, 11, 12, 13, 18, 20], 'P', 'user_id', 'user_ids'],

  // Keys of secrets, whatever has them. They are names of fields: an application command's option of that name is a
  // value, and stays.
  ['anywhere', 'S', '*token', '*tokens', '*token_hash', '*secret', '*secrets', '*password', '*session_id',
    '*session_id_hash', '*authorization', '*secret_key', 'sdp'],
  ['anywhere', 'I', '*email', '*phone', 'phone_number', 'ip', 'client_ip', 'ip_address', 'rtc_connection_id'],
  // Links that may be signed, and webhooks with their token; binaries of ETF that are not UTF-8.
  ['anywhere', 'url', 'url', '*_url', 'location', '*_uri'],
  ['anywhere', 'base64', '$binary'],

  // Text that people write: in every message (replies, forwards, interactions, threads), in its embeds, polls,
  // components and files, in the options of a command, in an audit log, as a status.
  ['anywhere', 'P', ...WRITTEN_KEYS],
  // An account wherever one is, and how it pays.
  ['anywhere', 'P', 'username', 'global_name', 'legacy_username', 'display_name', 'nick', 'nickname', 'mfa_enabled',
    'authenticator_types', 'verified', 'premium_type', 'premium_usage_flags', 'purchased_flags', 'nsfw_allowed',
    'age_verification_status', 'billing_address', 'payment_source', 'payment_sources', 'last_4', 'date_of_birth'],

  // REST: codes and tickets, which are secret by their names there, but for the names of errors.
  ['rest', 'open', '_errors.code'],
  ['rest', 'S', 'code:text', 'ticket', 'code_verifier', 'assertion', 'captcha_key', 'captcha_rqdata', '*fingerprint'],
  ['rest', 'P', 'relationships', 'note', 'query'],
  ['/users/@me/connections', 'P', '[].id', '[].name', '[].metadata'],
  // Calls that are about credentials: all text in them, but for what everybody may know.
  ['credentials', 'open', 'id', 'user_id', 'username', 'global_name', 'display_name', 'discriminator', 'avatar', 'locale',
    'theme', 'message', 'grant_type', 'token_type', 'scope', 'type', 'required_actions', 'method',
    'gift_code_sku_id', 'login_source', 'mfa', 'sms', 'totp', 'backup', 'captcha_sitekey', 'captcha_service',
    'client_id', 'name', 'description', 'icon', 'expires'],
  ['other credentials', 'I', '*:text'],
  // Fields of forms and queries.
  ['field', 'S', 'state', '*_key', '*_auth', 'auth_code', '*token*', '*secret*', '*passw*',
    '*ticket*', '*signature', 'upload_id'],
];
