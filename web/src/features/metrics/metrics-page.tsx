import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { metricsQuery } from '../../api/queries.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { join } from '../../kit/join.ts';
import { Empty, Failure, PartialNote, Skeleton } from '../../kit/states.tsx';
import type { TimeRange } from '../../time/range.ts';
import { Catalogue } from './catalogue.tsx';
import { MetricView } from './metric-view.tsx';
import styles from './metrics-page.module.css';
import { Overview } from './overview.tsx';
import type { MetricsSearch } from './search.ts';

interface Props {
  readonly tenant: string;
  readonly range: TimeRange;
  readonly search: MetricsSearch;
  readonly onSearch: (change: Partial<MetricsSearch>, replace?: boolean) => void;
  /** Unix milliseconds. */
  readonly onRange: (fromMs: number, toMs: number) => void;
  readonly onStretch: () => void;
  readonly onSetUp: () => void;
}

/** Attributes that most metrics have: a grouping by them outlives a change of metric. */
const EVERYWHERE = new Set(['service.name', 'deployment.environment', 'host.name']);

/** As in the style sheet: below, the list and the metric take turns. */
const WIDE = matchMedia('(width > 900px)');
const onWidth = (listener: () => void) => {
  WIDE.addEventListener('change', listener);
  return () => WIDE.removeEventListener('change', listener);
};

/** The catalogue on one side, one metric on the other. On narrow screens one of the two. */
export function MetricsPage({ tenant, range, search, onSearch, onRange, onStretch, onSetUp }: Props) {
  const list = useQuery(metricsQuery(tenant, range, ''));
  const { metric } = search;
  const isWide = useSyncExternalStore(onWidth, () => WIDE.matches);
  const open = (name: string) =>
    name !== metric &&
    onSearch({
      metric: name,
      by: search.by?.filter((field) => EVERYWHERE.has(field)),
      form: undefined,
      agg: undefined,
      split: undefined,
      only: undefined,
    });

  if (list.isError) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data?.metrics.length === 0 && !metric)
    return (
      <Empty
        title={t('metrics.none')}
        why={t('metrics.noneWhy')}
        action={
          <>
            <Button tone="primary" onClick={onStretch}>
              {t('metrics.stretch')}
            </Button>
            <Button onClick={onSetUp}>{t('metrics.setUp')}</Button>
          </>
        }
      />
    );
  return (
    <div className={join(styles.page, metric && styles.chosen)}>
      <aside className={styles.side}>
        <PartialNote stats={list.data?.stats} />
        {list.data ? (
          <Catalogue
            tenant={tenant}
            range={range}
            metrics={list.data.metrics}
            dimmed={list.isPlaceholderData}
            find={search.find ?? ''}
            onFind={(find) => onSearch({ find: find || undefined }, true)}
            selected={metric}
            onOpen={open}
          />
        ) : (
          <Skeleton rows={14} />
        )}
      </aside>
      <div className={styles.main}>
        {metric ? (
          <>
            <Button
              className={styles.back ?? ''}
              tone="quiet"
              size="s"
              icon="chevronLeft"
              onClick={() => onSearch({ metric: undefined })}
            >
              {t('metrics.back')}
            </Button>
            <MetricView
              key={metric}
              tenant={tenant}
              range={range}
              metric={metric}
              search={search}
              onSearch={onSearch}
              onRange={onRange}
              onStretch={onStretch}
            />
          </>
        ) : (
          isWide &&
          list.data && (
            <Overview tenant={tenant} range={range} metrics={list.data.metrics} onOpen={open} onRange={onRange} />
          )
        )}
      </div>
    </div>
  );
}
