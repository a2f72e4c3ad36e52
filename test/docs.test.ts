/** README.md and docs/ agree with the program: examples run, and every command, flag, setting and key is named. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { nameFlag, nameVariable } from '../src/config/load.js';
import { CONFIG_KEYS, findDefault } from '../src/config/schema.js';
import { DOCUMENTATION, README } from './support/documentation.js';
import { runHere } from './support/command-line.js';
import { Gatetape } from './support/gatetape.js';
import { scratchFile } from './support/scratch.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string): string => readFileSync(`${root}/${name}`, 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** Contents of the fenced blocks in a language. */
const fenced = (language: string, documentation = DOCUMENTATION): string[] =>
  [...documentation.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, text]) =>
    name === language ? [text!] : [],
  );

/** Commands after a `$`, each with the line that is shown below it. */
const transcripts = fenced('console').flatMap((block) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => part.split('\n'))
    .map(([command, firstLine]) => ({ command: command!, firstLine: firstLine! })),
);
const shown = (word: string): { command: string; firstLine: string }[] =>
  transcripts.filter(({ command }) => command.startsWith(`gatetape ${word}`));

/** Arguments of a command line; single quotes are the only quoting that is used. */
const argumentsOf = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!).slice(1);

describe('the first two commands of README.md', () => {
  it('are npm scripts', () => {
    expect(fenced('sh', README)).toEqual(['npm ci && npm run demo\n', 'npm ci && npm test\n']);
    expect(scripts).toMatchObject({ demo: expect.any(String) as string, test: expect.any(String) as string });
    // .ci/run reads the commands out of these blocks and runs them in a fresh clone.
    expect(read('.ci/run')).toContain('README.md');
  });
});

describe('test/README.md', () => {
  it('names every folder of the tests, and no other', () => {
    const named = [...read('test/README.md').matchAll(/^\|(.*?)\|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)\/`/g)].map(([, folder]) => folder),
    );
    const folders = readdirSync(`${root}/test`, { withFileTypes: true }).filter((each) => each.isDirectory());
    expect(named.sort()).toEqual(folders.map(({ name }) => name).sort());
  });
});

describe('the documentation', () => {
  const leftBehind = `${root}/gatetape-demo.sqlite`;
  let demo = '';
  let db = '';

  beforeAll(() => {
    const wasThere = existsSync(leftBehind);
    demo = execFileSync('npm', ['run', '--silent', 'demo'], { cwd: root, encoding: 'utf8' });
    db = `${root}/gatetape-demo.docs.sqlite`;
    copyFileSync(leftBehind, db);
    if (!wasThere) rmSync(leftBehind);
    return () => rmSync(db, { force: true });
  });

  it('shows what the demo prints, except ports', () => {
    const block = fenced('console').find((text) => text.startsWith('$ npm run demo'))!;
    const general = (line: string): string => line.replace(/\d+\.\d+\.\d+(\.\d+:\d+)?/g, 'N').trim();
    const printed = demo.split('\n').map(general);
    for (const line of block.trim().split('\n').slice(1))
      if (line !== '…') expect(printed).toContain(general(line));
  });

  it.each(['stats', 'sessions', 'frames', 'show'].flatMap(shown))(
    'shows what `$command` prints',
    async (row) => {
      const { stdout, stderr, exitCode } = await runHere([...argumentsOf(row.command), '--db', db]);
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
      const words = (line: string): string[] => line.trim().split(/\s+/);
      expect(words(stdout.split('\n')[0]!)).toEqual(words(row.firstLine));
    },
  );

  it('shows what a command with piped input prints', async () => {
    const piped = transcripts.flatMap(({ command, firstLine }) => {
      const [, input, rest] = /^echo '([^']*)' \| (gatetape .*)$/.exec(command) ?? [];
      return input === undefined ? [] : [{ input, args: argumentsOf(rest!), firstLine }];
    });
    expect(piped).toHaveLength(1);
    for (const { input, args, firstLine } of piped) {
      expect(await runHere(args, { input })).toEqual({ stdout: `${firstLine}\n`, stderr: '', exitCode: 0 });
    }
  });

  it.each(['record', 'mock'].flatMap(shown))('shows the keys that `$command` prints', async (row) => {
    const database = row.command.startsWith('gatetape mock') ? db : scratchFile();
    const args = [...argumentsOf(row.command), '--db', database, '--listen', ':0'];
    // A certificate authority of the test's own, where one is made.
    const program = new Gatetape(args, { env: { XDG_STATE_HOME: dirname(scratchFile()) } });
    expect(Object.keys(JSON.parse(await program.line()) as object)).toEqual(
      Object.keys(JSON.parse(row.firstLine) as object),
    );
    program.signal('SIGINT');
    expect((await program.ended()).exitCode).toBe(0);
  });

  it.each(['stats', 'frames', 'sessions', 'connections', 'http'])(
    'names every key in the JSON of `%s`',
    async (command) => {
      const { stdout } = await runHere([command, '--format', 'ndjson', '--db', db]);
      const section = DOCUMENTATION.slice(DOCUMENTATION.indexOf('## For scripts'));
      for (const key of Object.keys(JSON.parse(stdout.split('\n')[0]!) as object)) {
        expect(new RegExp(`["\`]${key}["\`]`).test(section), `${command}: ${key}`).toBe(true);
      }
    },
  );
});

describe('the documentation names', () => {
  it('every command, and every flag of each', async () => {
    const { stdout } = await runHere(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'gatetape' && name !== 'help');
    expect(commands.length).toBeGreaterThan(8);
    const pages = await Promise.all(commands.map((name) => runHere([name, '--help'])));
    for (const [index, name] of commands.entries()) {
      expect(new RegExp(`^\\| \`${name}[ \`]`, 'm').test(DOCUMENTATION), name).toBe(true);
      const flags = [...pages[index]!.stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(
        ([, flag]) => flag!,
      );
      for (const flag of flags)
        expect(new RegExp(`${flag}(?![a-z-])`).test(DOCUMENTATION), `${name} ${flag}`).toBe(true);
    }
  });

  it.each(CONFIG_KEYS)('the setting %s with its flag, variable and default', (key) => {
    const row =
      DOCUMENTATION.split('\n').find(
        // A command may have the same name.
        (line) => line.startsWith(`| \`${key}\` `) && line.includes(nameVariable(key)),
      ) ?? '';
    for (const name of [nameFlag(key), nameVariable(key), findDefault(key) ?? 'none'])
      expect(row).toContain(name);
  });

  it.each([0, 1, 2, 3, 4, 70])('the exit code %i', (code) => {
    expect(new RegExp(`^\\| ${code} +\\|`, 'm').test(DOCUMENTATION)).toBe(true);
  });
});
