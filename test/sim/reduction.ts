/** A seed's run made smaller: parts of its plan left out, fewer messages, and turns in another order. */
import { NO_EXTRAS, type Extras } from './extras.js';
import { FAILURES, type Plan } from './plan.js';

/** Parts of the plan of a recording that can be left out. */
export const RECORDING_PARTS = [
  ...FAILURES,
  'kill',
  'rotation',
  'limit',
  'rest',
  'elsewhere',
  'decoders',
  'jumps',
  'loss',
  'disorder',
  'rewriting',
  'fragments',
  'third session',
  'second session',
] as const;

/** Parts of the plan of a replay that can be left out. */
export const REPLAY_PARTS = [
  'fault 1',
  'fault 2',
  'fault 3',
  'rest',
  'shards',
  'strictness',
  'compression',
  'slowness',
  'leaving',
  'congestion',
] as const;

/** What a run has less than its seed draws. */
export interface Reduction {
  /** Parts that are left out. */
  readonly without: readonly string[];
  /** Messages that each session has at most. */
  readonly messages: number;
  /** Draws the turns of the run: 0 as the seed does, any other number in another way. */
  readonly order: number;
}

/** The run as its seed draws it. */
export const UNREDUCED: Reduction = { without: [], messages: Infinity, order: 0 };

/** Leaves parts out of a plan. */
export function reducePlan(plan: Plan, { without }: Reduction): Plan {
  const has = (part: (typeof RECORDING_PARTS)[number]): boolean => !without.includes(part);
  const { habits, turns } = plan;
  return {
    ...plan,
    failures: plan.failures.filter(has),
    hasFragments: plan.hasFragments && has('fragments'),
    habits: {
      ...habits,
      rewritten: has('rewriting') ? habits.rewritten : 0,
      disorder: has('disorder') ? habits.disorder : 0,
      loss: has('loss') ? habits.loss : 0,
    },
    turns: { ...turns, jump: has('jumps') ? turns.jump : 0 },
    kill: has('kill') ? plan.kill : 0,
  };
}

/** Leaves parts out of the extras. */
export function reduceExtras(extras: Extras, { without }: Reduction): Extras {
  const has = (part: (typeof RECORDING_PARTS)[number]): boolean => !without.includes(part);
  const { turns } = extras;
  return {
    rotation: has('rotation') ? extras.rotation : NO_EXTRAS.rotation,
    sparePages: has('limit') ? extras.sparePages : NO_EXTRAS.sparePages,
    restCalls: has('rest') ? extras.restCalls : NO_EXTRAS.restCalls,
    isElsewhere: has('elsewhere') && extras.isElsewhere,
    decoders: has('decoders') ? extras.decoders : NO_EXTRAS.decoders,
    turns: {
      rotate: has('rotation') ? turns.rotate : 0,
      rest: has('rest') ? turns.rest : 0,
      decoder: has('decoders') ? turns.decoder : 0,
    },
  };
}

/** How many sessions there may be. */
export function countSessions({ without }: Reduction): number {
  if (without.includes('second session')) return 1;
  return without.includes('third session') ? 2 : Infinity;
}

/** Orders that are tried before a part is taken to be needed. */
const ORDERS = 12;

/** Messages from which on fewer are tried. */
const MOST_MESSAGES = 64;

/**
 * Makes a failing run smaller for as long as `fails` says that it still fails. What is left out changes all that is drawn
 * afterwards, so a failure that needs a certain moment is looked for in several orders of turns.
 */
export async function shrinkRun(
  from: Reduction,
  parts: readonly string[],
  fails: (reduction: Reduction) => Promise<boolean>,
): Promise<Reduction> {
  let found = from;
  const take = async (smaller: Partial<Reduction>): Promise<boolean> => {
    for (let order = 0; order <= ORDERS; order += 1) {
      const reduction = { ...found, ...smaller, order: order === 0 ? found.order : order };
      if (!(await fails(reduction))) continue;
      found = reduction;
      return true;
    }
    return false;
  };
  for (const part of parts) {
    if (!found.without.includes(part)) await take({ without: [...found.without, part] });
  }
  let messages = Math.min(found.messages, MOST_MESSAGES);
  while (messages >= 1 && (await take({ messages }))) messages >>= 1;
  while (found.messages > 1 && found.messages <= MOST_MESSAGES) {
    if (!(await take({ messages: found.messages - 1 }))) break;
  }
  return found;
}

/** Flags that repeat a reduced run. */
export function formatReduction({ without, messages, order }: Reduction): string {
  const parts = without.map((part) => ` --without ${part.includes(' ') ? `'${part}'` : part}`).join('');
  return `${parts}${messages === Infinity ? '' : ` --messages ${messages}`}${order === 0 ? '' : ` --order ${order}`}`;
}
