/**
 * Sorted bodies: finds the payload of each frame among rows of a server, where both are in the same order.
 */

/** A payload as the server has it. */
export interface BodyAnswer {
  readonly id: number;
  /** 1 if the payload may pass; else there is no text. */
  readonly passes: number;
  readonly text: string;
}

/** Bodies in the order of their frames. */
export class SortedBodies {
  readonly #pages: AsyncIterator<readonly BodyAnswer[]>;
  readonly #isBackwards: boolean;
  #page: readonly BodyAnswer[] = [];
  #at = 0;

  constructor(pages: AsyncIterable<readonly BodyAnswer[]>, isBackwards: boolean) {
    this.#pages = pages[Symbol.asyncIterator]();
    this.#isBackwards = isBackwards;
  }

  /** Body of a frame; undefined without one. Call it with ascending ids. */
  async take(id: number): Promise<BodyAnswer | undefined> {
    for (;;) {
      const body = this.#page[this.#at];
      if (body === undefined) {
        const next = await this.#pages.next();
        if (next.done === true) return undefined;
        [this.#page, this.#at] = [next.value, 0];
        continue;
      }
      if (this.#isBackwards ? body.id < id : body.id > id) return undefined;
      this.#at += 1;
      if (body.id === id) return body;
    }
  }
}
