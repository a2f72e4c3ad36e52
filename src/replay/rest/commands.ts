/**
 * Commands of an application, as the API keeps them: a bot finds the commands that it registered at its start.
 *
 * Ids count on from that of the application, so that they are the same in every run. A command that is registered again
 * keeps its id. Recorded commands are not known here. Source: Discord Docs/Application Commands, "Bulk Overwrite Global
 * Application Commands", "Create Global Application Command" and their like for guilds.
 */
import { asObject, type JsonObject, type JsonValue } from '../../gateway/payload.js';

/** Answer of the API to a request about commands. */
export interface CommandAnswer {
  readonly status: number;
  /** Null for no body. */
  readonly value: JsonValue;
}

const ROUTE =
  /^(?<method>\w+) (?<list>\/applications\/(?<application>\d+)(?:\/guilds\/(?<guild>\d+))?\/commands)(?:\/(?<id>\d+))?$/;
const DEFAULTS: JsonObject = { type: 1, description: '', default_member_permissions: null, nsfw: false };

/** Commands of all applications, global ones and those of guilds. */
export class Commands {
  readonly #lists = new Map<string, CommandList>();
  #count = 0;

  /** Answer to a request, or null when it is about no commands, or about one that there is not. */
  answer(route: string, body: JsonValue): CommandAnswer | null {
    const { method = '', list: path = '', application = '', guild, id } = ROUTE.exec(route)?.groups ?? {};
    if (path === '') return null;
    const place = guild === undefined ? {} : { guild_id: guild };
    const list = this.#lists.get(path) ?? new CommandList({ application_id: application, ...place });
    this.#lists.set(path, list);
    const newId = (): string => (BigInt(application) + BigInt((this.#count += 1))).toString();
    return id === undefined ? list.answer(method, body, newId) : list.answerOne(method, id, asObject(body));
  }
}

/** Commands of one application at one place. */
class CommandList {
  readonly #owner: JsonObject;
  #commands: readonly JsonObject[] = [];

  constructor(owner: JsonObject) {
    this.#owner = owner;
  }

  /** Answer to a request about all of them, or for a new one. */
  answer(method: string, body: JsonValue, newId: () => string): CommandAnswer | null {
    if (method === 'GET') return { status: 200, value: this.#commands };
    if (method === 'POST') {
      const command = this.#registered(body, newId);
      const isNew = !this.#commands.some(({ id }) => id === command['id']);
      this.#put(command);
      return { status: isNew ? 201 : 200, value: command };
    }
    if (method !== 'PUT' || !Array.isArray(body)) return null;
    this.#commands = (body as readonly JsonValue[]).map((each) => this.#registered(each, newId));
    return { status: 200, value: this.#commands };
  }

  /** Answer to a request about one of them. */
  answerOne(method: string, id: string, change: JsonObject | null): CommandAnswer | null {
    const command = this.#commands.find((each) => each['id'] === id);
    if (command === undefined) return null;
    if (method === 'GET') return { status: 200, value: command };
    if (method === 'DELETE') {
      this.#commands = this.#commands.filter((each) => each !== command);
      return { status: 204, value: null };
    }
    if (method !== 'PATCH') return null;
    const changed = { ...command, ...change, id };
    this.#put(changed);
    return { status: 200, value: changed };
  }

  #put(command: JsonObject): void {
    this.#commands = [...this.#commands.filter(({ id }) => id !== command['id']), command];
  }

  // Names are unique among the commands of one type.
  #registered(body: JsonValue, newId: () => string): JsonObject {
    const command: JsonObject = { ...DEFAULTS, ...asObject(body) };
    const isSame = ({ name, type }: JsonObject): boolean =>
      name === command['name'] && type === command['type'];
    const id = this.#commands.find(isSame)?.['id'] ?? newId();
    return { ...command, id, version: id, ...this.#owner };
  }
}
