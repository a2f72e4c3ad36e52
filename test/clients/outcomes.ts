/**
 * Outcomes: what each library does about each fault, as faults.ts asserts it and README.md shows it.
 *
 * An account names, connection by connection, how the client opened it and the code with which it ended. `told` is what
 * it told its user: sequence numbers, 7 being the last. `errors` counts what it reported as errors. What stands here is
 * what they do, not what they should.
 */

/** Libraries, in the order of the table. */
export const LIBRARIES = ['discord.js', 'eris', 'dysnomia', 'oceanic.js', 'detritus'] as const;

/** Library that is put to the test. */
export type Library = (typeof LIBRARIES)[number];

/** How many errors a client reported; from five on it is one for each message that still came. */
export type Errors = number | 'each message';

/** What one client did. */
export interface Outcome {
  readonly account: string;
  readonly told: string;
  readonly errors: Errors;
}

/** Transport in which faults are tried that are the same in every one. */
export const REPRESENTATIVE = 'json, zlib-stream';

/** Report of a client without errors. */
const ALL = 'READY 2 3 4 5 6 7';

const did = (account: string, told = ALL, errors: Errors = 0): Outcome => ({ account, told, errors });

/** Name of a row: the fault, and the transport where it is another one than the representative. */
export function caseOf(fault: string, transport: string): string {
  return transport === REPRESENTATIVE ? fault : `${fault} over ${transport}`;
}

