/**
 * The table of secrets, against a list of its own: payloads, bodies and fields as the documentation has them, with the class
 * of each value instead of the value. Each is masked alone, so that no other value of its payload helps.
 */
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/gateway/payload.js';
import { Redactor } from '../../../src/gateway/redact/redact.js';
import { placeholder } from '../../support/capture-playbook.js';
import { redact } from '../../support/redacted-text.js';

/**
 * What becomes of a text. `S`: masked, and remembered whatever it is; `s`: masked, and remembered if it looks random; `I`:
 * masked; `P`: masked with `personal` only; `-`: kept. `url` and `base64`: a secret within it is masked. Numbers are kept.
 */
type Class = 'S' | 's' | 'I' | 'P' | '-' | 'url' | 'base64';
type Sample = Class | number | readonly Sample[] | { readonly [key: string]: Sample };

const VOICE_SERVER: Sample = { token: 'S', endpoint: 'I', guild_id: '-' };
const VOICE_IDENTIFY: Sample = {
  token: 'S',
  session_id: 'S',
  user_id: 'P',
  server_id: 'P',
  channel_id: 'P',
  video: '-',
};
const VOICE_USERS: Sample = { user_id: 'P', user_ids: ['P'], flags: '-' };
const VOICE_CARRIER: Sample = {
  voice_states: [{ session_id: 'S', channel_id: '-' }],
  updated_voice_states: [{ session_id: 'S', channel_id: '-' }],
};
const PRESENCE: Sample = { session_id: 'S', secrets: { join: 'S', match: 'S' }, name: '-' };
const LOBBY: Sample = { secret: 'S', metadata: { x: 'I' }, id: '-' };
const READY: Sample = {
  v: 10,
  auth_token: 'S',
  session_id: 'S',
  analytics_token: 'S',
  sessions: [{ session_id: 'S', status: '-' }],
  connected_accounts: [{ access_token: 'S', id: 'P', name: 'P', metadata: { x: 'P' }, type: '-' }],
  guilds: [
    {
      id: '-',
      voice_states: [{ session_id: 'S' }],
      activity_instances: [{ participants: [{ session_id: 'S', user_id: '-' }] }],
    },
  ],
  lobbies: [
    { secret: 'S', metadata: { x: 'I' }, members: [{ session_id: 'S' }], member: { session_id: 'S' } },
  ],
  auth_session_id_hash: 'I',
  static_client_session_id: 'I',
  auth: { x: 'I' },
  resume_gateway_url: 'I',
  _trace: ['I'],
  connection_request_data: { x: 'I' },
  user: {
    id: '-',
    analytics_token: 'S',
    email: 'I',
    phone: 'I',
    mfa_enabled: 'P',
    authenticator_types: ['P'],
    verified: 'P',
    premium: 'P',
    premium_type: 'P',
    premium_usage_flags: 'P',
    premium_state: { x: 'P' },
    purchased_flags: 'P',
    nsfw_allowed: 'P',
    age_verification_status: 'P',
  },
  user_settings: { x: 'P' },
  user_settings_proto: 'P',
  notes: { x: 'P' },
  linked_users: [{ x: 'P' }],
  pending_payments: [{ x: 'P' }],
  country_code: 'P',
  consents: { x: 'P' },
  relationships: [{ id: 'P' }],
  private_channels: [{ id: 'P' }],
  read_state: { x: 'P' },
};

/** Keys that mean the same wherever they are. */
const ANYWHERE: Sample = {
  token: 's',
  refreshToken: 's',
  'access-tokens': ['s'],
  purchase_token_hash: 's',
  lobby_secret: 's',
  secrets: { join: 's' },
  backup_password: 's',
  new_session_id: 's',
  media_session_id: 's',
  auth_session_id_hash: 's',
  Authorization: 's',
  client_secret_key: 's',
  sdp: 's',
  billing_email: 'I',
  phone: 'I',
  phone_number: 'I',
  ip: 'I',
  client_ip: 'I',
  ip_address: 'I',
  rtc_connection_id: 'I',
  url: 'url',
  proxy_url: 'url',
  location: 'url',
  redirect_uri: 'url',
  $binary: 'base64',
  id: '-',
  name: '-',
  title: '-',
  value: '-',
};

