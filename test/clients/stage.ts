/**
 * Stage: a scripted gateway, the recorder in front of it, and a client that was sent to the recorder.
 *
 * What it does to the client it does to the end: when a method resolves, nothing is on its way any more, so that
 * the gateway's log and the database can be compared frame by frame.
 */
import { expect } from 'vitest';
import { startRecorder, type Recorder, type RecorderOptions } from '../../src/library/record.js';
import { application, BOT, messageCreate, SECRETS } from '../support/payloads.js';
import { expectAllRecorded, loggedSums } from '../support/recorded.js';
import { ScriptedGateway, type LoggedFrame } from '../support/scripted-gateway.js';
import { until } from '../support/until.js';
import { erlpack, zstdCompressor } from './libraries.js';
import { Logbook } from './logbook.js';

/** Where a client is sent: its REST base. */
export interface Target {
  readonly apiUrl: string;
}

/** Answer of the target to a bot that asks for its gateway, for libraries that cannot ask there themselves. */
export async function askGateway({ apiUrl }: Target): Promise<{ readonly url: string }> {
  const headers = { authorization: `Bot ${SECRETS.token}` };
  const answer = await fetch(`${apiUrl}/v10/gateway/bot`, { headers });
  return (await answer.json()) as { url: string };
}

/** Starts a client that writes into the logbook; calling the result ends it permanently. */
export type StartClient = (target: Target, logbook: Logbook) => () => unknown;

/** What a gateway does to be rid of a client for a while. */
export type Interruption = 'op 7' | 'close 4000' | 'close 4000, FIN' | 'TCP reset';

// Too long for a client to beat by itself: the gateway asks for it.
const HEARTBEAT_INTERVAL_MS = 1_000_000_000;

const ACCOUNT = { '/users/@me': BOT, '/oauth2/applications/@me': application() };

/** One client on its way to be recorded. */
export class Stage implements AsyncDisposable {
  readonly gateway: ScriptedGateway;
  readonly logbook = new Logbook();
  readonly #db: string;
  readonly #recorder: Recorder;
  readonly #stop: () => unknown;

  private constructor(gateway: ScriptedGateway, recorder: Recorder, db: string, start: StartClient) {
    this.gateway = gateway;
    this.#recorder = recorder;
    this.#db = db;
    this.#stop = start(recorder, this.logbook);
  }

  /** Resolves when the client is ready. */
  static async open(start: StartClient, db: string, options: RecorderOptions = {}): Promise<Stage> {
    const etf = erlpack();
    const gateway = await ScriptedGateway.start({
      heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
      ...(etf === null ? {} : { etf }),
      zstd: () => zstdCompressor()!,
      answers: ACCOUNT, // discord.py asks for it
    });
    const { url: upstream, apiUrl: api } = gateway;
    const recorder = await startRecorder({ listen: '127.0.0.1:0', upstream, api, db, ...options });
    const stage = new Stage(gateway, recorder, db, start);
    await stage.logbook.until(() => stage.logbook.counts.ready > 0);
    return stage;
  }

  /** Some messages, a heartbeat, and one message more: whatever the client had to say has been said then. */
  async converse(count: number): Promise<void> {
    const { gateway } = this;
    for (let index = 1; index < count; index += 1) await this.#dispatch();
    await this.#told();
    const from = gateway.frames.length;
    await gateway.peer.send({ t: null, s: null, op: 1, d: null });
    await gateway.until(() =>
      gateway.frames.slice(from).some((frame) => isHeartbeat(frame, gateway.lastSeq)),
    );
    await this.#dispatch();
    await this.#told();
  }

  /** Throws the client out. Something happens while it is away, which it hears of if it resumes. */
  async interrupt(how: Interruption): Promise<void> {
    const { peer } = this.gateway;
    if (how === 'op 7') void peer.send({ t: null, s: null, op: 7, d: null });
    else if (how === 'TCP reset') peer.reset();
    else void peer.close(4000, 'try again').then(() => how === 'close 4000, FIN' && peer.end());
    await this.gateway.until(() => !peer.isOpen);
    void this.#dispatch();
  }

  /** Resolves when the client has reported as many resumed sessions, counted from the start. */
  async resumed(count: number): Promise<void> {
    await this.logbook.until(() => this.logbook.counts.resumed === count);
    await this.#told();
  }

  /** Ends the client and the recording, of which nothing may be missing. */
  async finish(): Promise<void> {
    await this.#stop();
    await this.gateway.until(() => !this.gateway.peer.isOpen);
    await until(() => this.#recorder.figures().openConnections === 0);
    const summary = await this.#recorder.close();
    expectAllRecorded(this.gateway, this.#db);
    expect(summary).toEqual(loggedSums(this.gateway));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await this.#recorder.close();
    await this.gateway.close();
  }

  async #dispatch(): Promise<void> {
    await this.gateway.dispatch('MESSAGE_CREATE', messageCreate(this.gateway.lastSeq));
  }

  async #told(): Promise<void> {
    await this.logbook.until(() => this.logbook.lastSeq === this.gateway.lastSeq);
  }
}

function isHeartbeat({ sender, text }: LoggedFrame, seq: number): boolean {
  if (sender !== 'client' || text === null) return false;
  const { op, d } = JSON.parse(text) as { op: number; d: unknown };
  return op === 1 && d === seq;
}
