import type { MetricsQueryResponse } from '@hanok/contract';
import { withFilter } from '@hanok/contract/query';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { metricQuery, metricsSeriesQuery } from '../../api/queries.ts';
import { completionSource } from '../../api/signal-queries.ts';
import { formatDuration } from '../../format/durations.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { SelectField } from '../../kit/field.tsx';
import { queryFault } from '../../kit/query-bar/fault.ts';
import { QueryBar } from '../../kit/query-bar/query-bar.tsx';
import { Empty, Failure, Skeleton } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import type { TimeRange } from '../../time/range.ts';
import { FormChoice } from './form-choice.tsx';
import { formKey, withForm } from './forms.ts';
import { GroupBy } from './group-by.tsx';
import { MetricHead } from './metric-head.tsx';
import styles from './metric-view.module.css';
import { AGGREGATES, type Aggregate, byOf, groupsOf, type MetricsSearch } from './search.ts';
import { aggregatesOf, MANY_LINES } from './series.ts';
import { SeriesView } from './series-view.tsx';

interface Props {
  readonly tenant: string;
  readonly range: TimeRange;
  readonly metric: string;
  readonly search: MetricsSearch;
  readonly onSearch: (change: Partial<MetricsSearch>) => void;
  /** Unix milliseconds. */
  readonly onRange: (fromMs: number, toMs: number) => void;
  readonly onStretch: () => void;
}

const NONE: readonly string[] = [];

/** Lines asked for at first. */
const FEW_LINES = 50;