const WRITTEN: Sample = {
  content: 'P',
  clean_content: 'P',
  original_content: 'P',
  matched_content: 'P',
  matched_keyword: 'P',
  embeds: [
    {
      title: 'P',
      description: 'P',
      url: 'P',
      fields: [{ name: 'P', value: 'P' }],
      footer: { text: 'P' },
      author: { name: 'P' },
      type: '-',
    },
  ],
  embed: { title: 'P', description: 'P' },
  poll: { question: { text: 'P' }, answers: [{ poll_media: { text: 'P' } }] },
  attachments: [{ filename: 'P', title: 'P', description: 'P', url: 'P', proxy_url: 'P', content_type: '-' }],
  media: { url: 'P', proxy_url: 'P' },
  gallery: { items: [{ description: 'P', media: { url: 'P' }, spoiler: '-' }] },
  section: { accessory: { description: 'P', label: 'P', media: { url: 'P' }, style: '-' } },
  attached: { file: { url: 'P', proxy_url: 'P' }, spoiler: '-' },
  components: [
    { value: 'P', values: ['P'], label: 'P', placeholder: 'P', description: 'P', custom_id: '-' },
    { component: { value: 'P', values: ['P'], label: 'P', placeholder: 'P' } },
  ],
  options: [{ value: 'P', label: 'P', description: 'P', name: '-' }],
  reason: 'P',
  changes: [{ new_value: 'P', old_value: 'P', key: '-' }],
  activities: [{ state: 'P', details: 'P', name: '-' }],
  game: { state: 'P', details: 'P' },
  bio: 'P',
  pronouns: 'P',
};

const ACCOUNT: Sample = {
  username: 'P',
  global_name: 'P',
  legacy_username: 'P',
  display_name: 'P',
  nick: 'P',
  nickname: 'P',
  mfa_enabled: 'P',
  authenticator_types: ['P'],
  verified: 'P',
  premium_type: 'P',
  premium_usage_flags: 'P',
  purchased_flags: 'P',
  nsfw_allowed: 'P',
  age_verification_status: 'P',
  billing_address: { line_1: 'P' },
  payment_source: { brand: 'P' },
  payment_sources: [{ brand: 'P' }],
  last_4: 'P',
  date_of_birth: 'P',
};

/** `d` of payloads, by opcode or event. */
const PAYLOADS: readonly (readonly [where: number | string, sample: Sample])[] = [
  [0, VOICE_IDENTIFY],
  [1, { data: 'S' }],
  [1, { data: { address: 'P', port: 'P', mode: '-' } }],
  [
    2,
    {
      token: 'S',
      presence: { activities: [PRESENCE] },
      properties: {
        os: '-',
        browser: '-',
        device: '-',
        $os: '-',
        $browser: '-',
        $device: '-',
        browser_user_agent: 'I',
        client_launch_id: 'I',
      },
      client_state: { guild_versions: { x: 'P' } },
      ip: 'I',
      port: 'I',
      intents: 513,
    },
  ],
  [3, { activities: [PRESENCE], status: '-' }],
  [4, { guild_id: 'P', channel_id: 'P', self_mute: '-' }],
  [5, VOICE_USERS],
  [6, { token: 'S', session_id: 'S', seq: '-' }],
  [7, VOICE_IDENTIFY],
  [8, { query: 'P', guild_id: '-' }],
  [10, { _trace: ['I'], heartbeat_interval: '-' }],
  [11, VOICE_USERS],
  [12, VOICE_USERS],
  [13, { ...VOICE_USERS, channel_id: 'P' }],
  [15, { lobby_secret: 'S', lobby_id: '-' }],
  [18, { ...VOICE_USERS, guild_id: 'P', channel_id: 'P' }],
  [19, { stream_key: 'P', paused: '-' }],
  [20, { ...VOICE_USERS, stream_key: 'P' }],
  [21, { stream_key: 'P', paused: '-' }],
  [22, { stream_key: 'P', paused: '-' }],
  [29, { target_session_id: 'I', payload: { x: 'I' }, nonce: '-' }],
  [35, { query: 'P', continuation_token: '-', limit: '-' }],
  [41, { session_id: 'I', client_launch_id: 'I', initialization_timestamp: '-' }],
  ['READY', READY],
  ['READY_SUPPLEMENTAL', READY],
  ['RESUMED', { _trace: ['I'], x: '-' }],
  ['VOICE_SERVER_UPDATE', VOICE_SERVER],
  ['STREAM_SERVER_UPDATE', VOICE_SERVER],
  ['LOBBY_VOICE_SERVER_UPDATE', VOICE_SERVER],
  ['SPEED_TEST_SERVER_UPDATE', VOICE_SERVER],
  ['VOICE_STATE_UPDATE', { session_id: 'S', channel_id: '-' }],
  ['LOBBY_VOICE_STATE_UPDATE', { session_id: 'S', lobby_id: '-' }],
  ['GUILD_CREATE', VOICE_CARRIER],
  ['CALL_CREATE', VOICE_CARRIER],
  ['PASSIVE_UPDATE_V1', VOICE_CARRIER],
  ['PASSIVE_UPDATE_V2', VOICE_CARRIER],
  ['EMBEDDED_ACTIVITY_UPDATE_V2', { participants: [{ session_id: 'S', user_id: '-' }] }],
  [
    'INTERACTION_CREATE',
    { token: 'S', user: { email: 'I' }, member: { user: { email: 'I' } }, data: WRITTEN },
  ],
  ['SESSIONS_REPLACE', [{ session_id: 'S', status: '-' }]],
  ['PRESENCE_UPDATE', { activities: [PRESENCE], user: { id: '-' } }],
  ['PRESENCES_REPLACE', [{ activities: [PRESENCE], status: '-' }]],
  ['USER_UPDATE', { analytics_token: 'S', email: 'I', phone: 'I', id: '-' }],
  ['USER_CONNECTIONS_UPDATE', { access_token: 'S', id: 'P', name: 'P', metadata: { x: 'P' }, type: '-' }],
  ['AUTH_SESSION_CHANGE', { auth_session_id_hash: 'I', x: '-' }],
  ['AUTHENTICATOR_CREATE', { id: 'I', name: 'I' }],
  ['AUTHENTICATOR_UPDATE', { id: 'I', name: 'I' }],
  ['AUTHENTICATOR_DELETE', { id: 'I' }],
  ['OAUTH2_TOKEN_REVOKE', { access_token: 'S', x: '-' }],
  ['OAUTH2_TOKEN_CREATE', { anything: [{ at: { all: 'I' } }] }],
  ['BILLING_POPUP_BRIDGE_CALLBACK', { state: 'S', path: 'S', query: 'S', payment_source_type: '-' }],
  ['USER_PAYMENT_CLIENT_ADD', { purchase_token_hash: 'I', expires_at: '-' }],
  ['PAYMENT_UPDATE', { payment_source: { billing_address: { name: 'P' } }, currency: '-' }],
  ['GIFT_CODE_CREATE', { code: 'S', sku_id: '-' }],
  ['GIFT_CODE_UPDATE', { code: 'S', uses: '-' }],
  ['INVITE_CREATE', { code: 'I', channel_id: '-' }],
  ['INVITE_DELETE', { code: 'I', channel_id: '-' }],
  ['LOBBY_CREATE', LOBBY],
  ['LOBBY_UPDATE', LOBBY],
  ['REMOTE_COMMAND', { payload: { type: 'I' } }],
  ['CONSOLE_COMMAND_UPDATE', { id: 'I' }],
  ['USER_SETTINGS_PROTO_UPDATE', { settings: { proto: 'P', type: 1 }, partial: '-' }],
  ['USER_NOTE_UPDATE', { note: 'P', id: '-' }],
  ['MESSAGE_CREATE', WRITTEN],
  ['SOMETHING_NEW', ANYWHERE],
  ['SOMETHING_NEW', { deep: [{ down: ACCOUNT }] }],
];

