/**
 * A payload as a tree: it can be opened level by level, searched, and copied by path or value. Only visible lines are
 * elements.
 */
import { useComputed, useSignal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { ComponentChildren, JSX, TargetedKeyboardEvent } from 'preact';
import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatCount, plural } from '../../src/units.js';
import { ExactNumber, formatJson, type Json, type JsonLine } from '../data/json-lines.js';
import { copyText } from './copy-button.js';
import { showMenu, type MenuItem } from './menu.js';
import { showText } from './plain-text.js';
import { TreeState } from './tree-state.js';

const LINE_PX = 20;
const SPARE_LINES = 20;

/** Deepest level with an indent of its own, so that text stays visible. */
const MAX_INDENT = 24;

/** More items for the menu of a line. */
export type LineMenu = (line: JsonLine) => readonly MenuItem[];

const NO_ITEMS: LineMenu = () => [];

/** A tree of a payload, or of another document. */
export function JsonTree({
  name,
  root,
  text,
  lineMenu = NO_ITEMS,
}: {
  /** Name of the document, such as `payload`. */
  readonly name: string;
  readonly root: Json;
  /** The whole document as text, to copy it. */
  readonly text: string;
  readonly lineMenu?: LineMenu;
}): JSX.Element {
  const tree = useMemo(() => new TreeState(root), [root]);
  const lines = tree.lines.value;
  const [current, setCurrent] = useState(0);
  const element = useRef<HTMLDivElement>(null);
  const treeId = useId();
  const [from, until] = useLinesInSight(element, lines.length);
  const scrollTo = useLaterScrolling(element);
  const reveal = (index: number): void => {
    setCurrent(index);
    scrollTo(index);
  };
  return (
    <section class="tree-part" aria-label={capitalize(name)}>
      <TreeTools name={name} tree={tree} text={text} reveal={reveal} />
      <div
        class="tree"
        role="tree"
        aria-label={capitalize(name)}
        tabIndex={0}
        aria-activedescendant={`${treeId}-${current}`}
        ref={element}
        style={{ height: `${lines.length * LINE_PX}px` }}
        onKeyDown={(event) => moveInTree(event, { tree, treeId, current, reveal, lineMenu })}
      >
        <div role="presentation" style={{ transform: `translateY(${from * LINE_PX}px)` }}>
          {lines.slice(from, until).map((line, index) => (
            <TreeLine
              key={line.path}
              id={`${treeId}-${from + index}`}
              line={line}
              isCurrent={from + index === current}
              search={tree.search.value}
              toggle={() => {
                setCurrent(from + index);
                tree.toggle(line);
              }}
              openMenu={(place) => showMenu(line.path, place, [...copyItems(line), ...lineMenu(line)])}
            />
          ))}
        </div>
      </div>
    </section>
  );
}

/** A name with a capital letter, for titles. */
function capitalize(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

function TreeTools({
  name,
  tree,
  text,
  reveal,
}: {
  readonly name: string;
  readonly tree: TreeState;
  readonly text: string;
  readonly reveal: (index: number) => void;
}): JSX.Element {
  const at: Signal<number> = useSignal(0);
  const count: ReadonlySignal<number> = useComputed(() => tree.matches.value.length);
  const go = (step: number): void => {
    if (count.value === 0) return;
    at.value = (at.value + step + count.value) % count.value;
    reveal(tree.reveal(tree.matches.value[at.value] ?? ''));
  };
  return (
    <div class="tree-tools">
      <h3>{capitalize(name)}</h3>
      <input
        type="search"
        placeholder={`find in the ${name}`}
        aria-label={`Find in the ${name}`}
        value={tree.search.value}
        onInput={({ currentTarget }) => {
          tree.find(currentTarget.value.trim());
          at.value = 0;
          if (count.value > 0) reveal(tree.reveal(tree.matches.value[0] ?? ''));
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
        }}
      />
      <span class="dim" role="status">
        {tree.search.value !== '' &&
          (count.value === 0 ? 'not found' : `${at.value + 1} of ${formatCount(count.value)}`)}
      </span>
      <span class="spring" />
      <button onClick={() => tree.openAll()}>open all</button>
      <button onClick={() => tree.closeAll()}>close all</button>
      <button onClick={() => void copyText(text)}>copy</button>
    </div>
  );
}

function TreeLine({
  id,
  line,
  isCurrent,
  search,
  toggle,
  openMenu,
}: {
  readonly id: string;
  readonly line: JsonLine;
  readonly isCurrent: boolean;
  readonly search: string;
  readonly toggle: () => void;
  readonly openMenu: (place: { readonly x: number; readonly y: number }) => void;
}): JSX.Element {
  const canOpen = (line.members ?? 0) > 0;
  const indent = Math.min(line.depth, MAX_INDENT);
  return (
    <div
      id={id}
      role="treeitem"
      class={isCurrent ? 'tree-line current' : 'tree-line'}
      aria-level={line.depth + 1}
      aria-expanded={canOpen ? line.isOpen : undefined}
      aria-selected={isCurrent}
      style={{ paddingLeft: `${4 + indent * 14}px` }}
      onClick={toggle}
      onContextMenu={(event) => {
        event.preventDefault();
        openMenu({ x: event.clientX, y: event.clientY });
      }}
    >
      <span class="tree-mark" aria-hidden="true">
        {canOpen ? (line.isOpen ? '▾' : '▸') : ''}
      </span>
      {line.depth > MAX_INDENT && <span class="dim">{`↳${line.depth} `}</span>}
      <span class="tree-key">{highlight(showText(String(line.key)), search)}</span>
      <span class="dim">: </span>
      <TreeValue line={line} search={search} />
    </div>
  );
}

function TreeValue({ line, search }: { readonly line: JsonLine; readonly search: string }): JSX.Element {
  const { value, members } = line;
  if (members !== null) {
    const text = Array.isArray(value)
      ? members === 0
        ? '[]'
        : `[ ${plural(members, 'item')} ]`
      : members === 0
        ? '{}'
        : `{ ${plural(members, 'field')} }`;
    return <span class="dim">{text}</span>;
  }
  if (typeof value === 'string')
    return <bdi class="tree-string">{highlight(JSON.stringify(showText(value)), search)}</bdi>;
  const text = value instanceof ExactNumber ? value.digits : JSON.stringify(value);
  return <span class="tree-number">{highlight(text, search)}</span>;
}

function highlight(text: string, search: string): ComponentChildren {
  const at = search === '' ? -1 : text.toLowerCase().indexOf(search.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + search.length)}</mark>
      {text.slice(at + search.length)}
    </>
  );
}

