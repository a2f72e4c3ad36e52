/** A DNS that knows the names of a test only, and counts how often it was asked. */
import type { LookupFunction } from 'node:net';

/** Answers with these addresses; an unknown name does not exist. A list is one answer for each question. */
export function fakeLookup(names: Readonly<Record<string, string | readonly string[]>>): LookupFunction {
  const asked = new Map<string, number>();
  return (hostname, options, callback) => {
    const count = asked.get(hostname) ?? 0;
    asked.set(hostname, count + 1);
    const answers = [names[hostname] ?? []].flat();
    const address = answers[Math.min(count, answers.length - 1)];
    setImmediate(() => {
      if (address === undefined) {
        callback(Object.assign(new Error(`no such name: ${hostname}`), { code: 'ENOTFOUND' }), '');
        return;
      }
      const family = address.includes(':') ? 6 : 4;
      if (options.all === true) callback(null, [{ address, family }]);
      else callback(null, address, family);
    });
  };
}
