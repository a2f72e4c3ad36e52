/**
 * Follower: lints a capture while it is being recorded, through a read-only handle of its own.
 *
 * Each look reads a part of the new frames. If the recorder begins another capture, because its file was lost or rotated,
 * the rest of the first capture is read, and the linter begins again with the other one. It knows continued connections
 * from there on, as after a gap.
 */
import { StoreError } from '../errors.js';
import { Linter } from '../lint/linter.js';
import type { LintFinding } from '../lint/rule.js';
import { RULES } from '../lint/rules.js';
import type { Thresholds } from '../lint/thresholds.js';
import { FileIdentity } from '../store/file-identity.js';
import { openReader, type CaptureReader } from '../store/reader.js';
import { guarded } from '../store/store-error.js';
import { Beside } from './lint-beside.js';

/** Most frames that one look reads. */
const PART = 1000;

/** What to follow. */
export interface FollowOrder {
  readonly db: string;
  readonly thresholds: Partial<Thresholds>;
}

/** Receives the findings of a follower. */
export interface FollowWatcher {
  readonly onFinding: (finding: LintFinding) => void;
  /** Receives the reason why a part of the recording is not judged. */
  readonly onLoss: (line: string) => void;
}

/** The file that is read. */
interface OpenFile {
  readonly reader: CaptureReader;
  readonly identity: FileIdentity;
}

/** A capture, and how much of it was read. */
interface Followed {
  readonly captureId: number;
  readonly startedAtUs: unknown;
  readonly linter: Linter;
  readonly beside: Beside;
  afterId: number;
}

/** Lints the newest capture of a database, look by look. */
export class LintFollower {
  #order: FollowOrder;
  readonly #watcher: FollowWatcher;
  #file: OpenFile | null = null;
  #followed: Followed | null = null;
  #isInTrouble = false;

  constructor(order: FollowOrder, watcher: FollowWatcher) {
    this.#order = order;
    this.#watcher = watcher;
  }

  /** Reads a part of the new frames; returns whether there can be more now. Returns false for an unreadable file. */
  look(): boolean {
    try {
      const file = (this.#file ??= this.#open());
      const followed = this.#findFollowed(file);
      if (followed === null) return false;
      const isGone = file.identity.look() === 'gone';
      const hasMore = read(file.reader, followed);
      this.#isInTrouble = false;
      if (isGone && !hasMore) this.release();
      return hasMore;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.release();
      // During a replacement there is no file for a moment; the recorder logs that.
      if (this.#followed !== null && !this.#isInTrouble)
        this.#watcher.onLoss(`lint cannot read the recording and tries again: ${error.message}`);
      this.#isInTrouble = true;
      return false;
    }
  }

  /** Closes the file, so that no other handle is open when the recorder closes it; `look` opens it again. */
  release(): void {
    this.#file?.reader.close();
    this.#file = null;
  }

  /** Goes on with the same recording under another name. */
  moveTo(db: string): void {
    this.release();
    this.#order = { ...this.#order, db };
  }

  /** Ends with the recording. */
  finish(): void {
    const followed = this.#followed;
    if (followed !== null) {
      followed.beside.advance(Infinity, null);
      followed.linter.finish();
    }
    this.release();
  }

  #open(): OpenFile {
    const reader = openReader(this.#order.db);
    try {
      return { reader, identity: guarded(this.#order.db, () => new FileIdentity(this.#order.db)) };
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** The newest capture of the file: the one that was followed before, or another from its beginning. */
  #findFollowed({ reader }: OpenFile): Followed | null {
    const captureId = reader.captureIds().at(-1);
    const known = this.#followed;
    if (captureId === undefined) return null;
    const startedAtUs = reader.row('capture', captureId)?.['started_at_us'];
    if (known?.captureId === captureId && known.startedAtUs === startedAtUs) return known;
    if (known !== null)
      this.#watcher.onLoss('lint begins again, as the recording goes on in another capture');
    const { thresholds } = this.#order;
    const linter = new Linter({ rules: RULES, thresholds, watch: this.#watcher.onFinding });
    const afterId = findFirstId(reader, captureId) - 1;
    return (this.#followed = {
      ...{ captureId, startedAtUs, linter, afterId },
      beside: new Beside(linter, captureId),
    });
  }
}

/** Id of the first frame of a capture, or the next one to come. */
function findFirstId(reader: CaptureReader, captureId: number): number {
  const newestId = reader.newestFrameId() ?? 0;
  for (const { id } of reader.frames({ capture: captureId })) return id;
  return newestId + 1;
}

function read(reader: CaptureReader, followed: Followed): boolean {
  const { linter, beside } = followed;
  const newestId = reader.newestFrameId() ?? 0;
  beside.takeNew(reader);
  let count = 0;
  const { afterId } = followed;
  for (const frame of reader.frames({ afterId, beforeId: newestId + 1 })) {
    beside.advance(frame.atUs, frame.connectionId);
    linter.frameArrived(frame);
    followed.afterId = frame.id;
    count += 1;
    if (count >= PART) return true;
  }
  beside.settle();
  return false;
}
