import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { newestMatchQuery, type TraceView } from '../../api/nearest.ts';
import { formatInstant } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { describeRange } from '../../time/describe.ts';
import { resolveRange, type TimeRange } from '../../time/range.ts';
import { Button } from '../button.tsx';
import { Empty } from '../states.tsx';
import { WIDEST, widerRangeWith } from './decide.ts';

interface Props {
  readonly tenant: string;
  readonly signal: 'logs' | 'traces';
  readonly range: TimeRange;
  readonly query: string;
  readonly view: TraceView | undefined;
  readonly onClear: () => void;
  readonly onRange: (range: TimeRange) => void;
  readonly onAllSpans: (() => void) | undefined;
  readonly onSetUp: () => void;
}

/**
 * An explorer without rows: why, and what helps. Two questions are asked for that: whether spans that the view leaves
 * out would match, and when the newest match of a longer range was.
 */
export function NothingFound(props: Props) {
  const { tenant, signal, range, query, view, onAllSpans } = props;
  const narrowed = view !== undefined && view !== 'spans' && onAllSpans !== undefined;
  const inAllSpans = useQuery({
    ...newestMatchQuery(tenant, signal, { query, range, view: 'spans' }),
    enabled: narrowed,
  });
  const hidden = narrowed && typeof inAllSpans.data === 'number';
  const longer = useQuery({
    ...newestMatchQuery(tenant, signal, { query, view, range: { from: WIDEST, to: 'now' } }),
    enabled: !narrowed || inAllSpans.isFetched,
  });
  const now = Date.now();
  const from = resolveRange(range, now)?.fromMs ?? now;
  const wider = typeof longer.data === 'number' ? widerRangeWith(longer.data, from, now) : undefined;
  const widerRange = wider && { from: wider, to: 'now' };
  const filtered = query !== '';

  const why: ReactNode = hidden
    ? t('traces.hiddenByView', { view: t(`traces.view.${view}`) })
    : widerRange
      ? t('kit.nothing.newest', { when: formatInstant(longer.data ?? 0) })
      : longer.isFetching
        ? t('kit.nothing.looking')
        : filtered
          ? t(longer.data === null ? 'kit.nothing.nowhere' : `${signal}.emptyWhy`)
          : t(`${signal}.noneWhy`);
  return (
    <Empty
      title={filtered ? t(`${signal}.empty`) : t(`${signal}.none`)}
      why={why}
      action={
        <>
          {hidden && (
            <Button tone="primary" onClick={onAllSpans}>
              {t('traces.tryAllSpans')}
            </Button>
          )}
          {widerRange && (
            <Button tone={hidden ? 'plain' : 'primary'} icon="clock" onClick={() => props.onRange(widerRange)}>
              {t('kit.nothing.show', { range: describeRange(widerRange, now) })}
            </Button>
          )}
          {filtered && <Button onClick={props.onClear}>{t(`${signal}.clear`)}</Button>}
          {!filtered && !widerRange && !hidden && <Button onClick={props.onSetUp}>{t(`${signal}.setUp`)}</Button>}
        </>
      }
    />
  );
}
