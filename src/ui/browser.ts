/**
 * Browser: opens a URL in the user's browser, if there is one.
 */
import { spawn } from 'node:child_process';

/** Programs that open a URL, by system. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Opens `url` with the program in `BROWSER` or that of the system; resolves to false if none could be started. */
export function openBrowser(url: string, named = process.env['BROWSER']): Promise<boolean> {
  const [program, ...args] =
    named === undefined || named === '' ? (OPENERS[process.platform] ?? ['xdg-open']) : [named];
  return new Promise((resolve) => {
    // Detached, so that the browser outlives this command.
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
