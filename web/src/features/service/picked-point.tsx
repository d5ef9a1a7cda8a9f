import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTenant } from '../../api/tenant.ts';
import { formatClock } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { Icon } from '../../kit/icon.tsx';
import { absoluteRange } from '../../time/range.ts';
import styles from './service-screen.module.css';

export interface Picked {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Props extends Picked {
  /** What finds this service's spans and logs. */
  readonly query: string;
  readonly onZoom: () => void;
  readonly onClose: () => void;
}

/** The ways on from one point of a chart: the traces and logs of that very time. */
export function PickedPoint({ fromMs, toMs, query, onZoom, onClose }: Props) {
  const tenant = useTenant();
  const first = useRef<HTMLDivElement>(null);
  const { from, to } = absoluteRange(fromMs, toMs);
  // Whoever picked with the keyboard goes on from here.
  useEffect(() => {
    void fromMs;
    first.current?.querySelector('a')?.focus({ preventScroll: true });
  }, [fromMs]);
  const seconds = toMs - fromMs < 60_000;
  const ways = [
    ['traces', '/t/$tenant/traces', { query, from, to }, t('service.picked.traces')],
    ['warning', '/t/$tenant/traces', { query: `${query} status:error`, from, to }, t('service.chart.failing')],
    ['clock', '/t/$tenant/traces', { query, order: 'slowest', from, to }, t('service.chart.slow')],
    ['logs', '/t/$tenant/logs', { query, from, to }, t('app.nav.logs')],
  ] as const;
  return (
    <div
      ref={first}
      className={styles.picked}
      role="group"
      aria-label={t('service.picked')}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      <b>
        {formatClock(fromMs, seconds)} – {formatClock(toMs, seconds)}
      </b>
      {ways.map(([icon, to, search, label]) => (
        <Link key={label} to={to} params={{ tenant }} search={search as never} className={styles.way}>
          <Icon name={icon} size={14} />
          {label}
        </Link>
      ))}
      <Button size="s" icon="search" onClick={onZoom}>
        {t('service.picked.zoom')}
      </Button>
      <IconButton icon="close" label={t('service.picked.close')} onClick={onClose} />
    </div>
  );
}
