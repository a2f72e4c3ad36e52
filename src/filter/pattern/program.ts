/**
 * Program of a regular expression: its tree as steps of a machine that can be in many of them at once.
 *
 * Source: Ken Thompson, "Regular Expression Search Algorithm" (1968); Russ Cox, "Regular Expression Matching: the
 * Virtual Machine Approach" (swtch.com/~rsc/regexp/regexp2.html).
 */
import { assertNever } from '../../errors.js';
import type { CharSet } from './characters.js';
import { PatternError, type Assertion, type PatternNode } from './syntax.js';

/** Step of a program; `next` and `other` are indexes of steps. */
export type Step =
  | { readonly type: 'set'; readonly set: CharSet; readonly next: number }
  | { readonly type: 'assertion'; readonly assertion: Assertion; readonly next: number }
  | { readonly type: 'either'; readonly next: number; readonly other: number }
  | { readonly type: 'match' };

/** A program. */
export interface Program {
  readonly steps: readonly Step[];
  /** Index of the first step. */
  readonly start: number;
}

/** Steps at most: counts such as `{500}` repeat what they are about. */
const MAX_STEPS = 2_000;

/** Program for a tree. Throws a PatternError when it is too large. */
export function compilePattern(node: PatternNode): Program {
  const steps: Step[] = [{ type: 'match' }];
  const start = new Compiler(steps).emit(node, 0);
  return { steps, start };
}

class Compiler {
  readonly #steps: Step[];

  constructor(steps: Step[]) {
    this.#steps = steps;
  }

  /** Adds the steps of `node`, after which the program goes on at `next`; returns the first of them. */
  emit(node: PatternNode, next: number): number {
    switch (node.type) {
      case 'set':
        return this.#add({ type: 'set', set: node.set, next });
      case 'assertion':
        return this.#add({ type: 'assertion', assertion: node.assertion, next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.emit(part, after), next);
      case 'choice':
        return node.parts
          .map((part) => this.emit(part, next))
          .reduceRight((other, first) => this.#add({ type: 'either', next: first, other }));
      case 'repeat':
        return this.#repeat(node.part, node.least, node.most, next);
      default:
        return assertNever(node);
    }
  }

  #repeat(part: PatternNode, least: number, most: number, next: number): number {
    let after = most === Infinity ? this.#loop(part, next) : next;
    if (most !== Infinity) {
      for (let i = least; i < most; i++) {
        after = this.#add({ type: 'either', next: this.emit(part, after), other: next });
      }
    }
    for (let i = 0; i < least; i++) {
      const before = after;
      after = this.emit(part, after);
      // Nothing, however often.
      if (after === before) break;
    }
    return after;
  }

  #loop(part: PatternNode, next: number): number {
    const loop = this.#add({ type: 'either', next, other: next });
    this.#steps[loop] = { type: 'either', next: this.emit(part, loop), other: next };
    return loop;
  }

  #add(step: Step): number {
    if (this.#steps.length >= MAX_STEPS) {
      throw new PatternError('the regular expression is too large', 0);
    }
    return this.#steps.push(step) - 1;
  }
}
