/**
 * Types of `d` by opcode: from discord-api-types where it has them, from public documentation elsewhere.
 *
 * Types only: nothing is imported at run time, and nothing promises that a peer keeps to them. `shapes.ts` says
 * whether a value does, as far as queries depend on it.
 * Source: discord-api-types v10; docs.discord.food/gateway/opcodes-and-close-codes, read 2026-08.
 */
import type {
  GatewayHelloData,
  GatewayIdentifyData,
  GatewayPresenceUpdateData,
  GatewayRequestChannelInfoData,
  GatewayRequestGuildMembersData,
  GatewayRequestSoundboardSoundsData,
  GatewayResumeData,
  GatewayVoiceStateUpdateData,
  Snowflake,
} from 'discord-api-types/v10';
import type { JsonObject, JsonValue } from './payload.js';

interface Stream {
  /** Such as `call:<channel>:<user>` or `guild:<guild>:<channel>:<user>`. */
  readonly stream_key: string;
}

interface GuildChannel {
  readonly guild_id: Snowflake;
  readonly channel_id: Snowflake;
}

/** `d` of each opcode. */
export interface OpcodeData {
  /** Depends on the event. */
  readonly 0: JsonValue;
  readonly 1: number | null;
  readonly 2: GatewayIdentifyData;
  readonly 3: GatewayPresenceUpdateData;
  readonly 4: GatewayVoiceStateUpdateData;
  readonly 5: null;
  readonly 6: GatewayResumeData;
  readonly 7: null;
  readonly 8: GatewayRequestGuildMembersData;
  readonly 9: boolean;
  readonly 10: GatewayHelloData;
  readonly 11: null;
  /** Ids of guilds. */
  readonly 12: readonly Snowflake[];
  readonly 13: { readonly channel_id: Snowflake };
  readonly 14: JsonObject & { readonly guild_id: Snowflake };
  readonly 15: { readonly lobby_id: Snowflake; readonly lobby_secret: string };
  readonly 16: { readonly lobby_id: Snowflake };
  readonly 17: readonly (JsonObject & { readonly lobby_id: Snowflake })[];
  readonly 18: {
    readonly type: string;
    readonly guild_id?: Snowflake | null;
    readonly channel_id: Snowflake;
  };
  readonly 19: Stream;
  readonly 20: Stream;
  readonly 21: Stream;
  readonly 22: Stream & { readonly paused: boolean };
  readonly 23: { readonly subscriptions: JsonValue };
  readonly 24: JsonObject & { readonly guild_id: Snowflake };
  readonly 25: JsonValue;
  readonly 26: GuildChannel & { readonly application_id: Snowflake };
  readonly 27: JsonValue;
  readonly 28: GuildChannel & { readonly threads: readonly JsonObject[] };
  readonly 29: { readonly target_session_id: string; readonly payload: JsonValue };
  readonly 30: JsonObject & { readonly guild_id: Snowflake };
  readonly 31: GatewayRequestSoundboardSoundsData;
  readonly 32: { readonly preferred_region: string | null };
  readonly 33: null;
  readonly 34: { readonly guild_id: Snowflake; readonly channel_ids: readonly Snowflake[] };
  readonly 35: { readonly guild_id: Snowflake; readonly query: string; readonly nonce?: string | null };
  readonly 36: { readonly guild_id: Snowflake };
  /** Subscriptions by the id of their guild. */
  readonly 37: { readonly subscriptions: JsonObject };
  readonly 38: { readonly guild_id: Snowflake; readonly obfuscated_channel_ids: readonly Snowflake[] };
  readonly 39: GuildChannel;
  readonly 40: { readonly seq: number | null; readonly qos: JsonObject };
  readonly 41: {
    /** Milliseconds since the Unix epoch. */
    readonly initialization_timestamp: number;
    /** Made by the client; not the gateway session's. */
    readonly session_id: string;
    readonly client_launch_id: string;
  };
  readonly 42: { readonly lobby_id: Snowflake };
  readonly 43: GatewayRequestChannelInfoData;
}

/** Opcodes whose `d` has a type here. */
export type TypedOpcode = keyof OpcodeData;