/** Bodies of REST, by route. */
const BODIES: readonly (readonly [route: string, sample: Sample])[] = [
  ['/channels/:id', WRITTEN],
  ['/users/:id', ACCOUNT],
  ['/x', ANYWHERE],
  [
    '/x',
    {
      code: 's',
      ticket: 's',
      code_verifier: 's',
      assertion: 's',
      captcha_key: 's',
      captcha_rqdata: 's',
      old_fingerprint: 's',
      relationships: [{ id: 'P' }],
      note: 'P',
      query: 'P',
      errors: { name: { _errors: [{ code: '-' }] } },
      message: '-',
    },
  ],
  ['/x', { code: 50_035 }],
  ['/users/@me/connections', [{ id: 'P', name: 'P', metadata: { x: 'P' }, type: '-' }]],
  ...['/auth/login', '/oauth2/token', '/users/@me/mfa/totp', '/mfa/finish'].map(
    (route): readonly [string, Sample] => [
      route,
      {
        login: 'I',
        undelete: 7,
        code: 's',
        token: 's',
        email: 'I',
        id: '-',
        user_id: '-',
        username: '-',
        global_name: '-',
        display_name: '-',
        discriminator: '-',
        avatar: '-',
        locale: '-',
        theme: '-',
        message: '-',
        errors: { login: { _errors: [{ code: '-', message: '-' }] } },
        grant_type: '-',
        token_type: '-',
        scope: '-',
        type: '-',
        required_actions: ['-'],
        method: '-',
        gift_code_sku_id: '-',
        login_source: '-',
        mfa: '-',
        sms: '-',
        totp: '-',
        backup: '-',
        captcha_sitekey: '-',
        captcha_service: '-',
        redirect_uri: 'url',
        client_id: '-',
        application: { name: '-', description: '-', icon: '-' },
        expires: '-',
      },
    ],
  ),
];

