/**
 * State of a tree: its open members and its search.
 */
import { signal, type Signal } from '@preact/signals';
import { listAncestors, listLines, searchJson, type Json, type JsonLine } from '../data/json-lines.js';

/** Values with up to so many members are open at first, down to this depth. */
const OPEN_MEMBERS = 40;
const OPEN_DEPTH = 2;

/** Most lines that "open all" opens. */
const MAX_OPENED = 2_000;

/** State of a tree. */
export class TreeState {
  readonly root: Json;
  readonly search: Signal<string> = signal('');
  readonly matches: Signal<readonly string[]> = signal([]);
  readonly lines: Signal<readonly JsonLine[]>;
  readonly #toggled = new Map<string, boolean>();

  constructor(root: Json) {
    this.root = root;
    this.lines = signal(this.#list());
  }

  toggle(line: JsonLine): void {
    this.open(line.path, !line.isOpen);
  }

  open(path: string, isOpen: boolean): void {
    this.#toggled.set(path, isOpen);
    this.lines.value = this.#list();
  }

  /** Opens closed values, level by level, until there are many lines. */
  openAll(): void {
    for (let opened = -1; opened !== 0 && this.lines.value.length < MAX_OPENED;) {
      const closed = this.lines.value.filter(({ members, isOpen }) => (members ?? 0) > 0 && !isOpen);
      const few = closed.filter(({ members }) => (members ?? 0) <= MAX_OPENED);
      opened = few.length;
      for (const { path } of few) this.#toggled.set(path, true);
      this.lines.value = this.#list();
    }
  }

  closeAll(): void {
    for (const { path, members } of this.lines.value) if (members !== null) this.#toggled.set(path, false);
    this.lines.value = this.#list();
  }

  find(text: string): void {
    this.search.value = text;
    this.matches.value = text === '' ? [] : searchJson(this.root, text);
  }

  /** Opens the ancestors of a path and returns its line; 0 if the path does not exist. */
  reveal(path: string): number {
    for (const ancestor of listAncestors(path)) this.#toggled.set(ancestor, true);
    this.lines.value = this.#list();
    return Math.max(
      0,
      this.lines.value.findIndex((line) => line.path === path),
    );
  }

  #list(): readonly JsonLine[] {
    return listLines(
      this.root,
      (path, depth, members) => this.#toggled.get(path) ?? (depth < OPEN_DEPTH && members <= OPEN_MEMBERS),
    );
  }
}
