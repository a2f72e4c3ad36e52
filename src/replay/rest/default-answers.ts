/**
 * Default answers: the mock's answers to REST calls without a recorded answer: one table of routes and answers.
 *
 * The bot's identity comes from READY; guilds, channels and messages come from recorded and sent ones. Messages are
 * returned as they were sent and are kept, commands are kept. A call that Discord answers without a body gets no body
 * here either. Other calls have no answer. Source: Discord Docs/User, "Get Current User"; Discord Docs/Application;
 * Discord Docs/Message; Discord Docs/Channel, "Start Thread from Message"; Discord Docs/Receiving and Responding,
 * "Create Interaction Response"; Discord Docs/Webhook, "Execute Webhook".
 */
import { asInteger, asObject, asString, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import { isObfuscatedChannel, MISSING_ACCESS } from '../../gateway/obfuscation.js';
import type { Recording } from '../recording.js';
import type { RestAnswer } from './recorded-answers.js';
import { Commands } from './commands.js';
import { ChatMessages, type WithId } from './chat-messages.js';
import {
  formatRequestKey,
  matchRoute,
  parseBody,
  type PathName,
  type PathValues,
  type RestRequest,
  type Route,
  splitSegments,
} from './routes.js';
import { recordedObjects, type RecordedObjects } from './recorded-objects.js';

/** Status and body; null for no such thing. */
type Made = readonly [status: number, value: JsonValue] | null;

/** A request, as its row's answer sees it. */
interface Asked<Name extends string = string> {
  readonly values: PathValues<Name>;
  readonly query: URLSearchParams;
  readonly body: JsonValue;
}

type Answer<Name extends string = string> = (state: State, asked: Asked<Name>) => Made;

/** A row whose answer sees the values that the template names. */
function row<Template extends string>(
  method: string,
  template: Template,
  answer: Answer<PathName<Template>>,
): Route<Answer> {
  return [method, template, answer];
}

/** Body of the 404 for a message that was deleted. Source: Discord Docs/Opcodes and Status Codes, "JSON Error Codes". */
const UNKNOWN_MESSAGE = Object.freeze({ message: 'Unknown Message', code: 10008 });

const JSON_TYPE = 'application/json';
const SILENCE: Made = [204, null];
const silent: Answer = () => SILENCE;
const nothing: Answer = () => [200, []];

const CHANNEL = '/channels/:channel';
const MESSAGE = `${CHANNEL}/messages/:message`;
const WEBHOOK = '/webhooks/:webhook/:token';

// prettier-ignore
const ROUTES: readonly Route<Answer>[] = [
  row('GET', '/users/@me', ({ user }) => found(user)),
  row('GET', '/applications/@me', (state) => found(state.application())),
  row('GET', '/oauth2/applications/@me', (state) => found(state.application())),
  row('POST', '/users/@me/channels', (state, { body }) => [200, state.directChannel(asObject(body))]),
  row('GET', '/guilds/:guild', ({ recorded }, { values }) => found(recorded.guilds.get(values.guild))),
  row('GET', '/guilds/:guild/channels', ({ recorded }, { values }) => found(visibleChannels(recorded.guilds.get(values.guild)))),
  row('GET', '/guilds/:guild/roles', ({ recorded }, { values }) => found(recorded.guilds.get(values.guild)?.['roles'])),
  row('GET', CHANNEL, (state, { values }) => foundChannel(state.channel(values.channel))),
  row('POST', `${CHANNEL}/typing`, silent),
  row('GET', `${CHANNEL}/messages`, ({ messages }, { values }) => [200, messages.inChannel(values.channel)]),
  row('POST', `${CHANNEL}/messages`, ({ messages }, { values, body }) => [200, messages.add(asObject(body), readChannel(values.channel))]),
  row('POST', `${CHANNEL}/messages/bulk-delete`, bulkDelete),
  row('GET', `${CHANNEL}/messages/pins`, () => [200, { items: [], has_more: false }]),
  row('PUT', `${CHANNEL}/messages/pins/:message`, silent),
  row('DELETE', `${CHANNEL}/messages/pins/:message`, silent),
  row('GET', `${CHANNEL}/pins`, nothing),
  row('PUT', `${CHANNEL}/pins/:message`, silent),
  row('DELETE', `${CHANNEL}/pins/:message`, silent),
  row('GET', MESSAGE, ({ messages }, { values }) => found(messages.find(values.message))),
  row('PATCH', MESSAGE, ({ messages }, { values, body }) => [200, messages.edit(values.message, asObject(body), readChannel(values.channel))]),
  row('DELETE', MESSAGE, remove),
  row('POST', `${MESSAGE}/crosspost`, ({ messages }, { values }) => [200, messages.crosspost(values.message, readChannel(values.channel))]),
  row('POST', `${MESSAGE}/threads`, (state, { values, body }) => [201, state.thread(values.message, values.channel, asObject(body))]),
  row('POST', `${CHANNEL}/threads`, (state, { values, body }) => [201, state.thread(null, values.channel, asObject(body))]),
  row('PUT', `${CHANNEL}/thread-members/:user`, silent),
  row('DELETE', `${CHANNEL}/thread-members/:user`, silent),
  row('DELETE', `${MESSAGE}/reactions`, silent),
  row('GET', `${MESSAGE}/reactions/:emoji`, nothing),
  row('DELETE', `${MESSAGE}/reactions/:emoji`, silent),
  row('PUT', `${MESSAGE}/reactions/:emoji/:user`, silent),
  row('DELETE', `${MESSAGE}/reactions/:emoji/:user`, silent),
  row('POST', '/interactions/:interaction/:token/callback', respond),
  row('POST', WEBHOOK, execute),
  row('GET', `${WEBHOOK}/messages/:message`, ({ messages }, { values }) => found(messages.find(messages.findId(values.message, values.token)))),
  row('PATCH', `${WEBHOOK}/messages/:message`, editByWebhook),
  row('DELETE', `${WEBHOOK}/messages/:message`, remove),
];

/** Route templates that are answered without a recording, methods included. */
export const MADE_ROUTES: readonly string[] = ROUTES.map(([method, template]) => `${method} ${template}`);

const PUBLIC_THREAD = 11;
const DEFAULT_ARCHIVE_MINUTES = 4_320;
const THREADS_BEGAN_AT = '2015-01-01T00:00:00.000000+00:00';

/** Answers for the bot of one READY. */
export class DefaultAnswers {
  readonly #state: State | null;
  readonly #commands = new Commands();

  constructor(recordings: readonly Recording[]) {
    const bot = findBot(recordings);
    this.#state = bot === null ? null : new State(bot, recordings);
  }

  /** Answer to a request, or null if none can be generated. */
  answer(request: RestRequest): RestAnswer | null {
    const body = parseBody(request);
    const command = this.#commands.answer(formatRequestKey(request), body);
    if (command !== null) return makeAnswer(command.status, command.value);
    const route = matchRoute(ROUTES, request.method, splitSegments(request.path));
    if (route === null) return null;
    if (this.#state === null) return route.answer === silent ? makeAnswer(204, null) : null;
    const { values } = route;
    if (isRemoved(this.#state, values)) return makeAnswer(404, UNKNOWN_MESSAGE);
    const query = new URLSearchParams(request.path.split('?')[1]);
    const made = route.answer(this.#state, { values, query, body });
    return made === null ? null : makeAnswer(...made);
  }
}

/** State of the API: the bot, its messages, and recorded objects. */
class State {
  readonly user: WithId;
  readonly #recordings: readonly Recording[];
  #recorded: RecordedObjects | null = null;
  #messages: ChatMessages | null = null;
  readonly #application: JsonObject | null;
  readonly #channels = new Map<string, JsonObject>(); // made here

  constructor({ user, application }: Bot, recordings: readonly Recording[]) {
    this.user = user;
    this.#application = application;
    this.#recordings = recordings;
  }

  get recorded(): RecordedObjects {
    this.#recorded ??= recordedObjects(this.#recordings);
    return this.#recorded;
  }

  get messages(): ChatMessages {
    this.#messages ??= new ChatMessages(this.user, this.recorded.messages);
    return this.#messages;
  }

  application(): JsonObject | null {
    if (this.#application === null) return null;
    const { username = '', ...user } = this.user;
    const facts = {
      name: username,
      icon: null,
      description: '',
      bot_public: true,
      verify_key: '0'.repeat(64),
    };
    return { ...facts, bot: { username, ...user }, ...this.#application };
  }

  channel(id: string): JsonObject | undefined {
    return this.#channels.get(id) ?? this.recorded.channels.get(id);
  }

  /** A direct channel with the user that the bot wrote to. */
  directChannel(body: JsonObject | null): JsonObject {
    const recipient = asString(body?.['recipient_id']) ?? '0';
    const known = [...this.#channels.values()].find((channel) => channel['recipient_id'] === recipient);
    if (known !== undefined) return known;
    return this.#keep({
      id: this.#newId(),
      type: 1,
      last_message_id: null,
      recipient_id: recipient,
      recipients: [{ id: recipient, username: '', discriminator: '0', avatar: null }],
    });
  }

  /** A thread; one that begins at a message has its id. */
  thread(message: string | null, channel: string, body: JsonObject | null): JsonObject {
    const id = message ?? this.#newId();
    const owner = this.user.id;
    const thread = this.#keep({
      type: PUBLIC_THREAD,
      name: '',
      ...body,
      id,
      guild_id: this.channel(channel)?.['guild_id'] ?? null,
      parent_id: channel,
      owner_id: owner,
      message_count: 0,
      member_count: 1,
      last_message_id: null,
      thread_metadata: {
        archived: false,
        auto_archive_duration: body?.['auto_archive_duration'] ?? DEFAULT_ARCHIVE_MINUTES,
        archive_timestamp: THREADS_BEGAN_AT,
        locked: false,
      },
      member: { id, user_id: owner, join_timestamp: THREADS_BEGAN_AT, flags: 0 },
    });
    const first = asObject(body?.['message']);
    return first === null ? thread : { ...thread, message: this.messages.add(first, { channel_id: id }) };
  }

  /** An id that no channel has, and no message. */
  #newId(): string {
    for (;;) {
      const id = this.messages.newId();
      if (this.channel(id) === undefined) return id;
    }
  }

  #keep(channel: WithId): JsonObject {
    this.#channels.set(channel.id, channel);
    return channel;
  }
}

// Answers to an interaction: 4 and 5 are messages, 7 is the message of a component; other types have no message.
const MESSAGE_RESPONSES: ReadonlySet<number> = new Set([4, 5, 7]);
const DEFERRED = 5;
const LOADING = 1 << 7;
const APPLICATION_COMMAND = 2;

function respond(
  { messages, recorded }: State,
  { values, query, body }: Asked<'interaction' | 'token'>,
): Made {
  const { interaction, token } = values;
  const type = asInteger(asObject(body)?.['type']) ?? 0;
  const asked = recorded.interactions.get(interaction) ?? {};
  const data = asObject(asObject(body)?.['data']);
  const message = MESSAGE_RESPONSES.has(type)
    ? messages.addOriginal(token, data, readFound(type, data, asked))
    : null;
  if (!isTrue(query.get('with_response'))) return SILENCE;
  const facts = { id: interaction, type: asked['type'] ?? APPLICATION_COMMAND };
  if (message === null) return [200, { interaction: facts, resource: { type } }];
  const said = { response_message_id: message.id, response_message_loading: type === DEFERRED };
  return [200, { interaction: { ...facts, ...said }, resource: { type, message } }];
}

/** A boolean of a query as Discord reads it. Source: docs.discord.com, API reference, "Boolean Query Strings". */
function isTrue(value: string | null): boolean {
  return value === 'true' || value === 'True' || value === '1';
}

function readFound(type: number, data: JsonObject | null, { channel_id: channel }: JsonObject): JsonObject {
  const place = channel === undefined ? {} : { channel_id: channel };
  return type === DEFERRED ? { ...place, flags: (asInteger(data?.['flags']) ?? 0) | LOADING } : place;
}

// An ordinary webhook returns no message unless asked to; that of an interaction always returns it.
function execute({ messages }: State, { values, query, body }: Asked<'webhook' | 'token'>): Made {
  const { webhook, token } = values;
  const message = messages.add(asObject(body), { webhook_id: webhook });
  return isTrue(query.get('wait')) || messages.isAnswered(token) ? [200, message] : SILENCE;
}

function editByWebhook({ messages }: State, { values, body }: Asked<'webhook' | 'token' | 'message'>): Made {
  const { webhook, token } = values;
  const id = messages.findId(values.message, token);
  if (id === null) return [200, messages.addOriginal(token, asObject(body), { webhook_id: webhook })];
  const loaded = messages.find(id);
  const flags = loaded === null ? {} : { flags: (asInteger(loaded['flags']) ?? 0) & ~LOADING };
  return [200, messages.edit(id, { ...flags, ...asObject(body) }, { webhook_id: webhook })];
}

function remove({ messages }: State, { values }: Asked<'message'>): Made {
  const { message, token }: { readonly message: string; readonly token?: string } = values;
  messages.remove(messages.findId(message, token));
  return SILENCE;
}

function bulkDelete({ messages }: State, { body }: Asked): Made {
  const ids = asObject(body)?.['messages'];
  if (Array.isArray(ids)) for (const id of ids as readonly JsonValue[]) messages.remove(asString(id));
  return SILENCE;
}

function isRemoved({ messages }: State, { message, token }: Partial<PathValues>): boolean {
  return message !== undefined && messages.isRemoved(messages.findId(message, token));
}

function readChannel(channel: string): JsonObject {
  return { channel_id: channel };
}

function found(value: JsonValue | undefined): Made {
  return value === undefined || value === null ? null : [200, value];
}

/** Channels of a guild as REST lists them: what the client may not view is left out, and never obfuscated. */
function visibleChannels(guild: JsonObject | undefined): JsonValue | undefined {
  const channels = guild?.['channels'];
  if (!Array.isArray(channels)) return channels;
  return (channels as readonly JsonValue[]).filter((channel) => !isHidden(channel));
}

function foundChannel(channel: JsonObject | undefined): Made {
  return isHidden(channel) ? [403, MISSING_ACCESS] : found(channel);
}

function isHidden(channel: JsonValue | undefined): boolean {
  const object = asObject(channel);
  return object !== null && isObfuscatedChannel(object);
}

function makeAnswer(status: number, value: JsonValue): RestAnswer {
  const [type, body] = value === null ? [null, null] : [JSON_TYPE, JSON.stringify(value)];
  return { status, type, headers: {}, body };
}

/** Who the bot is, by READY. */
interface Bot {
  readonly user: WithId;
  readonly application: JsonObject | null;
}

function findBot(recordings: readonly Recording[]): Bot | null {
  for (const { steps } of recordings) {
    const ready = steps.find((step) => step.type === 'payload' && step.payload.t === 'READY');
    const d = ready?.type === 'payload' ? asObject(ready.payload.d) : null;
    const user = asObject(d?.['user']);
    const id = asString(user?.['id']);
    if (id !== null) return { user: { ...user, id }, application: asObject(d?.['application']) };
  }
  return null;
}
