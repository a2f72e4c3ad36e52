/**
 * Makeshift REST: answers of the mock's own making to what libraries ask at login, where nothing was recorded.
 *
 * Who the bot is comes from READY, commands and messages come back as they were sent, what has no answer at Discord
 * either is taken silently. Everything else has no answer.
 * Source: Discord Docs/User, "Get Current User"; Discord Docs/Application; Discord Docs/Application Commands;
 * Discord Docs/Message, "Create Message"; Discord Docs/Receiving and Responding, "Create Interaction Response".
 */
import { asObject, asString, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import type { Recording } from '../recording.js';
import type { RestAnswer } from './book.js';
import { jsonOf, routeOf, type RestRequest } from './route.js';

const JSON_TYPE = 'application/json';
const ME = /^GET \/users\/@me$/;
const APPLICATION = /^GET \/(?:oauth2\/)?applications\/@me$/;
const COMMANDS = /^(GET|PUT|POST) \/applications\/(\d+)(?:\/guilds\/(\d+))?\/commands$/;
const MESSAGE = /^(?:POST|PATCH) \/(?:channels\/(\d+)\/messages|webhooks\/\d+\/:token)(?:\/|$)/;
const SILENT = [
  /^POST \/interactions\/\d+\/:token\/callback$/,
  /^POST \/channels\/\d+\/typing$/,
  /^(?:PUT|DELETE) \/channels\/\d+\/messages\/\d+\/reactions\//,
  /^DELETE \/(?:channels\/\d+|webhooks\/\d+\/:token)\/messages\/[^/]+$/,
];

const NEW_MESSAGE: JsonObject = {
  type: 0,
  content: '',
  channel_id: '0',
  timestamp: '2015-01-01T00:00:00.000000+00:00',
  edited_timestamp: null,
  tts: false,
  mention_everyone: false,
  mentions: [],
  mention_roles: [],
  attachments: [],
  embeds: [],
  pinned: false,
};

/** Answers for the bot of one READY. */
export class MakeshiftRest {
  readonly #user: JsonObject | null;
  readonly #application: JsonObject | null;
  #messageCount = 0;

  constructor(recordings: readonly Recording[]) {
    const ready = readyOf(recordings);
    this.#user = asObject(ready?.['user']);
    this.#application = asObject(ready?.['application']);
  }

  /** Answer to a request, or null when there is none to be made up. */
  answer(request: RestRequest): RestAnswer | null {
    const route = routeOf(request);
    if (SILENT.some((silent) => silent.test(route)))
      return { status: 204, type: null, headers: {}, body: null };
    const value = this.#value(route, request);
    return value === null ? null : { status: 200, type: JSON_TYPE, headers: {}, body: JSON.stringify(value) };
  }

  #value(route: string, request: RestRequest): JsonValue {
    if (ME.test(route)) return this.#user;
    if (APPLICATION.test(route)) return this.#applicationObject();
    const message = MESSAGE.exec(route);
    if (message !== null) return this.#message(message[1] ?? null, jsonOf(request));
    const [, method, application = '', guild = null] = COMMANDS.exec(route) ?? [];
    if (method === undefined) return null;
    if (method === 'GET') return [];
    const body = jsonOf(request);
    if (!Array.isArray(body)) return registered(body, application, guild, 1);
    return (body as readonly JsonValue[]).map((command, index) =>
      registered(command, application, guild, index + 1),
    );
  }

  // A message as the API gives it back, to the nonce that libraries look for. Ids count on from the bot's own.
  #message(channel: string | null, body: JsonValue): JsonObject | null {
    if (this.#user === null) return null;
    this.#messageCount += 1;
    const own = asString(this.#user['id']) ?? '';
    const id = (BigInt(/^\d+$/.test(own) ? own : 0) + BigInt(this.#messageCount)).toString();
    const place = channel === null ? {} : { channel_id: channel };
    return { ...NEW_MESSAGE, ...asObject(body), id, ...place, author: this.#user };
  }

  #applicationObject(): JsonObject | null {
    if (this.#user === null || this.#application === null) return null;
    const { username = '', ...user } = this.#user;
    const facts = {
      name: username,
      icon: null,
      description: '',
      bot_public: true,
      verify_key: '0'.repeat(64),
    };
    return { ...facts, bot: { username, ...user }, ...this.#application };
  }
}

// A command as the API gives it back. Ids follow that of the application, so that they are the same in every run.
function registered(
  command: JsonValue,
  application: string,
  guild: string | null,
  ordinal: number,
): JsonObject {
  const id = (BigInt(application) + BigInt(ordinal)).toString();
  const place = guild === null ? {} : { guild_id: guild };
  const defaults = { type: 1, description: '', default_member_permissions: null, nsfw: false };
  const facts = { id, application_id: application, version: id, ...place };
  return { ...defaults, ...asObject(command), ...facts };
}

function readyOf(recordings: readonly Recording[]): JsonObject | null {
  for (const { steps } of recordings) {
    const ready = steps.find((step) => step.type === 'payload' && step.payload.t === 'READY');
    const d = ready?.type === 'payload' ? asObject(ready.payload.d) : null;
    if (asString(asObject(d?.['user'])?.['id']) !== null) return d;
  }
  return null;
}
