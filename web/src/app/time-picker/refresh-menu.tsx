import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { t } from '../../i18n/index.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { Icon } from '../../kit/icon.tsx';
import { join } from '../../kit/join.ts';
import { Menu, MenuChoice } from '../../kit/menu.tsx';
import { REFRESH_SECONDS, type RefreshSeconds, useTime } from '../../time/use-time.ts';
import styles from './time-picker.module.css';

const isRanged = {
  predicate: (query: { meta?: Record<string, unknown> | undefined }) => query.meta?.['ranged'] === true,
};

/** Reading must not be disturbed: text being selected, or a pointer resting on a table row. */
function readerIsBusy(): boolean {
  return getSelection()?.isCollapsed === false || document.querySelector('[data-row]:hover') !== null;
}

export function RefreshMenu() {
  const { refresh, setRefresh } = useTime();
  const client = useQueryClient();
  const fetching = useIsFetching(isRanged) > 0;

  // The next refresh is planned only once the last one has been answered, so that slow answers never pile up.
  useEffect(() => {
    if (refresh === 0 || fetching) return;
    let timer = 0;
    const plan = () => {
      timer = window.setTimeout(() => {
        if (document.hidden || readerIsBusy()) plan();
        else void client.invalidateQueries(isRanged);
      }, refresh * 1_000);
    };
    plan();
    return () => window.clearTimeout(timer);
  }, [refresh, fetching, client]);

  return (
    <div className={styles.refresh}>
      <IconButton
        icon="refresh"
        label={t('time.refresh.now')}
        className={join(styles.refreshNow, fetching && styles.turning)}
        onClick={() => client.invalidateQueries(isRanged)}
      />
      <Menu
        align="end"
        trigger={
          <Button
            tone="quiet"
            className={styles.refreshEvery ?? ''}
            aria-label={`${t('time.refresh.every')}: ${label(refresh)}`}
          >
            {refresh > 0 && <span>{refresh === 60 ? '1m' : `${refresh}s`}</span>}
            <Icon name="chevronDown" size={12} />
          </Button>
        }
      >
        <MenuChoice<string>
          label={t('time.refresh.every')}
          value={String(refresh)}
          options={REFRESH_SECONDS.map((seconds) => ({ value: String(seconds), label: label(seconds) }))}
          onChoose={(value) => setRefresh(REFRESH_SECONDS.find((seconds) => String(seconds) === value) ?? 0)}
        />
      </Menu>
    </div>
  );
}

function label(seconds: RefreshSeconds): string {
  if (seconds === 0) return t('time.refresh.off');
  return seconds === 60 ? t('time.refresh.minute') : t('time.refresh.seconds', { count: seconds });
}