function copyItems(line: JsonLine): readonly MenuItem[] {
  const json = formatJson(line.value);
  return [
    {
      label: 'copy value',
      action: () => void copyText(json ?? ''),
      refusal: json === null ? 'too deep' : null,
    },
    { label: `copy path ${showText(line.path, 60)}`, action: () => void copyText(line.path) },
  ];
}

/** First and last visible line, by the element that scrolls the tree. */
function useLinesInSight(
  element: { readonly current: HTMLDivElement | null },
  count: number,
): readonly [from: number, until: number] {
  const [range, setRange] = useState<readonly [number, number]>([0, 100]);
  useLayoutEffect(() => {
    const tree = element.current;
    const scroller = tree?.closest('[data-scrolls]');
    if (!tree || !scroller) return;
    const look = (): void => {
      const view = scroller.getBoundingClientRect();
      const above = view.top - tree.getBoundingClientRect().top;
      const from = Math.max(0, Math.floor(above / LINE_PX) - SPARE_LINES);
      const until = Math.max(0, Math.ceil((above + view.height) / LINE_PX) + SPARE_LINES);
      setRange((before) => (before[0] === from && before[1] === until ? before : [from, until]));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(scroller);
    scroller.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener('scroll', look);
    };
  }, [count]);
  return range;
}

/** Scrolls to a line after the next drawing, because lines that were just opened have no height before. */
function useLaterScrolling(element: { readonly current: HTMLElement | null }): (index: number) => void {
  const [target, setTarget] = useState<{ readonly index: number } | null>(null);
  useLayoutEffect(() => {
    if (target !== null) revealLine(element.current, target.index);
  }, [target]);
  return (index) => setTarget({ index });
}

function revealLine(tree: HTMLElement | null, index: number): void {
  const scroller = tree?.closest('[data-scrolls]');
  if (!tree || !scroller) return;
  const view = scroller.getBoundingClientRect();
  const top = tree.getBoundingClientRect().top + index * LINE_PX - view.top;
  if (top < 40) scroller.scrollTop += top - 60;
  else if (top > view.height - 2 * LINE_PX) scroller.scrollTop += top - view.height / 2;
}

interface TreeActions {
  readonly tree: TreeState;
  readonly treeId: string;
  readonly current: number;
  readonly reveal: (index: number) => void;
  readonly lineMenu: LineMenu;
}

function moveInTree(
  event: TargetedKeyboardEvent<HTMLDivElement>,
  { tree, treeId, current, reveal, lineMenu }: TreeActions,
): void {
  const lines = tree.lines.value;
  const line = lines[current];
  if (line === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const go = (index: number): void => reveal(Math.min(lines.length - 1, Math.max(0, index)));
  const parent = lines.slice(0, current).findLastIndex(({ depth }) => depth < line.depth);
  const actions: Readonly<Record<string, () => void>> = {
    ArrowDown: () => go(current + 1),
    ArrowUp: () => go(current - 1),
    Home: () => go(0),
    End: () => go(lines.length - 1),
    ArrowRight: () => (line.isOpen ? go(current + 1) : tree.open(line.path, true)),
    ArrowLeft: () => (line.isOpen ? tree.open(line.path, false) : go(parent)),
    Enter: () => tree.toggle(line),
    ' ': () => tree.toggle(line),
    m: () => {
      const element = document.getElementById(`${treeId}-${current}`);
      if (element !== null) showMenu(line.path, element, [...copyItems(line), ...lineMenu(line)]);
    },
  };
  const action = actions[event.key];
  if (action === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}
