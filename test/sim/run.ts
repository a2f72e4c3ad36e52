/**
 * One run: traffic through the real recording, with turns, sizes and failures that a seed draws, and a look at everything
 * after each step.
 */
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { watchSometimes } from '../../src/sometimes.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { openStore } from '../../src/store/store.js';
import { checkDatabase } from '../../src/store/upkeep/check.js';
import { RecorderThreads } from '../../src/worker/recorder-threads.js';
import type { CaptureFigures } from '../../src/worker/vital-signs.js';
import { START_US } from '../support/capture/records.js';
import { SimulatedClock } from './clock.js';
import { findClientFaults } from './client-faults.js';
import { DISK_FAULTS, FILE_LOSSES, filesOf, loseFiles, SimulatedDisk } from './disk.js';
import { type Excuses, findFaults, readRecorded, type Recorded } from './oracle.js';
import { type Extras, drawExtras, NO_EXTRAS } from './extras.js';
import { ModelCalls } from './rest.js';
import { listRotatedFiles as listRotated } from '../../src/store/rotated-files.js';
import { RESERVED_BYTES } from '../../src/store/upkeep/retention.js';
import { Death, SimulatedPair } from './pair.js';
import { drawPlan, type Plan } from './plan.js';
import { type Point, POINTS } from './points.js';
import { Random } from './random.js';
import { countSessions, reduceExtras, reducePlan, type Reduction, UNREDUCED } from './reduction.js';
import { ModelRelay } from './relay.js';
import { drawTraffic, findSecrets, type Traffic } from './traffic.js';

/** What a run showed. */
export interface Outcome {
  readonly seed: number;
  /** What was wrong; empty if nothing was. */
  readonly faults: readonly string[];
  /** Rare points that were passed. */
  readonly points: ReadonlySet<Point>;
  readonly steps: number;
  readonly log: readonly string[];
}

const CAPTURE = { mode: 'reverse', upstream: 'wss://u', api: 'https://a', redaction: 'secrets' };

/** Keeps the draw of extras apart from that of runs. */
const EXTRA_SEED = 2 ** 31;
/** Keeps orders of turns apart from seeds. */
const ORDER_SEED = 0x27d4eb2f;
const NEVER = { bytes: Infinity, ageUs: Infinity, keep: null, shipped: null };
/** A limit below which nothing is deleted from an empty database. */
const LIMIT_BYTES = 2 * RESERVED_BYTES;

/** Each rotation opens a database, which takes as long as all else of a short run. */
const MOST_ROTATIONS = 5;

const MOST_STEPS = 6000;
/** After so many steps chunks are as long as they can be, so that a run of single bytes comes to an end. */
const PATIENCE_STEPS = 2500;
const MOST_CLOSING_STEPS = 4000;

/** How a seed is run. */
export interface Mode {
  /** Without the extras: as the seeds were run that are older than these. */
  readonly isPlain?: boolean;
  readonly reduction?: Reduction;
}

/** Runs a seed. */
export async function simulate(seed: number, mode: Mode = {}): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'gatetape-sim-'));
  const run = new Run(seed, folder, mode);
  try {
    await run.play();
  } catch (error) {
    run.faults.push(`thrown: ${error instanceof Error ? String(error.stack) : String(error)}`);
  } finally {
    run.discard();
    rmSync(folder, { recursive: true });
  }
  return { seed, faults: run.faults, points: run.points, steps: run.steps, log: run.log };
}

class Run {
  readonly faults: string[] = [];
  readonly points = new Set<Point>();
  readonly log: string[] = [];
  steps = 0;
  readonly #random: Random;
  readonly #plan: Plan;
  readonly #traffic: Traffic;
  readonly #clock = new SimulatedClock();
  readonly #disk = new SimulatedDisk();
  readonly #threads: RecorderThreads;
  readonly #relay: ModelRelay;
  readonly #extras: Extras;
  readonly #turns: Plan['turns'] & Extras['turns'];
  readonly #calls: ModelCalls;
  /** Rotations that were asked for, and those that were answered. */
  #asked = 0;
  #answered = 0;
  readonly #path: string;
  #pair: SimulatedPair | null = null;
  #pin: ReturnType<typeof openSqlite> | null = null;
  /** Nothing fails any more. */
  #isCalm = false;
  #quietUntilMs = 0;
  #isFileLost = false;
  #aliveSinceUs = 0;

