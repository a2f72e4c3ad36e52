/** `completion`: what the shells themselves complete with the scripts. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../../src/cli/command-line.js';
import { MAIN } from '../support/gatetape.js';
import { runHere } from '../support/command-line.js';
import { sampleCapture } from '../support/capture/samples.js';
import { scratchFile } from '../support/scratch.js';

const hasShell = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** A folder with the script of a shell, the program under its name, and a few files. */
async function prepare(shell: string): Promise<{ script: string; cwd: string; PATH: string }> {
  const script = scratchFile(`gatetape.${shell}`);
  const { stdout } = await runHere(['completion', shell]);
  writeFileSync(script, stdout);
  const cwd = dirname(script);
  mkdirSync(`${cwd}/bin`);
  mkdirSync(`${cwd}/some folder`);
  writeFileSync(`${cwd}/some file`, '');
  writeFileSync(`${cwd}/bin/gatetape`, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(`${cwd}/bin/gatetape`, 0o755);
  return { script, cwd, PATH: `${cwd}/bin:${process.env['PATH'] ?? ''}` };
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** Asks bash to complete the last of some words, which it splits at `=`. */
async function askBash(...words: readonly string[]): Promise<string[]> {
  const { script, cwd, PATH } = await prepare('bash');
  const program = `
    script="$1"; shift; source "$script"
    COMP_WORDS=(gatetape "$@"); COMP_CWORD=$#
    _gatetape; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...process.env, PATH };
  return lines(
    execFileSync('bash', ['-c', program, 'bash', script, ...words], { cwd, env, encoding: 'utf8' }),
  );
}

/** Asks zsh, whose own functions say here what they are called with. */
async function askZsh(...words: readonly string[]): Promise<string[]> {
  const { script, cwd, PATH } = await prepare('zsh');
  const program = `
    compdef() { : }
    compset() { : }
    compadd() { while [[ $1 == -* && $1 != -- ]]; do [[ $1 == -S ]] && shift; shift; done; shift; print -l -- "$@" }
    _describe() { print -l -- \${(P)4} }
    _files() { print -l -- files "$@" }
    source "$1"; shift
    words=(gatetape "$@"); CURRENT=$#words
    _gatetape`;
  const env = { ...process.env, PATH };
  return lines(
    execFileSync('zsh', ['-f', '-c', program, 'zsh', script, ...words], { cwd, env, encoding: 'utf8' }),
  );
}

/** Asks fish to complete a command line. */
async function askFish(line: string): Promise<string[]> {
  const { script, cwd, PATH } = await prepare('fish');
  const env = { ...process.env, PATH, HOME: cwd, XDG_CONFIG_HOME: cwd, XDG_DATA_HOME: cwd };
  const program = `source ${script}; complete -C '${line}'`;
  return lines(execFileSync('fish', ['-N', '-c', program], { cwd, env, encoding: 'utf8' })).map(
    (row) => row.split('\t')[0]!,
  );
}

describe('gatetape completion', () => {
  it.each(['bash', 'zsh', 'fish'])('has every command and flag in the script for %s', async (shell) => {
    const { stdout, exitCode } = await runHere(['completion', shell]);
    expect(exitCode).toBe(0);
    for (const command of (await commandLine([])).commands) {
      expect(stdout).toContain(command.name());
      for (const { long, hidden } of command.options)
        if (!hidden) expect(stdout).toContain(shell === 'fish' ? `-l ${long!.slice(2)} ` : long!);
    }
  });

  it('refuses other shells', async () => {
    const { stderr, exitCode } = await runHere(['completion', 'tcsh']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('tcsh');
  });
});

describe.skipIf(!hasShell('bash'))('bash completes', () => {
  it('commands, also after flags and for help', async () => {
    expect(await askBash('st')).toEqual(['stats']);
    expect(await askBash('--config', 'x.json', 'sess')).toEqual(['sessions']);
    expect(await askBash('help', 'opc')).toEqual(['opcodes']);
    expect(await askBash('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('flags of the command, and of the program', async () => {
    expect(await askBash('frames', '--fo')).toEqual(['--format', '--follow']);
    expect(await askBash('frames', '--conf')).toEqual(['--config']);
    expect(await askBash('views', '--fol')).toEqual([]);
  });

  it('words, opcodes and events, one after the other in lists, also behind an equals sign', async () => {
    expect(await askBash('sessions', '--format', 'nd')).toEqual(['ndjson']);
    expect(await askBash('frames', '--op', '=', 'HELLO,HEARTB')).toEqual([
      'HELLO,HEARTBEAT',
      'HELLO,HEARTBEAT_ACK',
    ]);
    expect(await askBash('frames', '--op', '=')).toContain('IDENTIFY');
    expect(await askBash('stats', '--event', 'MESSAGE_POLL')).toEqual([
      'MESSAGE_POLL_VOTE_ADD',
      'MESSAGE_POLL_VOTE_REMOVE',
    ]);
    expect(await askBash('record', '--mode', 'for')).toEqual(['forward']);
    expect(await askBash('stats', '--view', 'qui')).toEqual(['quiet']);
    expect(await askBash('stats', '--hide', 'heartbeats,ty')).toEqual(['heartbeats,typing']);
  });

  it('files and folders where a path is taken, and nothing where no word can be known', async () => {
    expect((await askBash('stats', '--db', 'some')).sort()).toEqual(['some file', 'some folder']);
    expect(await askBash('ca', '--ca-dir', 'some')).toEqual(['some folder']);
    expect((await askBash('import', 'some f')).sort()).toEqual(['some file', 'some folder']);
    expect(await askBash('stats', '--since', '')).toEqual([]);
    expect(await askBash('shrink', '--', 'some fi')).toEqual(['some file']);
  });

  it('ids of the sessions of the database', async () => {
    expect(await askBash('mock', '--db', sampleCapture(), '--session', '')).toEqual(['latest', '1']);
    expect(await askBash('mock', '--db', '=', sampleCapture(), '--session', '1')).toEqual(['1']);
    expect(await askBash('mock', '--db', '/nowhere', '--session', '')).toEqual(['latest']);
  });
});

describe.skipIf(!hasShell('zsh'))('zsh completes', () => {
  it('commands, flags, words, files and sessions', async () => {
    expect(await askZsh('')).toContain('stats:' + (await describeCommand('stats')));
    expect((await askZsh('frames', '--')).some((line) => line.startsWith('--follow:'))).toBe(true);
    expect(await askZsh('sessions', '--format', '')).toEqual(['table', 'json', 'ndjson', 'csv']);
    expect(await askZsh('frames', '--op=HE')).toContain('HELLO');
    expect(await askZsh('stats', '--db', '')).toEqual(['files']);
    expect(await askZsh('mock', '--db', sampleCapture(), '--session', '')).toEqual(['latest', '1']);
  });
});

describe.skipIf(!hasShell('fish'))('fish completes', () => {
  it('commands, flags, words, files and sessions', async () => {
    expect(await askFish('gatetape stat')).toEqual(['stats']);
    expect(await askFish('gatetape frames --fol')).toEqual(['--follow']);
    expect(await askFish('gatetape frames --op HELLO,HEARTB')).toEqual([
      'HELLO,HEARTBEAT',
      'HELLO,HEARTBEAT_ACK',
    ]);
    expect(await askFish('gatetape sessions --format=nd')).toEqual(['--format=ndjson']);
    expect(await askFish('gatetape stats --db some')).toEqual(['some file', 'some folder/']);
    expect(await askFish(`gatetape mock --db ${sampleCapture()} --session `)).toEqual(['1', 'latest']);
  });
});

async function describeCommand(name: string): Promise<string> {
  return (await commandLine([])).commands.find((command) => command.name() === name)!.description();
}
