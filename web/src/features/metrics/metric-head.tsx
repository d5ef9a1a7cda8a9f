import type { MetricInfo } from '@hanok/contract';
import { nanosToMillis } from '@hanok/contract/time';
import { formatDay } from '../../format/instants.ts';
import { visibleName, visibleText } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Badge, type Tone } from '../../kit/badge.tsx';
import { Copy } from '../../kit/copy.tsx';
import { Visible } from '../../kit/visible.tsx';
import styles from './metric-view.module.css';
import { unitName } from './units.ts';

const TONES: Readonly<Record<MetricInfo['type'], Tone>> = {
  gauge: 'info',
  sum: 'accent',
  histogram: 'warn',
  exponential_histogram: 'warn',
  summary: 'neutral',
};

/** A sum that only grows is a counter to everyone who reads charts. */
export function TypeBadge({ metric }: { metric: Pick<MetricInfo, 'type' | 'monotonic'> }) {
  const kind = metric.type === 'sum' && metric.monotonic ? 'counter' : metric.type;
  return <Badge tone={TONES[metric.type]}>{t(`metrics.type.${kind}`)}</Badge>;
}

/** Services named in the head; the others are in the tooltip. */
const MOST_NAMED = 4;

/** What a metric is, before what it shows. */
export function MetricHead({ metric }: { metric: MetricInfo }) {
  const services = metric.services.map(visibleName);
  return (
    <header className={styles.head}>
      <div className={styles.nameLine}>
        <h2 className={styles.name}>
          <Visible text={metric.name} name />
        </h2>
        <Copy text={metric.name} />
      </div>
      <p className={metric.description ? styles.description : styles.silent}>
        {visibleText(metric.description) || t('metrics.noDescription')}
      </p>
      <div className={styles.facts}>
        <TypeBadge metric={metric} />
        {metric.type !== 'gauge' && metric.type !== 'summary' && (
          <Badge>{t(`metrics.temporality.${metric.temporality}`)}</Badge>
        )}
        {unitName(metric.unit) && <span>{t('metrics.unit', { unit: unitName(metric.unit) })}</span>}
        {metric.units.length > 1 && (
          <span>
            {t('metrics.forms.converted', {
              units: metric.units
                .filter((unit) => unit !== metric.unit)
                .map((unit) => unitName(unit) || unit)
                .join(', '),
            })}
          </span>
        )}
        <span>{t('metrics.series', { count: metric.series })}</span>
        {services.length > 0 && (
          <span title={services.join('\n')}>
            {services.length <= MOST_NAMED ? services.join(', ') : t('metrics.services', { count: services.length })}
          </span>
        )}
        <span>{t('metrics.seen', { when: seenDay(metric.lastSeen) })}</span>
      </div>
    </header>
  );
}

const DAY_MS = 86_400_000;

/** The server notes series once a (UTC) day, so a day is the finest that is true. */
export function seenDay(lastSeen: string): string {
  const at = nanosToMillis(lastSeen);
  return Math.floor(at / DAY_MS) === Math.floor(Date.now() / DAY_MS) ? t('metrics.today') : formatDay(at);
}
