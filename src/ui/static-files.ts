/**
 * Static files: the built page, read into memory once, so that no path of a request is used on the disk.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

/** A file of the page. */
export interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  /** Whether its name contains a hash of its content. */
  readonly isHashed: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

/** Names that vite makes, such as `assets/index-BkDS2v1_.js`. */
const HASHED = /^\/assets\/.*-[\w-]{8,}\.\w+$/;

/** Shown if the page was not built. */
const NOT_BUILT: StaticFile = {
  type: TYPES['.html'] ?? '',
  body: Buffer.from(
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>gatetape</title>' +
      '<p>gatetape: the page is not built: run <code>npm run build</code>. The data is at <a href="/overview.json">/overview.json</a>.</p></html>\n',
  ),
  isHashed: false,
};

/** Files of the page by their paths, such as `/assets/index.js`. */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>;

  /** `folder`: output of the page's build; it may be missing. */
  constructor(folder: string) {
    this.#files = readFolder(folder);
  }

  /** The page's HTML. */
  get index(): StaticFile {
    return this.#files.get('/index.html') ?? NOT_BUILT;
  }

  /** File of a path, or null. */
  find(path: string): StaticFile | null {
    return path === '/index.html' ? null : (this.#files.get(path) ?? null);
  }
}

function readFolder(folder: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length).replaceAll('\\', '/');
    const type = TYPES[extname(entry.name)];
    if (type === undefined) continue;
    files.set(path, { type, body: readFileSync(file), isHashed: HASHED.test(path) });
  }
  return files;
}
