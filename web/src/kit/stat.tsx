import type { ReactNode } from 'react';
import { join } from './join.ts';
import styles from './stat.module.css';

/** One figure with its name; `tone` only where the figure is good or bad in itself. */
export function Stat({
  label,
  value,
  note,
  tone,
}: {
  label: ReactNode;
  value: ReactNode;
  note?: ReactNode;
  tone?: 'ok' | 'warn' | 'bad' | undefined;
}) {
  return (
    <dl className={styles.stat}>
      <dt className={styles.label}>{label}</dt>
      <dd className={join(styles.value, tone && styles[tone])}>{value}</dd>
      {note && <dd className={styles.note}>{note}</dd>}
    </dl>
  );
}
