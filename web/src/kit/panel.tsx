import { type ReactNode, useId } from 'react';
import { join } from './join.ts';
import styles from './panel.module.css';

/** A titled section on its own surface. `flush` lets a table or chart reach the edges. */
export function Panel({
  title,
  hint,
  actions,
  flush = false,
  className,
  children,
}: {
  title?: ReactNode;
  hint?: ReactNode;
  actions?: ReactNode;
  flush?: boolean;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={join(styles.panel, className)} aria-labelledby={title ? id : undefined}>
      {(title || actions) && (
        <header className={styles.header}>
          <h2 id={id} className={styles.title}>
            {title}
          </h2>
          {hint && <span className={styles.hint}>{hint}</span>}
          {actions && <div className={styles.actions}>{actions}</div>}
        </header>
      )}
      {children && <div className={flush ? styles.flush : styles.body}>{children}</div>}
    </section>
  );
}
