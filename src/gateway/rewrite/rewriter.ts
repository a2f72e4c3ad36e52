/**
 * The one rewrite: READY's `resume_gateway_url`, in the bytes that go from the gateway to the client.
 *
 *   scanning ──READY or RESUMED──► passing ──INVALID_SESSION──► scanning
 *       │                             (without compression)
 *       └── with compression, once the client is in step again, or what cannot be read ──► done
 *
 * While scanning (ready-scan.ts) bytes may be held and changed; while passing (frame-walk.ts) they are only
 * looked at; when done, not even that. So a second READY on one socket, after its client identified again, is rewritten
 * if messages are not compressed, or when it comes before the scan is over. Later in a compressed stream it passes
 * unchanged: reading it would need the windows of a connection that is no longer inflated, for speed.
 */
import { NO_BYTES } from '../../wire/no-bytes.js';
import { FrameWalk } from './frame-walk.js';
import { ReadyScan, type RewriterOptions } from './ready-scan.js';
import type { RewriteFailure } from './failures.js';

export { type RewriterOptions, RewriteShare } from './ready-scan.js';

/** Rewriter of the gateway's direction of one connection. */
export class GatewayRewriter {
  readonly #options: RewriterOptions;
  /** At most one of the two is active; both are null when the rewriter is done. */
  #scan: ReadyScan | null;
  #walk: FrameWalk | null = null;
  #isChanged = false;
  #convergedFrameNo: number | null = null;
  #fault: RewriteFailure | null;

  constructor(options: RewriterOptions) {
    this.#options = options;
    this.#scan = new ReadyScan(options);
    this.#fault = this.#scan.fault;
    if (this.#scan.state !== 'scanning') this.#scan = null;
  }

  /** Why the rewriting was given up; null if it was not given up, or if there was nothing to rewrite. */
  get fault(): RewriteFailure | null {
    return this.#fault;
  }

  /** True when all further bytes pass as they are. */
  get isDone(): boolean {
    return this.#scan === null && this.#walk === null;
  }

  /** True once the client got something that the gateway did not send. */
  get isChanged(): boolean {
    return this.#isChanged || this.#scan?.isChanged === true;
  }

  /** Position among the gateway's frames, from 1, from which bytes are the gateway's again; null if never. */
  get convergedFrameNo(): number | null {
    return this.#convergedFrameNo;
  }

  /** Takes the gateway's next bytes, cut anywhere, and returns what the client gets now. What it holds is a copy. */
  push(chunk: Uint8Array): Uint8Array {
    const out: Uint8Array[] = [];
    for (let rest: Uint8Array | null = chunk; rest !== null;) rest = this.#advance(rest, out);
    const [first = NO_BYTES] = out;
    return out.length > 1 ? Buffer.concat(out) : first;
  }

  /** Ends the direction; returns what was held, such as half a frame. */
  end(): Uint8Array {
    return this.#scan?.releaseAll() ?? NO_BYTES;
  }

  /** Handles the bytes of the current phase; returns those for the next one, or null. */
  #advance(bytes: Uint8Array, out: Uint8Array[]): Uint8Array | null {
    if (this.#scan !== null) return this.#pushScan(this.#scan, bytes, out);
    if (this.#walk !== null) return this.#pushWalk(this.#walk, bytes, out);
    out.push(bytes);
    return null;
  }

  /** Scans `bytes`; returns those that are left when the scan is over. */
  #pushScan(scan: ReadyScan, bytes: Uint8Array, out: Uint8Array[]): Uint8Array | null {
    out.push(scan.push(bytes));
    if (scan.state === 'scanning') return null;
    this.#fault ??= scan.fault;
    if (scan.isChanged) {
      this.#isChanged = true;
      this.#convergedFrameNo = scan.frames + 1;
    }
    const { transport, extensions } = this.#options;
    const isPlain = transport.compress === 'none' && extensions === null;
    this.#walk = scan.state === 'settled' && isPlain ? new FrameWalk(transport.encoding, scan.frames) : null;
    this.#scan = null;
    return scan.releaseAll();
  }

  /** Passes `bytes` on up to the end of the session; returns those behind it. */
  #pushWalk(walk: FrameWalk, bytes: Uint8Array, out: Uint8Array[]): Uint8Array | null {
    const end = walk.find(bytes);
    if (end === -1) {
      out.push(bytes);
      return null;
    }
    out.push(bytes.subarray(0, end));
    this.#walk = null;
    this.#scan = new ReadyScan(this.#options, walk.frames);
    return bytes.subarray(end);
  }
}
