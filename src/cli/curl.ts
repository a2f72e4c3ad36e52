/**
 * A recorded REST call as a command for curl, to make it again.
 *
 * The token is not in the recording: the command takes it from a variable of the shell. Placeholders of other secrets
 * stay as they are. Quoting: POSIX shell, single quotes; `$'…'` (POSIX.1-2024, bash, zsh) for what a terminal would obey.
 */
import type { ExchangeRow } from '../store/exchanges/rows.js';

/** Variable of the shell that holds the whole value of the Authorization header. */
const TOKEN_VARIABLE = 'DISCORD_TOKEN';

/** Lines of one command. `api` is the base below which the call's path is. */
export function formatCurl(row: ExchangeRow, api: string): readonly string[] {
  const { method, path, tokenAlias, userAgent, requestType, requestBody, requestCut } = row;
  const options = [
    ...(method === 'GET' ? [] : [`-X ${quote(method)}`]),
    quote(api.replace(/\/$/, '') + path),
    ...(tokenAlias === null ? [] : [`-H "Authorization: $${TOKEN_VARIABLE}"`]),
    ...(userAgent === null ? [] : [`-A ${quote(userAgent)}`]),
    ...(requestType === null ? [] : [`-H ${quote(`Content-Type: ${requestType}`)}`]),
    ...(requestBody === null ? [] : [`--data-raw ${quote(requestBody)}`]),
  ];
  const command = ['curl', ...options].join(' \\\n  ');
  return requestCut ? ['# The body was recorded in part only.', command] : [command];
}

/** One word of a shell, whatever is in it. */
function quote(text: string): string {
  if (/[\p{Cc}\p{Cf}]/u.test(text)) return `$'${text.replace(/[\p{Cc}\p{Cf}'\\]/gu, escapeCharacter)}'`;
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function escapeCharacter(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\U${code.toString(16).padStart(8, '0')}`;
}
