/**
 * REST calls as commands of curl that make them again.
 *
 * The token is not in the recording: a command takes it from a variable of the shell. Placeholders of other secrets are
 * kept. Quoting: POSIX shell, single quotes; `$'…'` (POSIX.1-2024, bash, zsh) for characters that a terminal would
 * interpret.
 */
import type { ExchangeRow } from '../capture/columns.js';

/** Variable of the shell with the whole value of the Authorization header. */
const TOKEN_VARIABLE = 'DISCORD_TOKEN';

/** Lines of one curl command. `api` is the base of the call's path. */
export function formatCurl(row: ExchangeRow, api: string): readonly string[] {
  const { method, path, tokenAlias, userAgent, requestType, requestBody, requestCut } = row;
  const options = [
    ...(method === 'GET' ? [] : [`-X ${quoteWord(method)}`]),
    quoteWord(api.replace(/\/$/, '') + path),
    ...(tokenAlias === null ? [] : [`-H "Authorization: $${TOKEN_VARIABLE}"`]),
    ...(userAgent === null ? [] : [`-A ${quoteWord(userAgent)}`]),
    ...(requestType === null ? [] : [`-H ${quoteWord(`Content-Type: ${requestType}`)}`]),
    ...(requestBody === null ? [] : [`--data-raw ${quoteWord(requestBody)}`]),
  ];
  const command = ['curl', ...options].join(' \\\n  ');
  return requestCut ? ['# The body was recorded in part only.', command] : [command];
}

/** Any text as one word of a shell. */
export function quoteWord(text: string): string {
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
