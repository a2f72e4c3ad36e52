/**
 * ChatMessages of a mock: messages that its clients sent, and recorded ones, as the API keeps them.
 *
 * A message keeps its id and all earlier members, however often it is edited. Ids count on from the bot's own, so that
 * they are the same in every run. Source: Discord Docs/Message; Discord Docs/Receiving and Responding.
 */
import { asInteger, asObject, type JsonObject } from '../../gateway/payload.js';

/** A message or a user of the API. */
export interface WithId extends JsonObject {
  readonly id: string;
}

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
  components: [],
  pinned: false,
};
const EDITED_AT = '2015-01-01T00:00:01.000000+00:00';
const REPLY = 19;
const CROSSPOSTED = 1 << 0;

/** Name of the first answer to an interaction, in place of a message's id. */
const ORIGINAL = '@original';

/** ChatMessages by id, and the first answers to interactions by their tokens. */
export class ChatMessages {
  readonly #author: WithId;
  readonly #ownId: bigint;
  readonly #byId: Map<string, JsonObject>;
  readonly #originals = new Map<string, string>();
  readonly #removed = new Set<string>();
  #count = 0;

  /** ChatMessages of `author`, and the recorded ones by id. */
  constructor(author: WithId, recorded: ReadonlyMap<string, JsonObject>) {
    this.#author = author;
    this.#ownId = BigInt(/^\d+$/.test(author.id) ? author.id : 0);
    this.#byId = new Map(recorded);
  }

  /** An id that no message has, or had before it was removed. */
  newId(): string {
    for (;;) {
      this.#count += 1;
      const id = (this.#ownId + BigInt(this.#count)).toString();
      if (!this.#byId.has(id) && !this.#removed.has(id)) return id;
    }
  }

  /** Id that `name` refers to among the answers to the interaction of `token`. */
  findId(name: string, token: string | undefined): string | null {
    return name === ORIGINAL ? (this.#originals.get(token ?? '') ?? null) : name;
  }

  /** Whether something was answered to the interaction of `token`. */
  isAnswered(token: string): boolean {
    return this.#originals.has(token);
  }

  /** The message with `id`, or null. */
  find(id: string | null): JsonObject | null {
    return (id === null ? undefined : this.#byId.get(id)) ?? null;
  }

  /** ChatMessages of a channel, the newest first. */
  inChannel(channel: string): readonly JsonObject[] {
    return [...this.#byId.values()].filter((message) => message['channel_id'] === channel).reverse();
  }

  /** A message as it was sent, with the members that the API adds. */
  add(body: JsonObject | null, facts: JsonObject = {}): WithId {
    const type = asObject(body?.['message_reference']) === null ? {} : { type: REPLY };
    return this.#keep({ ...NEW_MESSAGE, ...type, ...body, id: this.newId(), ...facts, author: this.#author });
  }

  /** The first answer to an interaction. */
  addOriginal(token: string, body: JsonObject | null, facts: JsonObject = {}): WithId {
    const message = this.add(body, facts);
    this.#originals.set(token, message.id);
    return message;
  }

  /** A message after an edit; an unknown one is assumed to have existed before. */
  edit(id: string, body: JsonObject | null, facts: JsonObject = {}): JsonObject {
    const before = this.find(id) ?? { ...NEW_MESSAGE, ...facts, author: this.#author };
    return this.#keep({ ...before, ...body, id, edited_timestamp: EDITED_AT });
  }

  /** A message that goes to the channels which follow its own. */
  crosspost(id: string, facts: JsonObject): JsonObject {
    const before = this.find(id) ?? { ...NEW_MESSAGE, id, ...facts, author: this.#author };
    return this.#keep({ ...before, id, flags: (asInteger(before['flags']) ?? 0) | CROSSPOSTED });
  }

  /** Forgets a message, but for its id. */
  remove(id: string | null): void {
    if (id === null) return;
    this.#byId.delete(id);
    this.#removed.add(id);
  }

  /** Whether there was a message with `id`, or may have been, that was removed. */
  isRemoved(id: string | null): boolean {
    return id !== null && this.#removed.has(id);
  }

  #keep(message: WithId): WithId {
    this.#byId.set(message.id, message);
    return message;
  }
}
