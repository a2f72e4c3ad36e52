/**
 * Obfuscate: makes a recording of before 16 November 2026 one of today, with Channel Obfuscation.
 *
 *   GUILD_CREATE, READY, CHANNEL_CREATE, CHANNEL_UPDATE   hidden channels are obfuscated
 *   role, member, voice state or overwrite that changes   a CHANNEL_UPDATE behind it for each channel that is
 *   what the bot may view                                 visible now, in full, or hidden now, obfuscated
 *   GET /guilds/{id}/channels                             lacks hidden channels
 *   GET /channels/{id} of one                             403, code 50001
 *
 * Dispatches behind an added one are renumbered. What else a hidden channel had, such as messages, stays. That losing
 * access is announced by an obfuscated CHANNEL_UPDATE is inferred. Source: discord-api-docs PR 8454.
 */
import { OP } from '../../gateway/opcodes.js';
import { MISSING_ACCESS, obfuscateChannel } from '../../gateway/obfuscation.js';
import { asObject, asString, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import { spliceMembers, spliceSeq, withText } from '../payload-splice.js';
import type { PayloadStep, RecordedExchange, Recording, RecordingStep } from '../recording.js';
import { splitSegments } from '../rest/routes.js';
import { ACCESS_EVENTS, ChannelAccess, type HiddenChannels, readId } from './access.js';

/** A recording as today's gateway would have sent it. */
export function obfuscate(recording: Recording, hidden: HiddenChannels): Recording {
  const obfuscation = new Obfuscation(hidden);
  const steps = recording.steps.flatMap((step) => obfuscation.next(step));
  const exchanges = recording.exchanges.map((exchange) => obfuscation.exchange(exchange));
  return { ...recording, steps, exchanges };
}

/** Ids of all channels that a recording has. */
export function listChannels({ steps }: Recording): ReadonlySet<string> {
  const access = new ChannelAccess(new Set());
  const ids = new Set<string>();
  for (const step of steps) {
    if (step.type !== 'payload' || step.sender !== 'gateway' || !isAbout(step.payload.t)) continue;
    access.observe(step.payload);
    for (const guild of access.guilds) for (const channel of access.channels(guild)) ids.add(readId(channel));
  }
  return ids;
}

/** Hidden channels, from a time on. */
interface Moment {
  readonly atUs: number;
  readonly hidden: ReadonlySet<string>;
}

const ABOUT: ReadonlySet<string | null> = new Set(ACCESS_EVENTS);

function isAbout(event: string | null): boolean {
  return ABOUT.has(event);
}

class Obfuscation {
  readonly #access: ChannelAccess;
  /** By guild, oldest first. */
  readonly #moments = new Map<string, [Moment, ...Moment[]]>();
  /** Sequence numbers by those of the recording, since IDENTIFY. */
  readonly #seqs = new Map<number, number>();
  #added = 0;

  constructor(hidden: HiddenChannels) {
    this.#access = new ChannelAccess(hidden);
  }

  /** The step, and those that follow from it. */
  next(step: RecordingStep): readonly RecordingStep[] {
    if (step.type === 'close') return [step];
    const { op, s, t } = step.payload;
    if (step.sender === 'client') {
      if (op === OP.IDENTIFY) this.#begin();
      return [step];
    }
    if (op !== OP.DISPATCH || s === null) return [step];
    const known = this.#seqs.get(s);
    const seq = known ?? s + this.#added;
    this.#seqs.set(s, seq);
    const numbered = seq === s ? step : withText(step, spliceSeq(step.text, seq));
    if (!isAbout(t)) return [numbered];
    // Sent again after a RESUME, it changes nothing.
    return known === undefined ? this.#dispatch(numbered, seq) : [this.#obfuscated(numbered)];
  }

  exchange(exchange: RecordedExchange): RecordedExchange {
    const { method, path, status, responseBody } = exchange;
    if (method !== 'GET' || status !== 200 || responseBody === null) return exchange;
    const [place, id = '', list, ...rest] = splitSegments(path);
    if (place === 'channels' && list === undefined) return this.#channelAnswer(exchange, id);
    const isList = place === 'guilds' && list === 'channels' && rest.length === 0;
    return isList ? this.#listAnswer(exchange, responseBody) : exchange;
  }

  #channelAnswer(exchange: RecordedExchange, id: string): RecordedExchange {
    if (!this.#hiddenAt(exchange.atUs).has(id)) return exchange;
    return { ...exchange, status: 403, responseBody: JSON.stringify(MISSING_ACCESS) };
  }

  #listAnswer(exchange: RecordedExchange, body: string): RecordedExchange {
    const hidden = this.#hiddenAt(exchange.atUs);
    const channels = parseList(body);
    const visible = channels.filter((channel) => !hidden.has(readId(asObject(channel))));
    const isWhole = visible.length === channels.length;
    return isWhole ? exchange : { ...exchange, responseBody: JSON.stringify(visible) };
  }

  #begin(): void {
    this.#seqs.clear();
    this.#added = 0;
  }

  #dispatch(step: PayloadStep, seq: number): readonly RecordingStep[] {
    const { t, d } = step.payload;
    const object = asObject(d);
    const guild = asString(object?.[t === 'GUILD_UPDATE' ? 'id' : 'guild_id']);
    const before = guild === null ? null : this.#access.hidden(guild);
    this.#access.observe(step.payload);
    const sent = this.#obfuscated(step);
    const guilds =
      t === 'READY' || t === 'GUILD_CREATE' ? this.#access.guilds : guild === null ? [] : [guild];
    for (const each of guilds) this.#note(each, step.atUs);
    if (guild === null || before === null) return [sent];
    const updates = this.#updates(guild, before, t?.startsWith('CHANNEL_') === true ? readId(object) : null);
    this.#added += updates.length;
    return [sent, ...updates.map((d, index) => makeUpdate(step, seq + index + 1, d))];
  }

  /** Channels of a guild that are no longer hidden, or visible, as they are sent now; but for the one that was sent. */
  #updates(guild: string, before: ReadonlySet<string>, sent: string | null): readonly JsonObject[] {
    const after = this.#access.hidden(guild);
    if (after === before) return [];
    return this.#access.channels(guild).flatMap((channel) => {
      const id = readId(channel);
      if (id === sent || before.has(id) === after.has(id)) return [];
      return [after.has(id) ? obfuscateChannel(channel, guild) : channel];
    });
  }

  #obfuscated(step: PayloadStep): PayloadStep {
    const { t, d } = step.payload;
    const object = asObject(d);
    if (object === null) return step;
    if (t === 'GUILD_CREATE') return replaced(step, 'channels', this.#guildChannels(object));
    if (t === 'READY') return replaced(step, 'guilds', this.#readyGuilds(object));
    if (t !== 'CHANNEL_CREATE' && t !== 'CHANNEL_UPDATE') return step;
    const guild = asString(object['guild_id']) ?? '';
    if (!this.#access.hidden(guild).has(readId(object))) return step;
    const { s, op } = step.payload;
    return withText(step, JSON.stringify({ t, s, op, d: obfuscateChannel(object, guild) }));
  }

  /** The channels of a guild object with hidden ones obfuscated; null if none is. */
  #guildChannels(guild: JsonObject): JsonValue | null {
    const id = readId(guild);
    const hidden = this.#access.hidden(id);
    const { channels = null } = guild;
    if (hidden.size === 0 || !Array.isArray(channels)) return null;
    return (channels as readonly JsonValue[]).map((value) => {
      const channel = asObject(value);
      return channel !== null && hidden.has(readId(channel)) ? obfuscateChannel(channel, id) : value;
    });
  }

  #readyGuilds({ guilds = null }: JsonObject): JsonValue | null {
    if (!Array.isArray(guilds)) return null;
    const old = guilds as readonly JsonValue[];
    const made = old.map((value) => {
      const guild = asObject(value);
      const channels = guild === null ? null : this.#guildChannels(guild);
      return channels === null ? value : { ...guild, channels };
    });
    return made.some((guild, index) => guild !== old[index]) ? made : null;
  }

  #note(guild: string, atUs: number): void {
    const hidden = this.#access.hidden(guild);
    const moments = this.#moments.get(guild);
    if (moments === undefined) this.#moments.set(guild, [{ atUs, hidden }]);
    else if (moments.at(-1)?.hidden !== hidden) moments.push({ atUs, hidden });
  }

  /** Of a guild that came later, what was known first. */
  #hiddenAt(atUs: number): ReadonlySet<string> {
    const last = [...this.#moments.values()].map(
      (moments) => moments.findLast((moment) => moment.atUs <= atUs) ?? moments[0],
    );
    return new Set(last.flatMap((moment) => [...moment.hidden]));
  }
}

function makeUpdate(step: PayloadStep, seq: number, d: JsonObject): PayloadStep {
  return withText(step, JSON.stringify({ t: 'CHANNEL_UPDATE', s: seq, op: OP.DISPATCH, d }));
}

function replaced(step: PayloadStep, key: string, value: JsonValue | null): PayloadStep {
  return value === null
    ? step
    : withText(step, spliceMembers(step.text, new Map([[key, JSON.stringify(value)]])));
}

function parseList(text: string): readonly JsonValue[] {
  try {
    const value = JSON.parse(text) as JsonValue;
    return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  } catch {
    return [];
  }
}
