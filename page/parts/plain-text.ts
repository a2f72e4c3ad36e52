/**
 * Recorded text for the screen: characters that nobody sees, or that turn the direction of what follows, are shown as
 * signs, as the command line does.
 */
import { printable } from '../../src/printable.js';

/** Most characters of one text on the screen; there is a button for the rest. */
const MAX_CHARACTERS = 400;

/** A text on one line. */
export function showText(text: string, most = MAX_CHARACTERS): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return printable(cut);
}

/** A text that keeps its line ends. */
export function showLines(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return cut.split('\n').map(printable).join('\n');
}
