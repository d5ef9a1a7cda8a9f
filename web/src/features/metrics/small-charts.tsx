import { useMemo, useState } from 'react';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import type { Measure } from '../../kit/chart/measure.ts';
import { TimeChart } from '../../kit/chart/time-chart.tsx';
import { type Line, splitLines } from './series.ts';
import styles from './small-charts.module.css';

interface Props {
  readonly lines: readonly Line[];
  readonly attribute: string;
  readonly startMs: number;
  readonly stepMs: number;
  readonly measure: Measure;
  readonly incompleteFrom: number;
  readonly bridge: number;
  readonly label: string;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onFilter: (field: string, value: string) => void;
}

/** Charts drawn at first; each is a canvas of its own. */
const AT_FIRST = 24;

/** One chart per value of an attribute, all with the same axes, so that their heights can be compared. */
export function SmallCharts(props: Props) {
  const { lines, attribute, startMs, stepMs, measure, incompleteFrom, bridge, label, onZoom, onFilter } = props;
  const [all, setAll] = useState(false);
  const groups = useMemo(() => splitLines(lines, attribute), [lines, attribute]);
  const most = groups[0]?.max ?? 0;
  const { format } = measure(most);
  const shown = all ? groups : groups.slice(0, AT_FIRST);
  return (
    <>
      <ul className={styles.grid}>
        {shown.map((group) => {
          const name = visibleName(group.value) || t('metrics.blank');
          return (
            <li key={group.value} className={styles.cell}>
              <div className={styles.head}>
                <button
                  type="button"
                  className={styles.name}
                  title={t('metrics.split.only', { value: name })}
                  onClick={() => onFilter(attribute, group.value)}
                >
                  {name}
                </button>
                <span className={styles.most}>{format(group.max)}</span>
              </div>
              <TimeChart
                label={`${label}, ${name}`}
                startMs={startMs}
                stepMs={stepMs}
                series={group.lines}
                measure={measure}
                incompleteFrom={incompleteFrom}
                bridge={bridge}
                height={132}
                legend="none"
                most={most}
                syncKey="metrics"
                onZoom={onZoom}
              />
            </li>
          );
        })}
      </ul>
      {groups.length > shown.length && (
        <div className={styles.rest}>
          <Button onClick={() => setAll(true)}>
            {t('metrics.split.more', { count: groups.length - shown.length })}
          </Button>
        </div>
      )}
    </>
  );
}
