/** The gateway's zstd-stream as libzstd speaks it: a kept connection, and the command line tool where it is installed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { samplePayloads } from './zlib-stream.js';

/** Payloads of the kept connection: small ones, one of several blocks, and small ones again. */
export function zstdStreamPayloads(): Buffer[] {
  const payloads = samplePayloads(45);
  return [...payloads.slice(0, 40), largePayload(), ...payloads.slice(40)];
}

/** Messages of the kept connection (test/fixtures/README.md). */
export function zstdStreamMessages(): Buffer[] {
  const text = readFileSync(new URL('../fixtures/zstd-stream.txt', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line, 'base64'));
}

/** Whether the `zstd` tool can be run here; tests that need it are skipped with a printed reason otherwise. */
export const hasZstd = runZstd(['--version'], Buffer.alloc(0)) !== null;

/** Output of the `zstd` tool for an input, or null without the tool or if it fails. */
export function runZstd(options: readonly string[], input: Uint8Array): Buffer | null {
  try {
    return execFileSync('zstd', ['-q', '-c', ...options], {
      input,
      maxBuffer: 2 ** 28,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

/** One whole frame as the `zstd` tool writes it. */
export function zstdFrame(input: Uint8Array, ...options: readonly string[]): Buffer {
  const frame = runZstd(options, input);
  if (frame === null) throw new Error(`zstd ${options.join(' ')} failed`);
  return frame;
}

function largePayload(): Buffer {
  const members = Array.from({ length: 1500 }, (_, i) => ({
    user: { id: `${(i * 2654435761) % 4294967296}`, username: `user-${(i * 40503) % 65536}` },
    roles: [`${i % 7}`],
    joined_at: `2021-0${1 + (i % 9)}-01T00:00:00Z`,
  }));
  return Buffer.from(JSON.stringify({ t: 'GUILD_CREATE', s: 41, op: 0, d: { members } }));
}