/** One metric: what it is, how it is cut and summed up, and the picture. */
export function MetricView({ tenant, range, metric, search, onSearch, onRange, onStretch }: Props) {
  const client = useQueryClient();
  const [limit, setLimit] = useState(FEW_LINES);
  const query = search.query ?? '';
  const about = useQuery(metricQuery(tenant, range, metric));
  const forms = about.data?.forms ?? [];
  const form = forms.find((one) => formKey(one) === search.form);
  const chosen = groupsOf(search, about.data?.defaultGroupBy ?? NONE);
  const answer = useQuery({
    ...metricsSeriesQuery(tenant, {
      ...range,
      metric,
      query: withForm(query, form),
      ...(chosen ? { groupBy: chosen } : {}),
      limit,
      ...(search.agg ? { aggregate: search.agg } : {}),
    }),
    // Forms and default groups are known with the metric.
    enabled: queryFault(query) === undefined && ((!search.form && !chosen) || !about.isPending),
  });
  const completion = useMemo(() => completionSource(client, tenant, 'metrics', range), [client, tenant, range]);
  const info = (answer.isPlaceholderData ? undefined : answer.data?.metric) ?? form ?? about.data?.metric;
  const groups = [
    ...new Set([
      ...(chosen ?? about.data?.defaultGroupBy ?? answer.data?.groupBy ?? NONE),
      ...(about.data?.keptApart ?? NONE),
    ]),
  ];

  if (about.isError && answer.isError) return <Failure error={about.error} onRetry={() => void about.refetch()} />;
  if (about.data && !about.data.metric && !about.isPlaceholderData)
    return (
      <Empty
        title={t('metrics.gone', { metric: visibleName(metric) })}
        why={t('metrics.goneWhy')}
        action={
          <Button tone="primary" onClick={onStretch}>
            {t('metrics.stretch')}
          </Button>
        }
      />
    );
  if (!info) return <Skeleton height={460} />;

  const histogram = info.type !== 'gauge' && info.type !== 'sum';
  const usual = AGGREGATES.find((one) => one === info.defaultAggregate);
  const offered = aggregatesOf(info);
  const nameOf = (one: Aggregate) => t(one === 'count' && histogram ? 'metrics.agg.countOf' : `metrics.agg.${one}`);
  const current = search.agg ?? answer.data?.aggregate ?? usual ?? 'avg';
  return (
    <div className={styles.view}>
      <MetricHead metric={info} />
      {forms.length > 1 && (
        <FormChoice
          forms={forms}
          shown={info}
          onChoose={(next) =>
            onSearch({ form: formKey(next), agg: undefined, by: undefined, split: undefined, only: undefined })
          }
        />
      )}
      <QueryBar
        value={query}
        signal="metrics"
        completion={completion}
        words={{
          label: t('metrics.query'),
          placeholder: t('metrics.placeholder'),
          clear: t('metrics.clearQuery'),
        }}
        onRun={(text) => text !== query && onSearch({ query: text || undefined })}
      />
      <div className={styles.controls}>
        <SelectField
          label={t('metrics.aggregate')}
          value={current}
          options={(offered.includes(current) ? offered : [current, ...offered]).map((one) => ({
            value: one,
            label: one === usual ? t('metrics.agg.default', { name: nameOf(one) }) : nameOf(one),
          }))}
          onChange={(event) => {
            const chosen = AGGREGATES.find((one) => one === event.target.value);
            onSearch({ agg: chosen === usual ? undefined : chosen });
          }}
        />
        <GroupBy
          attributes={about.data?.attributes ?? []}
          by={groups}
          fixed={about.data?.keptApart ?? NONE}
          onChange={(next) =>
            onSearch({
              by: byOf(next, about.data?.defaultGroupBy ?? NONE),
              split: search.split && next.includes(search.split) ? search.split : undefined,
              only: undefined,
            })
          }
        />
        {groups[0] !== undefined && (
          <div className={styles.look}>
            <Tabs
              label={t('metrics.look')}
              look="segments"
              value={search.split ? 'split' : 'one'}
              items={[
                { value: 'one', label: t('metrics.look.one') },
                { value: 'split', label: t('metrics.look.split') },
              ]}
              onChange={(look) => onSearch({ split: look === 'split' ? groups[0] : undefined, only: undefined })}
            />
          </div>
        )}
      </div>
      {isNoAggregate(answer.error) ? (
        <Empty
          title={t('metrics.noAggregate', { name: nameOf(current) })}
          why={t('metrics.noAggregateWhy', { metric: visibleName(metric) })}
          action={
            usual && (
              <Button tone="primary" onClick={() => onSearch({ agg: undefined })}>
                {t('metrics.useUsual', { name: nameOf(usual) })}
              </Button>
            )
          }
        />
      ) : answer.isError ? (
        <>
          <Failure error={answer.error} onRetry={() => void answer.refetch()} />
          {search.agg && usual && (
            <Button className={styles.usual ?? ''} onClick={() => onSearch({ agg: undefined })}>
              {t('metrics.useUsual', { name: nameOf(usual) })}
            </Button>
          )}
        </>
      ) : !answer.data ? (
        <Skeleton height={320} />
      ) : !hasValues(answer.data) ? (
        <Empty
          {...nothing(answer.data, visibleName(metric), query)}
          action={
            <>
              {query !== '' && (
                <Button tone="primary" onClick={() => onSearch({ query: undefined })}>
                  {t('metrics.clearQuery')}
                </Button>
              )}
              <Button tone={query === '' ? 'primary' : 'plain'} onClick={onStretch}>
                {t('metrics.stretch')}
              </Button>
            </>
          }
        />
      ) : (
        <SeriesView
          tenant={tenant}
          answer={answer.data}
          dimmed={answer.isPlaceholderData}
          groups={answer.data.groupBy}
          search={search}
          aggregateName={nameOf(answer.data.aggregate)}
          onSearch={onSearch}
          onRange={onRange}
          onFilter={(field, value) =>
            onSearch({ query: withFilter(query, field, value), split: undefined, only: undefined })
          }
          onMore={limit < MANY_LINES ? () => setLimit(MANY_LINES) : undefined}
        />
      )}
    </div>
  );
}

/** A link may ask for what this kind of metric does not have. */
function isNoAggregate(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'query.aggregate';
}

/** Why there is nothing to draw: no series, no point, or too few for a rate. */
function nothing(answer: MetricsQueryResponse, metric: string, query: string) {
  const needsTwo = answer.aggregate === 'rate' || answer.aggregate === 'increase';
  if (answer.metric && answer.interval === '0' && needsTwo)
    return {
      title: t('metrics.noRate'),
      why: t('metrics.noRateWhy', { window: formatDuration(Number(answer.window)) }),
    };
  return query === ''
    ? { title: t('metrics.noPoints'), why: t('metrics.noPointsWhy', { metric }) }
    : { title: t('metrics.noSeries'), why: t('metrics.noSeriesWhy', { metric }) };
}

function hasValues({ series }: MetricsQueryResponse): boolean {
  return series.some((one) => one.values.some((value) => value !== null));
}
