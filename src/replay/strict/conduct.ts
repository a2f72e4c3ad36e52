/**
 * Conduct: how one connection keeps the gateway's times, by the payloads that it sends.
 *
 * A client may send 120 payloads in any 60 seconds, heartbeats included, and has to beat within one and a half of
 * the intervals that HELLO asked for: the half is for its network. It closes nothing itself.
 * Source: Discord Docs/Gateway, "Rate Limiting" and "Sending Heartbeats".
 */

const MAX_PAYLOADS = 120;
const WINDOW_US = 60_000_000;
const PATIENCE = 1.5;

/** Times of one connection, in µs. */
export class ClientLimits {
  readonly #patienceUs: number;
  readonly #sentAtUs: number[] = []; // the last payloads, as many as are allowed
  #beatenAtUs: number;

  constructor(heartbeatIntervalMs: number, nowUs: number) {
    this.#patienceUs = heartbeatIntervalMs * 1_000 * PATIENCE;
    this.#beatenAtUs = nowUs;
  }

  /** When the client counts as dead. */
  get overdueAtUs(): number {
    return this.#beatenAtUs + this.#patienceUs;
  }

  /** Notes a heartbeat. */
  beat(nowUs: number): void {
    this.#beatenAtUs = nowUs;
  }

  /** Notes a payload; whether the client may send it now. */
  send(nowUs: number): boolean {
    const [oldest = -Infinity] = this.#sentAtUs.length < MAX_PAYLOADS ? [] : this.#sentAtUs;
    if (nowUs - oldest < WINDOW_US) return false;
    this.#sentAtUs.push(nowUs);
    if (this.#sentAtUs.length > MAX_PAYLOADS) this.#sentAtUs.shift();
    return true;
  }
}
