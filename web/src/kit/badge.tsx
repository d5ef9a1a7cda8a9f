import type { ReactNode } from 'react';
import styles from './badge.module.css';
import { join } from './join.ts';

export type Tone = 'neutral' | 'accent' | 'ok' | 'warn' | 'bad' | 'info';

export function Badge({ tone = 'neutral', children, title }: { tone?: Tone; children: ReactNode; title?: string }) {
  return (
    <span className={join(styles.badge, styles[tone])} title={title}>
      {children}
    </span>
  );
}

/** A state as colour, shape and name: a disc is well, a triangle is warning, a square is failing, a barred ring is silent. */
export function StateDot({ tone, label }: { tone: 'ok' | 'warn' | 'bad' | 'silent' | 'none'; label: string }) {
  return (
    <svg className={join(styles.dot, styles[`dot-${tone}`])} viewBox="0 0 10 10" role="img" aria-label={label}>
      <title>{label}</title>
      {tone === 'warn' ? (
        <path d="M5 .8L9.6 9H.4z" />
      ) : tone === 'bad' ? (
        <rect x="1" y="1" width="8" height="8" rx="1" />
      ) : tone === 'silent' ? (
        <path d="M5 1.6a3.4 3.4 0 1 0 0 6.8a3.4 3.4 0 1 0 0-6.8M2.6 7.4l4.8-4.8" />
      ) : (
        <circle cx="5" cy="5" r={tone === 'none' ? 3.2 : 4} />
      )}
    </svg>
  );
}
