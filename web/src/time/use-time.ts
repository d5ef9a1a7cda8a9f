import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { usePreferences } from '../preferences/preferences.ts';
import { DEFAULT_RANGE, type ResolvedRange, resolveRange, type TimeRange } from './range.ts';

export const REFRESH_SECONDS = [0, 5, 10, 30, 60] as const;
export type RefreshSeconds = (typeof REFRESH_SECONDS)[number];

/** Search parameters that every screen below `/t/:tenant` has. */
export interface TimeSearch {
  from?: string | undefined;
  to?: string | undefined;
  /** Seconds between refreshes; absent or 0 is off. */
  refresh?: RefreshSeconds | undefined;
}

export function readTimeSearch(raw: Record<string, unknown>): TimeSearch {
  const from = typeof raw['from'] === 'string' ? raw['from'] : undefined;
  const to = typeof raw['to'] === 'string' ? raw['to'] : undefined;
  const refresh = REFRESH_SECONDS.find((seconds) => seconds > 0 && String(seconds) === raw['refresh']);
  const valid = from !== undefined && resolveRange({ from, to: to ?? 'now' }, Date.now()) !== undefined;
  return {
    ...(valid ? { from, to: to ?? 'now' } : {}),
    ...(refresh ? { refresh } : {}),
  };
}

export interface TimeControl {
  /** As in the URL, else the last one this reader chose. Goes to the server and into query keys as it is. */
  readonly range: TimeRange;
  readonly refresh: RefreshSeconds;
  /** Writes the URL. `remember` (the picker) also makes it the reader's own; a zoom on a chart does not. */
  setRange(range: TimeRange, remember?: boolean): void;
  setRefresh(seconds: RefreshSeconds): void;
  /** Milliseconds as of this call. */
  resolve(): ResolvedRange;
}

export function useTime(): TimeControl {
  const search = useSearch({ from: '/t/$tenant' });
  const navigate = useNavigate();
  const lastRange = usePreferences((state) => state.lastRange);
  const from = search.from ?? lastRange.from;
  const to = search.to ?? (search.from ? 'now' : lastRange.to);
  const range = useMemo(() => ({ from, to }), [from, to]);

  const setRange = useCallback(
    (next: TimeRange, remember = false) => {
      if (remember) rememberRange(next);
      navigate({ to: '.', search: (previous) => ({ ...previous, from: next.from, to: next.to }) });
    },
    [navigate],
  );
  const setRefresh = useCallback(
    (seconds: RefreshSeconds) => {
      navigate({
        to: '.',
        search: (previous) => ({ ...previous, refresh: seconds === 0 ? undefined : seconds }),
        replace: true,
      });
    },
    [navigate],
  );
  const resolve = useCallback(
    () => resolveRange(range, Date.now()) ?? resolveRange(DEFAULT_RANGE, Date.now()) ?? { fromMs: 0, toMs: 1 },
    [range],
  );
  return { range, refresh: search.refresh ?? 0, setRange, setRefresh, resolve };
}

const RECENT = 6;

function rememberRange(range: TimeRange): void {
  const { recentRanges, set } = usePreferences.getState();
  set({
    lastRange: range,
    recentRanges: [range, ...recentRanges.filter((r) => r.from !== range.from || r.to !== range.to)].slice(0, RECENT),
  });
}
