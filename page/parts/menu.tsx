/**
 * A menu of a cell or below a button. Only one is open at a time.
 */
import { signal } from '@preact/signals';
import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** A line of a menu. */
export interface MenuItem {
  readonly label: string;
  readonly action: () => void;
  /** Whether it is ticked; missing for an item without a tick. */
  readonly isChecked?: boolean;
  /** Why it is disabled. */
  readonly refusal?: string | null;
  /** Address of a file to save. */
  readonly download?: { readonly href: string; readonly name: string };
}

interface OpenMenu {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly items: readonly MenuItem[];
  readonly opener: Element | null;
}

const openMenu = signal<OpenMenu | null>(null);

/** Opens a menu at a place, or below an element. */
export function showMenu(
  label: string,
  place: Element | { readonly x: number; readonly y: number },
  items: readonly MenuItem[],
): void {
  const opener = document.activeElement;
  if (place instanceof Element) {
    const { left, bottom } = place.getBoundingClientRect();
    openMenu.value = { label, x: left, y: bottom + 2, items, opener };
  } else openMenu.value = { label, x: place.x, y: place.y, items, opener };
}

function closeMenu(): void {
  const menu = openMenu.peek();
  openMenu.value = null;
  if (menu?.opener instanceof HTMLElement) menu.opener.focus({ preventScroll: true });
}

/** The open menu, if there is one. */
export function MenuLayer(): JSX.Element | null {
  const menu = openMenu.value;
  return menu === null ? null : <Menu menu={menu} />;
}

function Menu({ menu }: { readonly menu: OpenMenu }): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = element.current;
    if (box === null) return;
    box.style.left = `${Math.max(4, Math.min(menu.x, innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${Math.max(4, Math.min(menu.y, innerHeight - box.offsetHeight - 8))}px`;
    box.querySelector<HTMLElement>('[role^=menuitem]')?.focus();
  }, [menu]);
  useEffect(() => {
    const onPress = ({ target }: PointerEvent): void => {
      if (target instanceof Node && element.current?.contains(target) === true) return;
      openMenu.value = null;
    };
    addEventListener('pointerdown', onPress, true);
    addEventListener('resize', closeMenu);
    return () => {
      removeEventListener('pointerdown', onPress, true);
      removeEventListener('resize', closeMenu);
    };
  }, []);
  return (
    <div class="menu" role="menu" aria-label={menu.label} ref={element} onKeyDown={moveInMenu}>
      {menu.items.map((item) => (
        <Item key={item.label} item={item} />
      ))}
    </div>
  );
}

function Item({ item }: { readonly item: MenuItem }): JSX.Element {
  const refusal = item.refusal ?? null;
  if (item.download !== undefined && refusal === null)
    return (
      <a
        role="menuitem"
        class="menu-item"
        href={item.download.href}
        download={item.download.name}
        tabIndex={-1}
        onClick={closeMenu}
      >
        {item.label}
      </a>
    );
  return (
    <button
      role={item.isChecked === undefined ? 'menuitem' : 'menuitemcheckbox'}
      aria-checked={item.isChecked}
      aria-disabled={refusal !== null}
      class="menu-item"
      tabIndex={-1}
      onClick={() => {
        if (refusal !== null) return;
        closeMenu();
        item.action();
      }}
    >
      {item.isChecked === undefined ? '' : item.isChecked ? '✓ ' : '\u2003'}
      {item.label}
      {refusal !== null && <span class="dim"> ({refusal})</span>}
    </button>
  );
}

function moveInMenu(event: TargetedKeyboardEvent<HTMLDivElement>): void {
  event.stopPropagation();
  if (event.key === 'Escape' || event.key === 'Tab') {
    event.preventDefault();
    closeMenu();
    return;
  }
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^=menuitem]')];
  const at = items.findIndex((item) => item === document.activeElement);
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    j: at + 1,
    k: at - 1,
    Home: 0,
    End: items.length - 1,
  };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  items[(target + items.length) % items.length]?.focus();
}
