/**
 * An empty project with the package as npm would publish it, and what it depends on.
 *
 * The package is packed and unpacked for real; what it needs is linked from this checkout instead of fetched, so that
 * no network is needed. `.ci/run` installs the same file with npm, from the registry.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A project in a folder of its own. */
export class PackedProject implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'gatetape-package-'));

  /** Makes the project, with the packages that this checkout has installed, or some of them. */
  constructor(names: readonly string[] = installed()) {
    this.write('package.json', '{ "private": true, "type": "module" }\n');
    const modules = join(this.folder, 'node_modules');
    for (const name of names) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), join(modules, name));
    }
    mkdirSync(join(modules, 'gatetape'), { recursive: true });
    execFileSync('tar', ['-xzf', packPackage(), '-C', join(modules, 'gatetape'), '--strip-components=1']);
  }

  /** Paths of the package's files. */
  get files(): readonly string[] {
    return readdirSync(join(this.folder, 'node_modules/gatetape'), { recursive: true, encoding: 'utf8' });
  }

  /** Takes an installed package away, until what is returned is disposed of. */
  without(name: string): Disposable {
    const path = join(this.folder, 'node_modules', name);
    const target = readlinkSync(path);
    unlinkSync(path);
    return { [Symbol.dispose]: () => symlinkSync(target, path) };
  }

  /** Adds a package that is installed elsewhere in this checkout, such as `test/clients`. */
  link(name: string, folder: string): void {
    const path = join(this.folder, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    symlinkSync(join(root, folder, 'node_modules', name), path);
  }

  /** Writes a file of the project. */
  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Text of a file of the project. */
  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** Copies a file or folder of this checkout into the project. */
  copy(from: string, to: string): void {
    cpSync(join(root, from), join(this.folder, to), { recursive: true });
  }

  /** Runs a script of an installed package, or of the project, and returns what it prints. Throws when it fails. */
  run(script: string, ...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(this.folder, script), ...args], {
      cwd: this.folder,
      encoding: 'utf8',
      env: { ...process.env, GATETAPE_TAPE_MODE: '', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (status !== 0) throw new Error(`${script} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

let packed: string | null = null;

/** The package as a file, made once for all projects of this process, which removes it at its end. */
function packPackage(): string {
  if (packed !== null) return packed;
  const folder = mkdtempSync(join(tmpdir(), 'gatetape-pack-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  return (packed = join(folder, execFileSync('npm', args, { cwd: root, encoding: 'utf8' }).trim()));
}

/** Names of the packages that are installed in this checkout. */
function installed(): readonly string[] {
  return readdirSync(join(root, 'node_modules')).flatMap((name) => {
    if (name.startsWith('.')) return [];
    if (!name.startsWith('@')) return [name];
    return readdirSync(join(root, 'node_modules', name)).map((inner) => `${name}/${inner}`);
  });
}
