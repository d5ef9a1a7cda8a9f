import { useState } from 'react';
import { formatInstant } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import styles from './time-chart.module.css';
import type { ChartSeries } from './time-chart.tsx';

/** What a screen reader can walk in reasonable time. */
const MOST_ROWS = 200;
const MOST_COLUMNS = 12;

/** The chart's values as a real table. Its button is seen only when focused; whoever uses a mouse has the picture. */
export function ValueTable({
  label,
  series,
  timeAt,
  format,
  incompleteFrom,
}: {
  label: string;
  series: readonly ChartSeries[];
  timeAt: (index: number) => number;
  format: (value: number | null | undefined) => string;
  incompleteFrom: number;
}) {
  const [open, setOpen] = useState(false);
  const points = series[0]?.values.length ?? 0;
  const every = Math.max(1, Math.ceil(points / MOST_ROWS));
  const indexes = Array.from({ length: Math.ceil(points / every) }, (_, i) => i * every);
  const columns = series.slice(0, MOST_COLUMNS);
  return (
    <>
      <button type="button" className={styles.tableButton} aria-expanded={open} onClick={() => setOpen(!open)}>
        {t('kit.chart.table')}
      </button>
      {open && (
        <section className={styles.tableFrame} aria-label={label} tabIndex={0}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t('kit.chart.time')}</th>
                {columns.map((one) => (
                  <th key={one.key} scope="col">
                    {one.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {indexes.map((index) => (
                <tr key={index}>
                  <th scope="row">
                    {formatInstant(timeAt(index))}
                    {index >= incompleteFrom && ` (${t('kit.chart.incompleteShort')})`}
                  </th>
                  {columns.map((one) => (
                    <td key={one.key}>{format(one.values[index])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}
