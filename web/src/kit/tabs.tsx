import { type KeyboardEvent, type ReactNode, useId } from 'react';
import styles from './tabs.module.css';

export interface TabItem<T extends string> {
  readonly value: T;
  readonly label: ReactNode;
}

/**
 * Tabs whose chosen value lives with the caller (usually the URL). Arrow keys move, as the ARIA pattern asks.
 * `look="segments"` draws a compact switch for ways of seeing the same thing.
 */
export function Tabs<T extends string>({
  label,
  value,
  items,
  onChange,
  look = 'line',
  children,
  actions,
}: {
  label: string;
  value: T;
  items: readonly TabItem<T>[];
  onChange: (value: T) => void;
  look?: 'line' | 'segments';
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const id = useId();
  const at = Math.max(
    0,
    items.findIndex((item) => item.value === value),
  );
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const index = (next + items.length) % items.length;
    const item = items[index];
    if (!item) return;
    onChange(item.value);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')[index]?.focus();
  };
  return (
    <>
      <div className={look === 'line' ? styles.bar : styles.inline}>
        <div
          role="tablist"
          aria-label={label}
          className={look === 'line' ? styles.list : styles.segments}
          onKeyDown={onKeyDown}
        >
          {items.map((item, index) => (
            <button
              key={item.value}
              type="button"
              role="tab"
              id={`${id}-${item.value}`}
              aria-selected={index === at}
              aria-controls={children === undefined ? undefined : `${id}-panel`}
              tabIndex={index === at ? 0 : -1}
              className={styles.tab}
              onClick={() => onChange(item.value)}
            >
              {item.label}
            </button>
          ))}
        </div>
        {actions}
      </div>
      {children !== undefined && (
        <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} className={styles.panel}>
          {children}
        </div>
      )}
    </>
  );
}
