import { useId } from 'react';
import { t } from '../../i18n/index.ts';
import { Badge } from '../../kit/badge.tsx';
import styles from './meter.module.css';

const TONES = {
  ok: 'settings.meter.ok',
  warn: 'settings.meter.warn',
  bad: 'settings.meter.bad',
} as const;

/** How full something is: a bar for the eye, a figure and a sentence for everyone. `reserved` is hatched at its end. */
export function Meter({
  label,
  value,
  total,
  reserved = 0,
  tone,
  figure,
  words,
}: {
  label: string;
  value: number;
  total: number;
  reserved?: number;
  tone: 'ok' | 'warn' | 'bad';
  figure: string;
  words: string;
}) {
  const id = useId();
  const share = (amount: number) => (total > 0 ? Math.min(1, Math.max(0, amount / total)) : 0);
  return (
    <div className={styles.meter}>
      <div className={styles.head}>
        <span id={id} className={styles.label}>
          {label}
        </span>
        <Badge tone={tone}>{t(TONES[tone])}</Badge>
        <span className={styles.figure}>{figure}</span>
      </div>
      <div
        className={styles.track}
        role="meter"
        aria-labelledby={id}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share(value) * 100)}
        aria-valuetext={figure}
      >
        <span className={styles.reserved} style={{ width: `${share(reserved) * 100}%` }} />
        <span className={styles[tone]} style={{ width: `${share(value) * 100}%` }} />
      </div>
      <p className={styles.words}>{words}</p>
    </div>
  );
}
