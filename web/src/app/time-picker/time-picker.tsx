import { lazy, Suspense, useState } from 'react';
import { zoneLabel } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { useShortcuts } from '../../keyboard/registry.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Popover } from '../../kit/popover.tsx';
import { describeRange } from '../../time/describe.ts';
import { isRelative, shiftRange } from '../../time/range.ts';
import { useTime } from '../../time/use-time.ts';
import { RefreshMenu } from './refresh-menu.tsx';
import styles from './time-picker.module.css';

const TimePanel = lazy(() => import('./time-panel.tsx').then((module) => ({ default: module.TimePanel })));

/** The range of the whole screen, its steps back and forth, and how often it is asked again. */
export function TimePicker() {
  const { range, setRange } = useTime();
  const [open, setOpen] = useState(false);
  const now = Date.now();
  useShortcuts([
    { keys: 'd', label: 'time.range', group: 'app.keys.everywhere', run: () => setOpen(true) },
    {
      keys: 'shift+ArrowLeft',
      label: 'time.earlier',
      group: 'app.keys.everywhere',
      run: () => setRange(shiftRange(range, -1, Date.now())),
    },
    {
      keys: 'shift+ArrowRight',
      label: 'time.later',
      group: 'app.keys.everywhere',
      run: () => setRange(shiftRange(range, 1, Date.now())),
    },
  ]);
  return (
    <div className={styles.group}>
      <IconButton
        icon="chevronLeft"
        label={t('time.earlier')}
        className={styles.step ?? ''}
        onClick={() => setRange(shiftRange(range, -1, Date.now()))}
      />
      <Popover
        open={open}
        onOpenChange={setOpen}
        align="end"
        label={t('time.range')}
        trigger={
          <Button className={styles.trigger ?? ''}>
            <Icon name="clock" size={14} />
            <span className="visually-hidden">{t('time.range')}</span>
            <span className={styles.text}>{describeRange(range, now)}</span>
            <span className={styles.zone} title={t('time.zone', { zone: zoneLabel() })}>
              {zoneLabel()}
            </span>
          </Button>
        }
      >
        <Suspense fallback={<div className={styles.waiting} />}>
          <TimePanel onDone={() => setOpen(false)} />
        </Suspense>
      </Popover>
      <IconButton
        icon="chevronRight"
        label={t('time.later')}
        className={styles.step ?? ''}
        disabled={isRelative(range) && range.to === 'now'}
        onClick={() => setRange(shiftRange(range, 1, Date.now()))}
      />
      <RefreshMenu />
    </div>
  );
}
