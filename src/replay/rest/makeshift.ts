/**
 * Makeshift REST: answers of the mock's own making to what libraries ask at login, where nothing was recorded.
 *
 * Who the bot is comes from READY, messages come back as they were sent, commands are kept, what has no answer at Discord
 * either is taken silently. Everything else has no answer.
 * Source: Discord Docs/User, "Get Current User"; Discord Docs/Application;
 * Discord Docs/Message, "Create Message"; Discord Docs/Receiving and Responding, "Create Interaction Response".
 */
import { asObject, asString, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import type { Recording } from '../recording.js';
import type { RestAnswer } from './book.js';
import { Commands } from './commands.js';
import { jsonOf, routeOf, type RestRequest } from './route.js';

const JSON_TYPE = 'application/json';
const ME = /^GET \/users\/@me$/;
const APPLICATION = /^GET \/(?:oauth2\/)?applications\/@me$/;
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
  readonly #commands = new Commands();
  #messageCount = 0;

  constructor(recordings: readonly Recording[]) {
    const ready = readyOf(recordings);
    this.#user = asObject(ready?.['user']);
    this.#application = asObject(ready?.['application']);
  }

  /** Answer to a request, or null when there is none to be made up. */
  answer(request: RestRequest): RestAnswer | null {
    const route = routeOf(request);
    if (SILENT.some((silent) => silent.test(route))) return answerOf(204, null);
    const command = this.#commands.answer(route, jsonOf(request));
    if (command !== null) return answerOf(command.status, command.value);
    const value = this.#value(route, request);
    return value === null ? null : answerOf(200, value);
  }

  #value(route: string, request: RestRequest): JsonValue {
    if (ME.test(route)) return this.#user;
    if (APPLICATION.test(route)) return this.#applicationObject();
    const message = MESSAGE.exec(route);
    return message === null ? null : this.#message(message[1] ?? null, jsonOf(request));
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

function answerOf(status: number, value: JsonValue): RestAnswer {
  const [type, body] = value === null ? [null, null] : [JSON_TYPE, JSON.stringify(value)];
  return { status, type, headers: {}, body };
}

function readyOf(recordings: readonly Recording[]): JsonObject | null {
  for (const { steps } of recordings) {
    const ready = steps.find((step) => step.type === 'payload' && step.payload.t === 'READY');
    const d = ready?.type === 'payload' ? asObject(ready.payload.d) : null;
    if (asString(asObject(d?.['user'])?.['id']) !== null) return d;
  }
  return null;
}