/** Rows of the table. */
export const OUTCOMES: Readonly<Record<string, Partial<Record<Library, Outcome>>>> = {
  reconnect: {
    'discord.js': did('IDENTIFY 4200, RESUME', 'READY 2 RESUMED 3 4 5 6 7'),
    eris: did('IDENTIFY 4901, RESUME', 'READY 2 RESUMED 3 4 5 6 7'),
    dysnomia: did('IDENTIFY 4901, RESUME', 'READY 2 RESUMED 3 4 5 6 7'),
    'oceanic.js': did('IDENTIFY no close frame, RESUME', 'READY 2 RESUMED 3 4 5 6 7'),
  },
  'invalid-session': {
    'discord.js': did('IDENTIFY 1000, IDENTIFY', 'READY 2 READY 2 3 4 5 6 7'),
    eris: did('IDENTIFY IDENTIFY', 'READY 2 READY 2 3 4 5 6 7'),
    dysnomia: did('IDENTIFY IDENTIFY', 'READY 2 READY 2 3 4 5 6 7'),
    'oceanic.js': did('IDENTIFY IDENTIFY', 'READY 2 READY 2 3 4 5 6 7'),
    detritus: did('IDENTIFY', 'READY 2'),
  },
  'invalid-session:true': {
    'discord.js': did('IDENTIFY RESUME', 'READY 2 RESUMED 3 4 5 6 7'),
    eris: did('IDENTIFY IDENTIFY', 'READY 2 READY 2 3 4 5 6 7'),
    dysnomia: did('IDENTIFY IDENTIFY', 'READY 2 READY 2 3 4 5 6 7'),
    'oceanic.js': did('IDENTIFY RESUME', 'READY 2 RESUMED 3 4 5 6 7'),
    detritus: did('IDENTIFY RESUME', 'READY 2 RESUMED 3 4 5 6 7'),
  },
  'close:4000': {
    'discord.js': did('IDENTIFY 4000, RESUME', 'READY 2 RESUMED 3 4 5 6 7'),
    eris: did('IDENTIFY 4000, RESUME', 'READY 2 RESUMED 3 4 5 6 7', 1),
    dysnomia: did('IDENTIFY 4000, RESUME', 'READY 2 RESUMED 3 4 5 6 7', 1),
    'oceanic.js': did('IDENTIFY 4000, RESUME', 'READY 2 RESUMED 3 4 5 6 7', 1),
  },
  'close:4004': {
    'discord.js': did('IDENTIFY 4004', 'READY 2', 1),
    eris: did('IDENTIFY 4004', 'READY 2', 2),
    dysnomia: did('IDENTIFY 4004', 'READY 2', 2),
    'oceanic.js': did('IDENTIFY 4004', 'READY 2', 2),
  },
  reset: {
    'discord.js': did('IDENTIFY no close frame, RESUME', 'READY 2 RESUMED 3 4 5 6 7'),
    eris: did('IDENTIFY no close frame, RESUME', 'READY 2 RESUMED 3 4 5 6 7', 1),
    dysnomia: did('IDENTIFY no close frame, RESUME', 'READY 2 RESUMED 3 4 5 6 7', 1),
    'oceanic.js': did('IDENTIFY no close frame, RESUME', 'READY 2 RESUMED 3 4 5 6 7'),
  },
  'drop-ack': {
    'discord.js': did('IDENTIFY 4200, RESUME', 'READY 2 3 4 5 6 7 RESUMED'),
    eris: did('IDENTIFY 4901, RESUME', 'READY 2 3 4 5 6 7 RESUMED', 1),
    dysnomia: did('IDENTIFY 4901, RESUME', 'READY 2 3 4 5 6 7 RESUMED', 1),
    'oceanic.js': did('IDENTIFY no close frame, RESUME', 'READY 2 3 4 5 6 7 RESUMED', 1),
    detritus: did('IDENTIFY 4802, RESUME', 'READY 2 3 4 5 6 7 RESUMED'),
  },
  'heartbeat-request': {
    'discord.js': did('IDENTIFY'),
    eris: did('IDENTIFY'),
    dysnomia: did('IDENTIFY'),
    'oceanic.js': did('IDENTIFY'),
    detritus: did('IDENTIFY'),
  },
  'delay:50': {
    'discord.js': did('IDENTIFY'),
    eris: did('IDENTIFY'),
    dysnomia: did('IDENTIFY'),
    'oceanic.js': did('IDENTIFY'),
    detritus: did('IDENTIFY'),
  },
  'stall:60': {
    'discord.js': did('IDENTIFY 4200, RESUME', 'READY 2 3 4 5 6 7 RESUMED'),
    eris: did('IDENTIFY 4901, RESUME', 'READY 2 3 4 5 6 7 RESUMED', 1),
    dysnomia: did('IDENTIFY 4901, RESUME', 'READY 2 3 4 5 6 7 RESUMED', 1),
    'oceanic.js': did('IDENTIFY no close frame, RESUME', 'READY 2 3 4 5 6 7 RESUMED', 1),
    detritus: did('IDENTIFY 4802, RESUME', 'READY 2 3 4 5 6 7 RESUMED'),
  },
  duplicate: {
    'discord.js': did('IDENTIFY', 'READY 2 2 3 4 5 6 7'),
    eris: did('IDENTIFY', 'READY 2 2 3 4 5 6 7'),
    dysnomia: did('IDENTIFY', 'READY 2 2 3 4 5 6 7'),
    'oceanic.js': did('IDENTIFY', 'READY 2 2 3 4 5 6 7'),
    detritus: did('IDENTIFY', 'READY 2 2 3 4 5 6 7'),
  },
  'skip-seq': {
    'discord.js': did('IDENTIFY', 'READY 3 4 5 6 7'),
    eris: did('IDENTIFY', 'READY 3 4 5 6 7'),
    dysnomia: did('IDENTIFY', 'READY 3 4 5 6 7'),
    'oceanic.js': did('IDENTIFY', 'READY 3 4 5 6 7'),
    detritus: did('IDENTIFY', 'READY 3 4 5 6 7'),
  },
  reorder: {
    'discord.js': did('IDENTIFY', 'READY 3 2 4 5 6 7'),
    eris: did('IDENTIFY', 'READY 3 2 4 5 6 7'),
    dysnomia: did('IDENTIFY', 'READY 3 2 4 5 6 7'),
    'oceanic.js': did('IDENTIFY', 'READY 3 2 4 5 6 7'),
    detritus: did('IDENTIFY', 'READY 3 2 4 5 6 7'),
  },
  'corrupt-stream': {
    'discord.js': did('IDENTIFY 1000', 'READY', 'each message'),
    eris: did('IDENTIFY', 'READY', 'each message'),
    dysnomia: did('IDENTIFY', 'READY', 'each message'),
    'oceanic.js': did('IDENTIFY', 'READY', 'each message'),
    detritus: did('IDENTIFY 4800, RESUME', 'READY 2 3 4 5 6 7 RESUMED', 1),
  },
  'corrupt-stream over etf, none': {
    eris: did('IDENTIFY', 'READY 3 4 5 6 7', 1),
    dysnomia: did('IDENTIFY', 'READY 3 4 5 6 7', 1),
    'oceanic.js': did('IDENTIFY', 'READY 3 4 5 6 7', 1),
    detritus: did('IDENTIFY', 'READY 3 4 5 6 7', 1),
  },
  'corrupt-stream over etf, zlib-stream': {
    eris: did('IDENTIFY', 'READY', 'each message'),
    dysnomia: did('IDENTIFY', 'READY', 'each message'),
    'oceanic.js': did('IDENTIFY', 'READY', 'each message'),
    detritus: did('IDENTIFY 4800, RESUME', 'READY 2 3 4 5 6 7 RESUMED', 1),
  },
  'corrupt-stream over json, none': {
    'discord.js': did('IDENTIFY', 'READY 3 4 5 6 7'),
    eris: did('IDENTIFY', 'READY 3 4 5 6 7', 1),
    dysnomia: did('IDENTIFY', 'READY 3 4 5 6 7', 1),
    'oceanic.js': did('IDENTIFY', 'READY 3 4 5 6 7', 1),
    detritus: did('IDENTIFY', 'READY 3 4 5 6 7', 1),
  },
  'no-flush-suffix': {
    'discord.js': did('IDENTIFY 1000', 'READY', 'each message'),
    eris: did('IDENTIFY', 'READY', 'each message'),
    dysnomia: did('IDENTIFY', 'READY', 'each message'),
    'oceanic.js': did('IDENTIFY', 'READY', 'each message'),
    detritus: did('IDENTIFY 4800, RESUME', 'READY 2 3 4 5 6 7 RESUMED', 1),
  },
  'no-flush-suffix over etf, zlib-stream': {
    eris: did('IDENTIFY', 'READY', 'each message'),
    dysnomia: did('IDENTIFY', 'READY', 'each message'),
    'oceanic.js': did('IDENTIFY', 'READY', 'each message'),
    detritus: did('IDENTIFY 4800, RESUME', 'READY 2 3 4 5 6 7 RESUMED', 1),
  },
  'split-message': {
    'discord.js': did('IDENTIFY'),
    eris: did('IDENTIFY'),
    dysnomia: did('IDENTIFY'),
    'oceanic.js': did('IDENTIFY'),
    detritus: did('IDENTIFY'),
  },
  'split-message over etf, none': {
    eris: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    dysnomia: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    'oceanic.js': did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    detritus: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
  },
  'split-message over etf, zlib-stream': {
    eris: did('IDENTIFY'),
    dysnomia: did('IDENTIFY'),
    'oceanic.js': did('IDENTIFY'),
    detritus: did('IDENTIFY'),
  },
  'split-message over json, none': {
    'discord.js': did('IDENTIFY', 'READY 3 4 5 6 7'),
    eris: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    dysnomia: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    'oceanic.js': did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    detritus: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
  },
  'split-message:suffix': {
    eris: did('IDENTIFY', 'READY 4 5 6 7', 1),
    dysnomia: did('IDENTIFY', 'READY 4 5 6 7', 1),
    'oceanic.js': did('IDENTIFY', 'READY 4 5 6 7', 1),
    detritus: did('IDENTIFY', 'READY 4 5 6 7', 1),
  },
  'split-message:suffix over etf, none': {
    eris: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    dysnomia: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    'oceanic.js': did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    detritus: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
  },
  'split-message:suffix over etf, zlib-stream': {
    eris: did('IDENTIFY', 'READY 2 4 5 6 7'),
    dysnomia: did('IDENTIFY', 'READY 2 4 5 6 7'),
    'oceanic.js': did('IDENTIFY', 'READY 2 4 5 6 7'),
    detritus: did('IDENTIFY', 'READY 2 4 5 6 7'),
  },
  'split-message:suffix over json, none': {
    'discord.js': did('IDENTIFY', 'READY 3 4 5 6 7'),
    eris: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    dysnomia: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    'oceanic.js': did('IDENTIFY', 'READY 3 4 5 6 7', 2),
    detritus: did('IDENTIFY', 'READY 3 4 5 6 7', 2),
  },
  'big-ready': {
    'discord.js': did('IDENTIFY'),
    eris: did('IDENTIFY'),
    dysnomia: did('IDENTIFY'),
    'oceanic.js': did('IDENTIFY'),
    detritus: did('IDENTIFY'),
  },
  'big-ready over etf, none': {
    eris: did('IDENTIFY'),
    dysnomia: did('IDENTIFY'),
    'oceanic.js': did('IDENTIFY'),
    detritus: did('IDENTIFY'),
  },
  'big-ready over etf, zlib-stream': {
    eris: did('IDENTIFY'),
    dysnomia: did('IDENTIFY'),
    'oceanic.js': did('IDENTIFY'),
    detritus: did('IDENTIFY'),
  },
  'big-ready over json, none': {
    'discord.js': did('IDENTIFY'),
    eris: did('IDENTIFY'),
    dysnomia: did('IDENTIFY'),
    'oceanic.js': did('IDENTIFY'),
    detritus: did('IDENTIFY'),
  },
  'resume-refused': {
    'discord.js': did('IDENTIFY 4000, RESUME 1000, IDENTIFY', 'READY 2 3 4 5 6 7 READY 2 3 4 5 6 7'),
    eris: did('IDENTIFY 4000, RESUME IDENTIFY', 'READY 2 3 4 5 6 7 READY 2 3 4 5 6 7', 1),
    dysnomia: did('IDENTIFY 4000, RESUME IDENTIFY', 'READY 2 3 4 5 6 7 READY 2 3 4 5 6 7', 1),
    'oceanic.js': did('IDENTIFY 4000, RESUME IDENTIFY', 'READY 2 3 4 5 6 7 READY 2 3 4 5 6 7', 1),
    detritus: did('IDENTIFY 4000, RESUME'),
  },
  'api-503': {
    'discord.js': did('IDENTIFY'),
    'oceanic.js': did('', '', 1),
  },
};

/** Every fault that is tried. */
export const TRIED: readonly string[] = [
  ...new Set(Object.keys(OUTCOMES).map((name) => name.split(' over ')[0] ?? name)),
];

/** The table of README.md. */
export function outcomeTable(): string {
  const rows = Object.entries(OUTCOMES).map(([name, outcomes]) => [
    `\`${name}\``,
    ...LIBRARIES.map((library) => describe(outcomes[library])),
  ]);
  return [['fault', ...LIBRARIES], ['---', ...LIBRARIES.map(() => '---')], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function describe(outcome: Outcome | undefined): string {
  if (outcome === undefined) return '–';
  const { account, told, errors } = outcome;
  const parts = [account === '' ? 'does not connect' : `\`${account}\``];
  if (told !== ALL && told !== '') parts.push(`told \`${told}\``);
  if (errors !== 0) parts.push(errors === 1 ? 'an error' : `errors: ${errors}`);
  return parts.join('; ');
}
