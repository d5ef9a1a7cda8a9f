import type { FacetsResponse, Hint, Stats } from '@hanok/contract';
import { chosenValues, toggleValue, withFilter, withoutFilter } from '@hanok/contract/query';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type CSSProperties, type ReactNode, useMemo, useState } from 'react';
import { ApiError } from '../../api/client.ts';
import type { TraceView } from '../../api/nearest.ts';
import { completionSource, facetsQuery, fieldsQuery } from '../../api/signal-queries.ts';
import { formatCount, formatShare } from '../../format/numbers.ts';
import { errorWords } from '../../i18n/error-words.ts';
import { t } from '../../i18n/index.ts';
import { usePreferences } from '../../preferences/preferences.ts';
import type { TimeRange } from '../../time/range.ts';
import { errorText } from '../error-text.ts';
import { Facets } from '../facets/facets.tsx';
import { type QueryFault, queryFault } from '../query-bar/fault.ts';
import { QueryBar } from '../query-bar/query-bar.tsx';
import { QueryHints } from '../query-bar/query-hints.tsx';
import { SplitHandle } from '../split-handle.tsx';
import { Dimmed, Failure, FailureLine, PartialNote, Skeleton } from '../states.tsx';
import { decideState, liveInterval } from './decide.ts';
import styles from './explorer.module.css';
import { NothingFound } from './nothing-found.tsx';
import { QueryFaultState } from './query-fault.tsx';

/** Pixels: a stack is readable in the one, lines in the other, beside rail and facets. */
const LEAST_PANEL = 360;
const LEAST_LIST = 720;

/** As much of an answer of TanStack Query as the frame asks. */
interface Answer {
  readonly isPending: boolean;
  readonly isError: boolean;
  readonly isPlaceholderData: boolean;
  readonly error: Error | null;
  refetch(): unknown;
}

interface Props {
  readonly signal: 'logs' | 'traces';
  readonly tenant: string;
  readonly range: TimeRange;
  readonly query: string;
  /** Traces: which spans are listed; facets count the same. */
  readonly view?: TraceView;
  readonly facetFields: readonly string[];
  /** The colour of a facet's value, where it has one. */
  readonly facetToken: (field: string, value: string) => `--${string}` | undefined;
  readonly onQuery: (query: string | undefined) => void;
  readonly onRange: (range: TimeRange) => void;
  readonly onAllSpans?: () => void;
  readonly onSetUp: () => void;
  /** Beside the query bar. */
  readonly toolbar: ReactNode;
  /** The picture over time above the list; `draw` is called once there is an answer. */
  readonly chart: { readonly answer: Answer; readonly height: number; readonly draw: () => ReactNode };
  readonly list: { readonly answer: Answer; readonly rows: number; readonly stats: Stats | undefined };
  readonly live?: boolean;
  /** Hints of a live tail; else those of the list. */
  readonly hints?: readonly Hint[] | undefined;
  /** Between chart and list. */
  readonly strip?: ReactNode;
  readonly grid: () => ReactNode;
  /** Beside the list, for what is selected. */
  readonly panel?: ReactNode;
}

