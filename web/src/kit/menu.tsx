import { type KeyboardEvent, type MouseEvent, type ReactElement, type ReactNode, useId } from 'react';
import { Icon, type IconName } from './icon.tsx';
import styles from './layer.module.css';
import { type Align, closeLayerOf, type Side } from './layer.ts';
import { AnchoredLayer } from './popover.tsx';

const ITEMS = '[role^=menuitem]:not([aria-disabled=true])';

function moveFocus(menu: HTMLElement, to: (at: number, count: number) => number): void {
  const items = [...menu.querySelectorAll<HTMLElement>(ITEMS)];
  const at = items.indexOf(document.activeElement as HTMLElement);
  items[(to(at, items.length) + items.length) % items.length]?.focus();
}

function onMenuKey(event: KeyboardEvent<HTMLElement>): void {
  const menu = event.currentTarget;
  if (event.key === 'ArrowDown') moveFocus(menu, (at) => at + 1);
  else if (event.key === 'ArrowUp') moveFocus(menu, (at, count) => (at < 0 ? count - 1 : at - 1));
  else if (event.key === 'Home') moveFocus(menu, () => 0);
  else if (event.key === 'End') moveFocus(menu, (_, count) => count - 1);
  else if (event.key === 'Tab') closeLayerOf(menu);
  else if (event.key.length === 1 && event.key !== ' ' && !event.nativeEvent.isComposing) {
    const typed = event.key.toLowerCase();
    const items = [...menu.querySelectorAll<HTMLElement>(ITEMS)];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const after = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    after.find((item) => item.textContent?.trim().toLowerCase().startsWith(typed))?.focus();
  } else return;
  if (event.key !== 'Tab') event.preventDefault();
}

/** A button's menu. Arrow keys, Home, End and first letters move; the chosen item has the focus at first. */
export function Menu({
  trigger,
  align = 'start',
  side = 'bottom',
  children,
}: {
  trigger: ReactElement;
  align?: Align;
  side?: Side;
  children: ReactNode;
}) {
  return (
    <AnchoredLayer
      trigger={trigger}
      role="menu"
      className={styles.menu}
      side={side}
      align={align}
      onTriggerKeyDown={(event, open) => {
        if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
        event.preventDefault();
        open();
      }}
      onOpen={(menu) =>
        (menu.querySelector<HTMLElement>('[aria-checked=true]') ?? menu.querySelector<HTMLElement>(ITEMS))?.focus()
      }
    >
      {(triggerId) => (
        <div role="menu" aria-labelledby={triggerId} tabIndex={-1} onKeyDown={onMenuKey}>
          {children}
        </div>
      )}
    </AnchoredLayer>
  );
}

function focusOnHover(event: MouseEvent<HTMLElement>): void {
  event.currentTarget.focus({ preventScroll: true });
}

export function MenuItem({
  icon,
  hint,
  danger = false,
  onSelect,
  children,
}: {
  icon?: IconName;
  hint?: ReactNode;
  danger?: boolean;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className={styles.item}
      data-danger={danger ? '' : undefined}
      onMouseMove={focusOnHover}
      onClick={(event) => {
        closeLayerOf(event.currentTarget);
        onSelect();
      }}
    >
      {icon && <Icon name={icon} size={14} />}
      <span className={styles.itemText}>{children}</span>
      {hint && <span className={styles.hint}>{hint}</span>}
    </button>
  );
}

/** Choose one of several; the chosen one has a tick. */
export function MenuChoice<T extends string>({
  label,
  value,
  options,
  onChoose,
}: {
  label: string;
  value: T;
  options: ReadonlyArray<{ value: T; label: ReactNode; icon?: IconName }>;
  onChoose: (value: T) => void;
}) {
  const id = useId();
  return (
    <div role="group" aria-labelledby={id}>
      <div id={id} className={styles.groupLabel}>
        {label}
      </div>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="menuitemradio"
          aria-checked={option.value === value}
          tabIndex={-1}
          className={styles.item}
          onMouseMove={focusOnHover}
          onClick={(event) => {
            closeLayerOf(event.currentTarget);
            onChoose(option.value);
          }}
        >
          {option.icon && <Icon name={option.icon} size={14} />}
          <span className={styles.itemText}>{option.label}</span>
          {option.value === value && <Icon name="check" size={14} className={styles.tick} />}
        </button>
      ))}
    </div>
  );
}

/** On or off; the menu stays open. */
export function MenuToggle({
  checked,
  onChange,
  children,
}: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      role="menuitemcheckbox"
      aria-checked={checked}
      tabIndex={-1}
      className={styles.item}
      onMouseMove={focusOnHover}
      onClick={() => onChange(!checked)}
    >
      <span className={styles.box}>{checked && <Icon name="check" size={12} />}</span>
      <span className={styles.itemText}>{children}</span>
    </button>
  );
}

export function MenuLine() {
  return <hr className={styles.line} />;
}
