import type { Stats } from '@hanok/contract';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { connection, useConnection } from '../api/connection.ts';
import { formatBytes, formatCount } from '../format/numbers.ts';
import { errorWords } from '../i18n/error-words.ts';
import { t } from '../i18n/index.ts';
import { Button } from './button.tsx';
import { Copy } from './copy.tsx';
import { errorText } from './error-text.ts';
import { Icon } from './icon.tsx';
import { join } from './join.ts';
import styles from './states.module.css';

/** Nothing to show: why, one thing to do, and what to paste when pasting helps. */
export function Empty({
  title,
  why,
  action,
  children,
}: {
  title: string;
  why: ReactNode;
  action?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className={styles.state}>
      <svg className={styles.lattice} viewBox="0 0 72 48" aria-hidden="true">
        <path d="M1 9c13-1.5 25-3.5 35-8 10 4.5 22 6.5 35 8M8 12v35h56V12M8 24h56M8 36h56M22 12v35M36 12v35M50 12v35" />
      </svg>
      <h2 className={styles.title}>{title}</h2>
      <p className={styles.why}>{why}</p>
      {action && <div className={styles.actions}>{action}</div>}
      {children && <div className={styles.extra}>{children}</div>}
    </div>
  );
}

/** Seconds between attempts while the server cannot be reached. */
const AGAIN_AFTER = 5;

/** Trouble that passes by itself: no connection, or a server that is starting or overloaded. */
function isAway(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || (error.status >= 502 && error.status <= 504));
}

function titleOf(error: unknown): string {
  const known = error instanceof ApiError ? error : undefined;
  if (isAway(error)) return t('kit.failure.network');
  if (known?.status === 401) return t('kit.failure.signedOut');
  return known?.status === 404 ? t('kit.failure.missing') : t('kit.failure.title');
}

/** Counts down to the next attempt, and then starts again: the attempt may fail too. */
function useAgain(active: boolean, onRetry: (() => void) | undefined): number | undefined {
  const [left, setLeft] = useState(AGAIN_AFTER);
  const retry = useRef(onRetry);
  retry.current = onRetry;
  const counting = active && onRetry !== undefined;
  useEffect(() => {
    if (!counting) return;
    const timer = window.setTimeout(() => {
      if (left > 1) return setLeft(left - 1);
      setLeft(AGAIN_AFTER);
      retry.current?.();
    }, 1_000);
    return () => window.clearTimeout(timer);
  }, [counting, left]);
  return counting ? left : undefined;
}

/** Tries again the moment the server answers after it was away. */
function useWhenBack(active: boolean, onRetry: (() => void) | undefined): void {
  const retry = useRef(onRetry);
  retry.current = onRetry;
  useEffect(() => (active ? connection.onBack(() => retry.current?.()) : undefined), [active]);
}

/**
 * A call failed: what happened, how to mend it, the id to quote, the call as a command, and again. While the server is
 * away it is asked again by itself.
 */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const known = error instanceof ApiError ? error : undefined;
  const gone = useConnection().away !== undefined;
  // A screen whose code was never loaded cannot be opened without the server; that is no fault of the screen.
  const missed = useRef(false);
  if (gone && !known) missed.current = true;
  const away = isAway(error) || missed.current;
  // While nobody answers at all, one probe asks for the whole page.
  const left = useAgain(isAway(error) && !gone, onRetry);
  useWhenBack(away, onRetry);
  const words = known && errorWords(known);
  const message = away ? t('kit.failure.networkWhy') : (words?.message ?? errorText(error));
  return (
    <div className={styles.state} role="alert">
      <Icon name="warning" size={22} className={styles.bad} />
      <h2 className={styles.title}>{away ? t('kit.failure.network') : titleOf(error)}</h2>
      <p className={styles.why}>{message}</p>
      {words?.fix && <p className={styles.fix}>{words.fix}</p>}
      {left !== undefined && (
        <p className={styles.again} aria-live="off">
          {t('kit.failure.again', { seconds: left })}
        </p>
      )}
      <div className={styles.actions}>
        {onRetry && (
          <Button tone="primary" icon="refresh" onClick={onRetry}>
            {t('kit.retry')}
          </Button>
        )}
        {known && <Copy text={known.curl} label={t('kit.failure.curl')} size="m" />}
      </div>
      {known && (
        <p className={styles.code}>
          <code>{known.code}</code>
          {known.requestId && (
            <>
              {' · '}
              {t('kit.failure.request')} <code>{known.requestId}</code>
            </>
          )}
        </p>
      )}
    </div>
  );
}

/** A part of a screen failed while the rest is there: one line, so that what did come stays in sight. */
export function FailureLine({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div className={styles.partial} role="alert">
      <Icon name="warning" size={14} />
      <span>
        {titleOf(error)}: {errorText(error)}
      </span>
      <Button size="s" onClick={onRetry}>
        {t('kit.retry')}
      </Button>
    </div>
  );
}

/**
 * The figures shown are of before, because asking again failed. While the server does not answer at all, the banner of the
 * shell says so for the whole page.
 */
export function StaleNote({
  answer,
}: {
  answer: {
    readonly data: unknown;
    readonly error: unknown;
    readonly isError: boolean;
    readonly isFetching: boolean;
    readonly refetch: () => unknown;
  };
}) {
  const { away } = useConnection();
  if (away || !answer.isError || answer.data === undefined) return null;
  // What failed for want of a server is asked again the moment there is one.
  if (answer.isFetching && isAway(answer.error)) return null;
  return <FailureLine error={answer.error} onRetry={() => void answer.refetch()} />;
}

/** Holds the place of what is loading, at the same height, so that nothing jumps. */
export function Skeleton({ height, rows = 0 }: { height?: number; rows?: number }) {
  if (rows === 0) return <div className={styles.block} style={{ height }} aria-hidden="true" />;
  return (
    <div className={styles.rows} aria-hidden="true">
      {Array.from({ length: rows }, (_, n) => n).map((i) => (
        <div key={i} className={styles.row} style={{ opacity: 1 - i / (rows + 2) }}>
          <span style={{ width: `${22 + ((i * 37) % 30)}%` }} />
          <span style={{ width: `${8 + ((i * 13) % 9)}%` }} />
          <span style={{ width: `${10 + ((i * 29) % 12)}%` }} />
        </div>
      ))}
    </div>
  );
}

/** Keeps the last answer in sight, dimmed, while the next one is on its way, and while the server does not answer. */
export function Dimmed({ when, className, children }: { when: boolean; className?: string; children: ReactNode }) {
  const { away } = useConnection();
  return (
    <div className={join(className, styles.dimmable)} data-dimmed={when || away ? '' : undefined} aria-busy={when}>
      {children}
    </div>
  );
}

/** Shown when a budget cut the answer short: what is here is right but not all. */
export function PartialNote({ stats }: { stats: Stats | undefined }) {
  if (!stats?.partial) return null;
  return (
    <div className={styles.partial} role="status">
      <Icon name="warning" size={14} />
      <span>
        {t('kit.partial', { message: errorWords(stats.partial).message })}{' '}
        {stats.rowsRead !== undefined && stats.bytesRead !== undefined && (
          <span className={styles.partialCost}>
            {t('kit.cost', { rows: formatCount(stats.rowsRead), bytes: formatBytes(stats.bytesRead) })}
          </span>
        )}
      </span>
    </div>
  );
}
