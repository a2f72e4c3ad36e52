/**
 * Signals: the functions of all rules, by the event that calls them, each bound to its scene.
 */
import type { Handlers, Rule } from './rule.js';
import { Scene, type Stage } from './scene.js';

type Names = Exclude<keyof Handlers, 'events' | 'commands'>;
type Bound<Name extends Names> = (
  ...rest: NonNullable<Handlers[Name]> extends (scene: Scene, ...rest: infer Rest) => void ? Rest : never
) => void;
type Act = () => void;

const NONE: readonly Act[] = Object.freeze([]);

/** Bound functions of some rules. */
export class Signals {
  readonly #byName = new Map<Names, ((...rest: never[]) => void)[]>();
  readonly #byEvent = new Map<string, Act[]>();
  readonly #byCommand = new Map<number, Act[]>();
  /** Functions for every dispatch. They are looked up once, because nearly every frame is a dispatch. */
  readonly dispatch: readonly Act[];
  readonly received: readonly Act[];

  constructor(rules: readonly Rule[], stage: Stage) {
    for (const rule of rules) this.#bind(rule, new Scene(stage, rule));
    this.dispatch = this.#byName.get('dispatch') ?? [];
    this.received = this.#byName.get('received') ?? [];
  }

  /** Calls the functions for `name`. */
  emit<Name extends Names>(name: Name, ...rest: Parameters<Bound<Name>>): void {
    for (const act of this.#byName.get(name) ?? NONE) (act as Bound<Name>)(...rest);
  }

  /** Functions for a dispatch of this name. */
  findEvent(event: string): readonly Act[] {
    return this.#byEvent.get(event) ?? NONE;
  }

  /** Functions for a client's payload with this opcode. */
  findCommand(op: number): readonly Act[] {
    return this.#byCommand.get(op) ?? NONE;
  }

  #bind({ on: { events = {}, commands = {}, ...plain } }: Rule, scene: Scene): void {
    for (const [name, act] of Object.entries(plain)) {
      const run: (scene: Scene, ...rest: never[]) => void = act;
      push(this.#byName, name as Names, (...rest: never[]) => run(scene, ...rest));
    }
    for (const [event, act] of Object.entries(events)) push(this.#byEvent, event, () => act(scene));
    for (const [op, act] of Object.entries(commands)) push(this.#byCommand, Number(op), () => act(scene));
  }
}

function push<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
