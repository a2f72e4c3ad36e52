/**
 * Capabilities as data: bits of IDENTIFY's `capabilities`, which change what READY holds and which events come.
 *
 * Any client may send them, bots too: bit 15 was official for bots from August 2026 until Channel Obfuscation reached
 * every bot on 16 November 2026, and has no effect on them since. So they tell nothing of who identifies.
 * The official web client sends bits 17, 19 and 20 too, which no source names.
 * Source: Discord Docs/Gateway Events, "Identify"; docs.discord.food/gateway/using-gateway, both read 2026-11.
 */
import { nameBits } from './intents.js';

/** Names of the capabilities by the number of their bit. */
const CAPABILITIES: ReadonlyMap<number, string> = new Map(
  [
    ...['LAZY_USER_NOTES', 'NO_AFFINE_USER_IDS', 'VERSIONED_READ_STATES', 'VERSIONED_USER_GUILD_SETTINGS'],
    ...['DEDUPE_USER_OBJECTS', 'PRIORITIZED_READY_PAYLOAD', 'MULTIPLE_GUILD_EXPERIMENT_POPULATIONS'],
    ...['NON_CHANNEL_READ_STATES', 'AUTH_TOKEN_REFRESH', 'USER_SETTINGS_PROTO', 'CLIENT_STATE_V2'],
    ...['PASSIVE_GUILD_UPDATE', 'AUTO_CALL_CONNECT', 'DEBOUNCE_MESSAGE_REACTIONS', 'PASSIVE_GUILD_UPDATE_V2'],
    ...['CHANNEL_OBFUSCATION', 'AUTO_LOBBY_CONNECT'],
  ].map((name, shift) => [shift, name]),
);

/** Names of the capabilities that are set, lowest bit first; those without a name are `UNKNOWN_` and their number. */
export function capabilityNames(bits: number): readonly string[] {
  return nameBits(bits, CAPABILITIES);
}