  constructor(seed: number, folder: string, { isPlain = false, reduction = UNREDUCED }: Mode) {
    const drawn = new Random(seed);
    const extra = new Random(seed + EXTRA_SEED);
    const plan = drawPlan(drawn);
    this.#plan = reducePlan(plan, reduction);
    this.#extras = isPlain ? NO_EXTRAS : reduceExtras(drawExtras(extra, plan), reduction);
    const { isElsewhere, rotation, restCalls } = this.#extras;
    this.#turns = { ...this.#plan.turns, ...this.#extras.turns };
    this.#traffic = drawTraffic(drawn, {
      hasFragments: this.#plan.hasFragments,
      isElsewhere,
      mostMessages: reduction.messages,
      mostSessions: countSessions(reduction),
    });
    const random = reduction.order === 0 ? drawn : new Random(seed ^ Math.imul(reduction.order, ORDER_SEED));
    this.#random = random;
    this.#path = join(folder, 'capture.sqlite');
    const setting = {
      clock: this.#clock,
      randomBytes: (count: number) => random.bytes(count),
      batchAgeUs: this.#plan.batchAgeUs,
      isRotating: rotation !== null,
      onWait: (who: 'recorder' | 'writer', why: string) => this.#wait(who, why),
    };
    const { policy, queueBytes } = this.#plan;
    this.#threads = new RecorderThreads(
      {
        host: {
          nowUs: () => this.#clock.tickUs(),
          randomBytes: (count) => random.bytes(count),
          log: (level, line) => this.#hear(level, line),
        },
        onOverload: policy,
        onRecordError: 'pass',
        queueBytes,
        decoders: this.#extras.decoders,
      },
      (...parts) => (this.#pair = new SimulatedPair(setting, ...parts)),
      { nowMs: this.#clock.nowMs, after: this.#clock.after },
    );
    this.#relay = new ModelRelay(
      this.#traffic,
      random,
      { ...this.#plan.habits, isOverlapping: isElsewhere },
      this.#threads.tap,
      this.#clock,
      (point) => this.points.add(point),
    );
    this.#calls = new ModelCalls(restCalls, extra, this.#threads.tap, this.#clock);
  }

  async play(): Promise<void> {
    writeTemplate(this.#path);
    this.#disk.weight = weigh(this.#extras.sparePages);
    this.#disk.isFullAtOnce = this.#extras !== NO_EXTRAS;
    this.#disk.install();
    watchSometimes((point) => this.points.add(point));
    await this.#threads.open({
      db: this.#path,
      capture: CAPTURE,
      maxDbSizeBytes: this.#extras.sparePages === null ? null : LIMIT_BYTES,
      compactAfterUs: null,
      keptKey: null,
      isMetered: false,
      after: null,
      rotation: this.#extras.rotation ?? NEVER,
      redaction: 'secrets',
      maxPayloadBytes: 2 ** 20,
      maxBodyBytes: 2 ** 16,
    });
    for (; this.steps < MOST_STEPS && !this.#relay.isOver; this.steps += 1) {
      if (this.steps === PATIENCE_STEPS) this.#relay.hurry();
      if (this.#step()) await settle();
      this.#look();
      if (this.faults.length > 0) return;
    }
    if (this.#random.chance(this.#plan.kill)) this.#checkKilled();
    else await this.#close();
    this.faults.push(...findClientFaults(this.#relay.connections));
  }

  discard(): void {
    this.#disk.uninstall();
    watchSometimes(null);
    this.#pair?.discard();
    this.#pin?.close();
  }

  /** Takes a step; returns whether promises may be due after it. */
  #step(): boolean {
    const random = this.#random;
    const turn = random.weighted(this.#turns);
    switch (turn) {
      case 'relay':
        this.#relay.turn();
        break;
      case 'recorder':
        this.#pair?.recorderTurn(1 + random.below(this.#plan.burst));
        break;
      case 'decoder':
        this.#pair?.decoderTurn(random.below(this.#extras.decoders), 1 + random.below(this.#plan.burst));
        break;
      case 'writer':
        this.#pair?.writerTurn(random.chance(0.1));
        break;
      case 'time':
        this.#clock.pass(random.skewed(1, 2000) / 10);
        break;
      case 'jump':
        this.#clock.pass(random.skewed(1000, 4_000_000));
        break;
      case 'fail':
        this.#fail();
        break;
      case 'rotate':
        this.#rotate();
        break;
      case 'rest':
        this.#calls.turn();
        break;
    }
    return turn === 'time' || turn === 'jump' || this.#pair?.isAlive !== true;
  }

  #rotate(): void {
    if (this.#asked === MOST_ROTATIONS) return;
    this.#asked += 1;
    void this.#threads.rename('rotate').then(() => (this.#answered += 1));
  }

  #fail(): void {
    const random = this.#random;
    const { failures } = this.#plan;
    if (failures.length === 0) return;
    switch (random.pick(failures)) {
      case 'recorder dies':
        if (!this.#mayDie()) break;
        if (this.#extras.decoders > 1 && random.chance(0.5)) {
          this.points.add('a decoder died');
          this.#pair?.killDecoder(random.below(this.#extras.decoders), random.chance(0.5));
        } else this.#pair?.killRecorder(random.chance(0.5));
        break;
      case 'writer dies':
        if (this.#mayDie()) this.#pair?.killWriter();
        break;
      case 'disk':
        this.#disk.begin(random.pick(DISK_FAULTS), random.skewed(1, 30));
        break;
      case 'file':
        if (random.chance(0.8)) break;
        this.#isFileLost = true;
        loseFiles(this.#path, random.pick(FILE_LOSSES), writeTemplate);
        break;
      case 'reader':
        this.#togglePin();
        break;
    }
  }

  /** Threads that die at once after a restart take what is open with them; that is drawn less often. */
  #mayDie(): boolean {
    if (this.#pair?.isAlive !== true) return false;
    if (this.#clock.nowMs() < this.#quietUntilMs && this.#random.chance(0.9)) return false;
    this.#quietUntilMs = this.#clock.nowMs() + 6000;
    return true;
  }

  #togglePin(): void {
    if (this.#pin !== null) this.#pin.close();
    this.#pin = this.#pin === null ? openSqlite(this.#path, { readonly: true }) : null;
    this.#pin?.exec('BEGIN');
    this.#pin?.prepare('SELECT count(*) FROM frame').get();
  }

  /** A thread waits: the others go on, or it dies. */
  #wait(who: 'recorder' | 'writer', why: string): void {
    const random = this.#random;
    const isDying = !this.#isCalm && this.#plan.failures.includes(`${who} dies`) && random.chance(0.03);
    if (isDying && this.#mayDie()) throw new Death(`${who} died while it waited`);
    if (why === 'slot') this.points.add('the recorder waited for a slot');
    if (this.#isCalm) return;
    for (let turn = random.below(4); turn > 0; turn -= 1) this.#relay.turn();
    if (why === 'pause' && this.#pair?.hasRoom === true) this.#pair.recorderTurn(random.below(3));
  }

  #hear(level: string, line: string): void {
    const isRevived = line.includes('goes on after');
    if (isRevived || line.includes('broke off')) this.#calls.excuse(this.#aliveSinceUs);
    if (isRevived) this.#aliveSinceUs = this.#clock.nowUs();
    this.log.push(`${level}: ${line.replaceAll(dirname(this.#path), '…')}`);
    if (line.includes('broke off again at once')) this.#relay.leaveOut();
    if (line.includes('a bug')) this.faults.push(line);
  }

  /** What must hold at any time. */
  #look(): void {
    const { tap } = this.#threads;
    const ring = this.#pair?.ring;
    if (ring === undefined) return;
    if (ring.depth > ring.capacity)
      this.faults.push(`the ring holds ${ring.depth} of ${ring.capacity} bytes`);
    const aside = tap.depth - ring.depth;
    // While recording waits, sockets go on though their last chunks are still kept.
    if (aside === 0 || this.points.has('recording waited for the database')) return;
    if (aside > this.#relay.pausedBytes)
      this.faults.push(
        `${aside} bytes are kept aside, and the paused sockets had ${this.#relay.pausedBytes}`,
      );
  }

  async #close(): Promise<void> {
    this.#isCalm = true;
    this.#disk.end();
    const ends: { readonly figures?: CaptureFigures; readonly failure?: Error }[] = [];
    void this.#threads.close().then(
      (figures) => ends.push({ figures }),
      (failure: unknown) => ends.push({ failure: failure as Error }),
    );
    for (let step = 0; ends.length === 0; step += 1) {
      if (step === MOST_CLOSING_STEPS) {
        this.faults.push('the recording does not end');
        return;
      }
      const { decoders } = this.#extras;
      if (decoders > 1) this.#pair?.decoderTurn(this.#random.below(decoders), 100);
      if (this.#random.chance(0.5)) this.#pair?.recorderTurn(100);
      else this.#pair?.writerTurn();
      if (this.#random.chance(0.2)) this.#clock.pass(1000);
      await settle();
    }
    const [{ figures, failure } = {}] = ends;
    if (failure !== undefined) this.faults.push(`the recording ended with ${String(failure)}`);
    if (figures !== undefined) this.#checkClosed(figures);
  }

  #checkClosed(figures: CaptureFigures): void {
    const paths = [...listRotated(this.#path), this.#path];
    const recorded = readRecorded(paths);
    this.#note(recorded);
    this.#check(recorded, paths, { isKilled: false, settledUs: 0 });
    if (this.#answered < this.#asked)
      this.faults.push(`${this.#asked - this.#answered} rotations were not answered`);
    const inGaps = recorded.gaps.reduce((sum, { bytes }) => sum + bytes, 0);
    // Old gaps are deleted with the frames of their time.
    const isAnythingDeleted = this.#isAnyFileDeleted || recorded.prunedUntilUs.some((atUs) => atUs > 0);
    const isExact = !this.#relay.connections.some(({ isLeftOut }) => isLeftOut) && !isAnythingDeleted;
    if (isExact && figures.unrecordedBytes !== inGaps)
      this.faults.push(
        `${figures.unrecordedBytes} bytes are said to be unrecorded, and the gaps have ${inGaps}`,
      );
  }

  get #isAnyFileDeleted(): boolean {
    return this.points.has('a file that had been put aside was deleted');
  }

  /** The process is gone: looks at copies of its files. */
  #checkKilled(): void {
    this.points.add('the process was killed');
    const settledUs =
      this.#pair?.isAlive === true ? (this.#threads.tap.oldestAtUs ?? this.#clock.nowUs()) : 0;
    const copy = `${this.#path}.killed`;
    for (const name of filesOf(this.#path)) {
      if (!name.endsWith('-shm')) copyFileSync(name, copy + name.slice(this.#path.length));
    }
    const isHere = filesOf(copy).length > 0; // or it was lost a moment ago
    const paths = [...listRotated(this.#path), ...(isHere ? [copy] : [])];
    if (paths.length === 0) return;
    const hasGaps = this.#threads.tap.unrecordedBytes > 0 || this.#threads.figures().unrecordedBytes > 0;
    this.#check(readRecorded(paths), paths, {
      isKilled: true,
      settledUs: hasGaps || this.#isFileLost ? 0 : settledUs,
    });
  }

  #check(recorded: Recorded, paths: readonly string[], how: Pick<Excuses, 'isKilled' | 'settledUs'>): void {
    // Deleted files were before the first one that is left.
    const deletedUntilUs = recorded.prunedUntilUs.map((prunedUntilUs, file) =>
      file === 0 && this.#isAnyFileDeleted ? Math.max(prunedUntilUs, recorded.beganAtUs) : prunedUntilUs,
    );
    const excuses = {
      ...how,
      secrets: this.#traffic.secrets,
      isFileLost: this.#isFileLost,
      fileCount: paths.length,
      deletedUntilUs,
    };
    this.faults.push(...findFaults(recorded, this.#relay.connections, excuses));
    const mayLackAny = how.isKilled || this.#isFileLost || deletedUntilUs.some((atUs) => atUs > 0);
    // Those that make room leave no note.
    const mayLackFirst = this.#extras.sparePages === null ? 'none' : 'first';
    const mayLack = mayLackAny ? 'any' : mayLackFirst;
    this.faults.push(...this.#calls.findFaults(recorded.calls, recorded.placeholders, mayLack, paths.length));
    for (const path of paths) {
      for (const { detail } of checkDatabase(path).faults) this.faults.push(`check: ${detail}`);
    }
    const folder = dirname(this.#path);
    for (const name of readdirSync(folder)) {
      for (const secret of findSecrets(readFileSync(join(folder, name))))
        this.faults.push(`${name} has the secret ${secret}`);
    }
  }

  #note({ frames, gaps }: ReturnType<typeof readRecorded>): void {
    if (gaps.some(({ frames: lost }) => lost !== null)) this.points.add('a lost file became a gap');
    for (const { status } of frames) {
      const point = POINTS.find((each) => each === `a row says ${status}`);
      if (point !== undefined) this.points.add(point);
    }
  }
}

/** Lets everything that is due by promises happen. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** How much more a byte of a database has to count so that it has `sparePages` pages below the limit. */
function weigh(sparePages: number | null): number {
  if (sparePages === null) return 1;
  return RESERVED_BYTES / ((template?.length ?? 0) + sparePages * PAGE_BYTES);
}

const PAGE_BYTES = 8192;

let template: Buffer | null = null;

/** An empty database; to make one takes longer than a run. */
function writeTemplate(path: string): void {
  if (template === null) {
    openStore(path, { nowUs: () => START_US, randomBytes: (count) => Buffer.alloc(count, 7) }).close();
    template = readFileSync(path);
  }
  writeFileSync(path, template);
}