/** The frame in which logs and traces are searched: query bar, facets, a picture over time, the list and a panel. */
export function Explorer(props: Props) {
  const { signal, tenant, range, query, view, live = false, chart, list, onQuery } = props;
  const client = useQueryClient();
  const completion = useMemo(() => completionSource(client, tenant, signal, range), [client, tenant, signal, range]);
  const fault = useMemo(() => faultOf(query, list.answer.error), [query, list.answer.error]);
  const facets = useQuery({
    ...facetsQuery(tenant, signal, {
      ...range,
      query,
      fields: [...props.facetFields],
      limit: 8,
      ...(view ? { view } : {}),
    }),
    enabled: fault === undefined,
    refetchInterval: ({ state }) => liveInterval(live, state.data?.stats.elapsedMs),
  });
  const own = useOwnFacets(signal, props.facetFields);
  const ownFacets = useQuery({
    ...facetsQuery(tenant, signal, { ...range, query, fields: [...own.fields], limit: 8, ...(view ? { view } : {}) }),
    enabled: fault === undefined && own.fields.length > 0,
    refetchInterval: ({ state }) => liveInterval(live, state.data?.stats.elapsedMs),
  });
  const [wantsFields, setWantsFields] = useState(false);
  const fields = useQuery({ ...fieldsQuery(tenant, signal, range), enabled: wantsFields });
  const state = decideState({
    fault: fault !== undefined,
    failed: list.answer.isError,
    pending: list.answer.isPending,
    rows: list.rows,
    live,
  });
  const again = () => {
    for (const answer of [list.answer, chart.answer, facets, ...(own.fields.length > 0 ? [ownFacets] : [])])
      void answer.refetch();
  };
  const mostPanel = Math.max(LEAST_PANEL, window.innerWidth - LEAST_LIST);
  const kept = usePreferences((now) => now.panels[signal]) ?? Math.round(window.innerWidth * 0.36);
  const panel = Math.min(mostPanel, Math.max(LEAST_PANEL, kept));
  const chosen = (field: string) =>
    queryFault(query) === undefined ? chosenValues(query, field) : { kept: [], excluded: [] };

  return (
    <div className={styles.page}>
      <div className={styles.bar}>
        <QueryBar
          value={query}
          signal={signal}
          completion={completion}
          faultBelow
          words={{
            label: t(`${signal}.query`),
            placeholder: t(`${signal}.placeholder`),
            clear: t(`${signal}.clearQuery`),
          }}
          onRun={(text) => text !== query && onQuery(text || undefined)}
        />
        {props.toolbar}
      </div>
      <div className={styles.columns}>
        <aside className={styles.side}>
          <Facets
            label={t(`${signal}.facets`)}
            loading={facets.isLoading || facets.isPlaceholderData}
            facets={[...(facets.data?.facets ?? []), ...counted(own.fields, ownFacets.data)].map((one) => ({
              field: one.field,
              more: one.more,
              label: one.field,
              own: own.fields.includes(one.field),
              ...chosen(one.field),
              values: one.values.map((value) => ({ ...value, token: props.facetToken(one.field, value.value) })),
            }))}
            note={noteOf(signal, facets.data)}
            ownFailed={ownFacets.isError ? errorText(ownFacets.error) : undefined}
            offered={fields.data?.fields}
            onWantOffered={() => setWantsFields(true)}
            onOpen={own.open}
            onClose={own.close}
            formatCount={formatCount}
            words={{
              include: (value) => t(`${signal}.include`, { value }),
              exclude: (value) => t(`${signal}.exclude`, { value }),
              also: (value) => t('kit.facets.also', { value }),
              release: (value) => t('kit.facets.release', { value }),
              blank: t(`${signal}.blank`),
              search: t(`${signal}.findValue`),
              offered: t('kit.facets.offered'),
              open: (field) => t('kit.facets.open', { field }),
              close: (field) => t('kit.facets.close', { field }),
              more: (count) => t('kit.facets.more', { count }),
            }}
            onToggle={(field, value) => onQuery(toggleValue(query, field, value) || undefined)}
            onExclude={(field, value, excluded) =>
              onQuery(
                (excluded ? withoutFilter(query, field, value) : withFilter(query, field, value, { negate: true })) ||
                  undefined,
              )
            }
          />
        </aside>
        <div
          className={styles.main}
          data-panel={props.panel ? '' : undefined}
          style={{ '--panel': `${panel}px` } as CSSProperties}
        >
          <div className={styles.list}>
            {(state === 'loading' || state === 'rows') && <ChartPlace chart={chart} />}
            {props.strip}
            <QueryHints hints={props.hints ?? list.stats?.hints} />
            <PartialNote stats={state === 'rows' ? list.stats : undefined} />
            {state === 'fault' && fault ? (
              <QueryFaultState query={query} {...fault} onClear={() => onQuery(undefined)} />
            ) : state === 'failed' ? (
              <Failure error={list.answer.error} onRetry={again} />
            ) : state === 'loading' ? (
              <Skeleton rows={14} />
            ) : state === 'nothing' ? (
              <NothingFound
                tenant={tenant}
                signal={signal}
                range={range}
                query={query}
                view={view}
                onClear={() => onQuery(undefined)}
                onRange={props.onRange}
                onAllSpans={props.onAllSpans}
                onSetUp={props.onSetUp}
              />
            ) : (
              props.grid()
            )}
          </div>
          {props.panel && (
            <SplitHandle
              label={t('kit.panel.width')}
              width={panel}
              least={LEAST_PANEL}
              most={mostPanel}
              onChange={(width) => {
                const { panels, set } = usePreferences.getState();
                set({ panels: { ...panels, [signal]: width } });
              }}
            />
          )}
          {props.panel}
        </div>
      </div>
    </div>
  );
}

/** What the facets could not say as it is: estimates, or nothing at all. */
function noteOf(signal: 'logs' | 'traces', answer: FacetsResponse | undefined): string | undefined {
  if (!answer) return undefined;
  if (answer.sampled < 1 && answer.stats.partial?.reason !== 'too-large-rows')
    return t(`${signal}.sampled`, { share: formatShare(answer.sampled) });
  return answer.stats.partial && errorWords(answer.stats.partial).message;
}

/** Those the reader opened, also while they are not counted yet. */
function counted(fields: readonly string[], answer: FacetsResponse | undefined): FacetsResponse['facets'] {
  return fields.map((field) => answer?.facets.find((one) => one.field === field) ?? { field, values: [], more: false });
}

/** As many as one request may ask for beside the others. */
const MOST_OWN = 12;

/** Facets of attributes that the reader opened; this browser remembers them. */
function useOwnFacets(signal: 'logs' | 'traces', always: readonly string[]) {
  const chosen = usePreferences((state) => state.facets[signal]);
  const fields = useMemo(() => (chosen ?? []).filter((one) => !always.includes(one)), [chosen, always]);
  const keep = (next: readonly string[]) => {
    const { facets, set } = usePreferences.getState();
    set({ facets: { ...facets, [signal]: next.slice(-MOST_OWN) } });
  };
  return {
    fields,
    open: (field: string) => keep([...fields.filter((one) => one !== field), field]),
    close: (field: string) => keep(fields.filter((one) => one !== field)),
  };
}

function ChartPlace({ chart: { answer, height, draw } }: { chart: Props['chart'] }) {
  if (answer.isError) return <FailureLine error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.isPending) return <Skeleton height={height} />;
  return (
    <Dimmed when={answer.isPlaceholderData} className={styles.chart ?? ''}>
      {draw()}
    </Dimmed>
  );
}

/** What is wrong with the query: as read here, or as the server said of one that reads but cannot be answered. */
function faultOf(query: string, error: Error | null): QueryFault | undefined {
  const own = queryFault(query);
  if (own) return own;
  if (!(error instanceof ApiError) || error.code !== 'query.syntax') return undefined;
  const at = Number(/^query:(\d+)$/.exec(error.at ?? '')?.[1] ?? 0);
  const { message, fix } = errorWords(error);
  return { at, length: Math.max(1, query.length - at), message, fix };
}
