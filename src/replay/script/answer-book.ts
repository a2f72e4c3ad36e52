/**
 * Answer book: which recorded requests the live client has made in this session, and with which nonce.
 *
 * A live request stands for the first recorded one that asks for the same; failing that, for the first of
 * the same guild. A query that is made more often than it was recorded gets the first answer again. One that the recording
 * has no answer to stays without.
 */
import type { Payload } from '../../gateway/payload.js';
import { asRequest, isAlike, isQuery, type RecordedRequest } from './requests.js';
import type { Cue, Timeline } from './timeline.js';

/** A recorded request that a live one stands for. */
export interface TakenRequest {
  /** Position among the requests of the timeline. */
  readonly position: number;
  /** Nonce of the live request, or null when it has none. */
  readonly nonce: string | null;
  /** Whether it was made before, so that its answers are sent once more. */
  readonly isAgain: boolean;
}

/** Requests of one session that have not been made yet. */
export class RequestAnswers {
  readonly #open = new Map<number, RecordedRequest>();
  readonly #taken = new Map<number, RecordedRequest>();

  /** Starts behind the opening at `start`; the session ends at the next IDENTIFY. */
  constructor({ cues, requests }: Timeline, start: number) {
    for (const cue of listLifeCues(cues, start)) {
      if (cue.type !== 'client' || cue.request === null) continue;
      const request = requests[cue.request];
      if (request !== undefined) this.#open.set(cue.request, request);
    }
  }

  /** Whether the client has yet to make the request at `position`. */
  isOpen(position: number): boolean {
    return this.#open.has(position);
  }

  /** Takes a live payload; the recorded request that it stands for, or null. */
  take(payload: Payload): TakenRequest | null {
    const live = asRequest(payload);
    if (live === null) return null;
    const { nonce } = live;
    const position = this.#match(live);
    const recorded = position === null ? undefined : this.#open.get(position);
    if (position !== null && recorded !== undefined) {
      this.#open.delete(position);
      this.#taken.set(position, recorded);
      return { position, nonce, isAgain: false };
    }
    for (const [taken, request] of this.#taken) {
      if (isQuery(live) && isAlike(live, request) === 'same')
        return { position: taken, nonce, isAgain: true };
    }
    return null;
  }

  #match(live: RecordedRequest): number | null {
    let similar: number | null = null;
    for (const [position, recorded] of this.#open) {
      const likeness = isAlike(live, recorded);
      if (likeness === 'same') return position;
      if (likeness === 'similar') similar ??= position;
    }
    return similar;
  }
}

function* listLifeCues(cues: readonly Cue[], start: number): Generator<Cue> {
  for (let index = start + 1; index < cues.length; index += 1) {
    const cue = cues[index];
    if (cue === undefined || (cue.type === 'opening' && cue.by === 'identify')) return;
    yield cue;
  }
}
