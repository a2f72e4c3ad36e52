/** What a log line says about an exception that only a bug of gatetape can cause. */

/** Name and origin of an exception, from the first line of its stack, without the message, which may quote a payload. */
export function describeBug(error: unknown): string {
  if (!(error instanceof Error)) return 'no error';
  // The stack repeats the message, which may have lines that look like places.
  const places = String(error.stack).replace(error.message, '');
  const [, origin = 'an unknown place'] = /\n +at ([\w$.#<> ]{0,79}[\w$.#<>])/.exec(places) ?? [];
  return `${error.name} in ${origin}`;
}
