/**
 * Recorded text for the screen: invisible characters, and those that change the direction of text, are shown as signs,
 * as on the command line.
 */
import { printable } from '../../src/printable.js';

/** Most characters of one text on the screen; a button shows the rest. */
const MAX_CHARACTERS = 400;

/** Makes a text printable on one line. */
export function showText(text: string, most = MAX_CHARACTERS): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return printable(cut);
}

/** Makes a text printable and keeps its line ends. */
export function showLines(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return cut.split('\n').map(printable).join('\n');
}