/** Fields of forms and queries. */
const FIELDS: Readonly<Record<string, Class>> = {
  code: 's',
  state: 's',
  key: 's',
  api_key: 's',
  apikey: 's',
  auth: 's',
  basic_auth: 's',
  auth_code: 's',
  token_of_mine: 's',
  my_secret_word: 's',
  passwd: 's',
  tickets: 's',
  'x-amz-signature': 's',
  upload_id: 's',
  ticket: 's',
  session_id: 's',
  email: 'I',
  note: 'P',
  content: 'P',
  limit: '-',
  author_id: '-',
};

const MODES = ['secrets', 'personal'] as const;
const REDACTORS = {
  secrets: new Redactor({ redaction: 'secrets', placeholder }),
  personal: new Redactor({ redaction: 'personal', placeholder }),
};
/** Parts of texts that look like the secrets of clients, or like nothing much. */
const PREFIXES = { random: 'a1b2c3d4e5f6a7b8', short: 'mark' } as const;
let marks = 0;

interface Leaf {
  readonly path: string;
  readonly what: Class | number;
  /** The sample with a text there, and nothing else in it. */
  readonly write: (text: JsonValue) => JsonValue;
}

function leavesOf(sample: Sample): readonly Leaf[] {
  if (typeof sample !== 'object') return [{ path: '', what: sample, write: (text) => text }];
  return Object.entries(sample).flatMap(([key, below]) =>
    leavesOf(below).map(({ path, what, write }) => ({
      path: `.${key}${path}`,
      what,
      write: (text: JsonValue) => (Array.isArray(sample) ? [write(text)] : { [key]: write(text) }),
    })),
  );
}

type Mask = (redactor: Redactor, value: (text: JsonValue) => JsonValue, text: JsonValue) => string;

/** What becomes of a text of a class, by the redactor: `-`, or `I` or `S` for one that is masked, or remembered, too. */
function observe(mask: Mask, { write, what }: Leaf, mode: 'secrets' | 'personal', looks: 'random' | 'short') {
  const redactor = REDACTORS[mode];
  if (typeof what === 'number') return mask(redactor, write, what).includes(String(what)) ? what : 0;
  const mark = `${PREFIXES[looks]}${String((marks += 1)).padStart(6, '0')}`;
  if (what === 'url') {
    const kept = mask(redactor, write, `https://x.example/a?hm=${mark}`);
    return !kept.includes(mark) && kept.includes('"https://x.example/a?') ? what : 'I';
  }
  if (what === 'base64') {
    const text = Buffer.from(`\xff"token":"${mark}"`, 'latin1').toString('base64');
    return mask(redactor, write, text).includes(text) ? '-' : what;
  }
  if (mask(redactor, write, mark).includes(mark)) return '-';
  return redactor.text(mark) === mark ? 'I' : 'S';
}

function expected(what: Leaf['what'], mode: 'secrets' | 'personal', looks: 'random' | 'short') {
  if (what === 's') return looks === 'random' ? 'S' : 'I';
  if (what === 'P') return mode === 'personal' ? 'I' : '-';
  return what;
}

/** Expects that each value of a sample, alone, is masked and remembered as its class says. */
function expectClasses(mask: Mask, sample: Sample): void {
  for (const mode of MODES) {
    for (const looks of ['random', 'short'] as const) {
      const leaves = leavesOf(sample);
      const seen = leaves.map((leaf) => `${leaf.path} ${observe(mask, leaf, mode, looks)}`);
      expect(seen, `${mode}, ${looks}`).toEqual(
        leaves.map(({ path, what }) => `${path} ${expected(what, mode, looks)}`),
      );
    }
  }
}

function redactPayload(redactor: Redactor, where: number | string, d: JsonValue): string {
  const [op, t] = typeof where === 'number' ? [where, null] : [0, where];
  return redact(redactor, JSON.stringify({ op, t, s: 1, d }));
}

describe('of a payload', () => {
  it.each(PAYLOADS)('%s each secret is masked, and what is none stays', (where, sample) => {
    expectClasses((redactor, write, text) => redactPayload(redactor, where, write(text)), sample);
  });
});

describe('of a body', () => {
  it.each(BODIES)('on %s each secret is masked, and what is none stays', (route, sample) => {
    const mask: Mask = (redactor, write, text) =>
      Buffer.from(redactor.json(Buffer.from(JSON.stringify(write(text))), route)).toString();
    expectClasses(mask, sample);
  });
});

it.each(Object.entries(FIELDS))('a field %s is of class %s', (name, what) => {
  expectClasses((redactor, write, text) => {
    const value = write(text) as string;
    return redactor.field(name, value) ?? value;
  }, what);
});
