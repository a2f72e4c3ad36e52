/** What is shipped of the page: how much, and that it asks no other host and needs no inline code. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Most that the page may weigh, with everything that it loads, in bytes after gzip. */
const MOST_BYTES = 60_000;

describe('the built page', () => {
  const files = new Map<string, string>();

  beforeAll(() => {
    execFileSync(process.execPath, ['page/build.mjs'], { cwd: root });
    const folder = `${root}/dist/page`;
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
      if (/\.(?:html|js|css|svg)$/.test(name)) files.set(name, readFileSync(`${folder}/${name}`, 'utf8'));
  });

  it('weighs little', () => {
    const weights = [...files.values()].map((text) => gzipSync(text, { level: 9 }).length);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeLessThan(MOST_BYTES);
  });

  it('has neither inline scripts nor inline styles, which its policy refuses', () => {
    const html = files.get('index.html')!;
    expect(html).not.toMatch(/\sstyle=|<style|\son\w+=|javascript:/);
    expect(
      [...html.matchAll(/<script([^>]*)>([^<]*)/g)].map(([, attributes, text]) => [attributes, text]),
    ).toEqual([[expect.stringContaining('src="/assets/'), '']]);
  });

  it('names no other host', () => {
    const urls = [...files.values()].flatMap((text) => text.match(/(?:https?:)?\/\/[\w.-]+/g) ?? []);
    const others = urls.filter((url) => !url.endsWith('//www.w3.org') && !url.endsWith('//127.0.0.1'));
    expect(others).toEqual([]);
  });

  it('makes no markup of texts', () => {
    const page = `${root}/page`;
    const sources = readdirSync(page, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.tsx?$/.test(name),
    );
    const markup = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/;
    expect(sources.filter((name) => markup.test(readFileSync(`${page}/${name}`, 'utf8')))).toEqual([]);
  });

  it('takes of the program types and pure texts only', () => {
    const page = `${root}/page`;
    const names = readdirSync(page, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.tsx?$/.test(name),
    );
    const imports = names.flatMap((name) => [
      ...readFileSync(`${page}/${name}`, 'utf8').matchAll(
        /import (type )?[^;]*? from '([^']*\/src\/[^']+)'/g,
      ),
    ]);
    const code = imports.filter(([, isType]) => isType === undefined).map(([, , path]) => path!);
    expect([...new Set(code)].toSorted()).toEqual([
      '../../src/flow/describe.js',
      '../../src/flow/diagram.js',
      '../../src/printable.js',
      '../../src/units.js',
    ]);
  });
});
