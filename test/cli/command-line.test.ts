/** The table of commands: the help of each, and how wrong use of it is refused. */
import { describe, expect, it } from 'vitest';
import { commandLine } from '../../src/cli/command-line.js';
import { runHere } from '../support/command-line.js';

describe('help', () => {
  it('exists for the program and for each command, with examples', async () => {
    const { stdout, stderr, exitCode } = await runHere(['--help']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const commands = (await commandLine([])).commands.map((command) => command.name());
    expect(commands).toContain('stats');
    for (const name of [...commands, 'help']) {
      expect(stdout).toContain(`\n  ${name} `);
      const page = await runHere([name, '--help']);
      expect(page).toMatchObject({ stderr: '', exitCode: 0 });
      if (name !== 'help') expect(page.stdout).toMatch(/\nExamples?:\n|\nIt leaves/);
    }
  });
});

describe('the command that args begin with', () => {
  it('is the only one that is loaded', async () => {
    const names = (await commandLine([])).commands.map((command) => command.name());
    for (const name of names) {
      // It describes all of them.
      if (name === 'completion') continue;
      const { commands } = await commandLine([name]);
      expect(commands.map((command) => command.name())).toEqual([name]);
    }
  });
});

describe('wrong use', () => {
  it.each([
    [['statz'], "unknown command 'statz': did you mean stats?"],
    [['stats', '--formt', 'json'], "unknown option '--formt': did you mean --format?"],
    [['stats', '--format', 'jsn'], '--format is "jsn": did you mean json?'],
    [['stats', '--format'], 'argument missing'],
    [['stats', 'extra'], 'too many arguments'],
    [['show'], 'no frame was named'],
    [['stats', '--since', 'soon'], '--since is "soon": expected 2h (ago)'],
    [['stats', '--by', 'colour'], '--by is "colour": expected some of op,event'],
    [
      ['stats', '--config', '/nonexistent/config.json'],
      'cannot read the config file /nonexistent/config.json (ENOENT)',
    ],
  ])('%j prints one line and exits with 2', async (args, message) => {
    const { stdout, stderr, exitCode } = await runHere(args);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/^gatetape: [^\n]+: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});
