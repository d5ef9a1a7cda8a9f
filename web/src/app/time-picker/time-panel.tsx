import { useState } from 'react';
import { formatInstant, viewerZone, zoneLabel } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { isComposing } from '../../keyboard/registry.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { usePreferences, type ZoneChoice } from '../../preferences/preferences.ts';
import { describeRange } from '../../time/describe.ts';
import { readRange } from '../../time/grammar.ts';
import { freezeRange, isRelative, resolveRange, type TimeRange } from '../../time/range.ts';
import { useTime } from '../../time/use-time.ts';
import styles from './time-picker.module.css';

const QUICK = ['5m', '15m', '30m', '1h', '3h', '6h', '12h', '1d', '3d', '1w', '2w', '30d'];
const EXAMPLES = {
  en: ['45m', 'yesterday 14:00-16:00', '14:02 ±5m', '2026-11-21 09:00 ~ now', '1795237320'],
  ko: ['45분', '어제 14시~16시', '14:02 ±5m', '어제 밤 11시', '11월 20일', '1795237320'],
};

export function TimePanel({ onDone }: { onDone: () => void }) {
  const { range, setRange } = useTime();
  const { recentRanges, zone, locale, set } = usePreferences();
  const [text, setText] = useState('');
  const [refused, setRefused] = useState(false);
  const nowMs = Date.now();
  const context = { nowMs, zone: viewerZone() };
  const read = text.trim() === '' ? undefined : readRange(text, context);
  const preview = read && resolveRange(read, nowMs);
  const choose = (next: TimeRange) => {
    setRange(next, true);
    onDone();
  };

  return (
    <div className={styles.panel}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (read && preview) choose(read);
          else setRefused(true);
        }}
      >
        <TextField
          label={t('time.type')}
          icon="clock"
          autoFocus
          value={text}
          placeholder={t('time.placeholder')}
          error={refused && !preview ? t('time.unread') : undefined}
          onChange={(event) => {
            setText(event.target.value);
            setRefused(false);
          }}
          onKeyDown={(event) => {
            // Enter ends a Hangul syllable here; only the next one is meant for the form.
            if (event.key === 'Enter' && isComposing(event.nativeEvent)) event.preventDefault();
          }}
        />
        <p className={styles.preview} aria-live="polite">
          {preview ? `${formatInstant(preview.fromMs)} – ${formatInstant(preview.toMs)}` : ' '}
        </p>
      </form>
      <div className={styles.heading}>{t('time.quick')}</div>
      <div className={styles.quick}>
        {QUICK.map((span) => {
          const quick = { from: `now-${span}`, to: 'now' };
          return (
            <Button
              key={span}
              size="s"
              pressed={range.from === quick.from && range.to === 'now'}
              title={describeRange(quick, nowMs)}
              onClick={() => choose(quick)}
            >
              {span}
            </Button>
          );
        })}
      </div>
      <div className={styles.columns}>
        <div>
          <div className={styles.heading}>{t('time.examples')}</div>
          <ul>
            {EXAMPLES[locale].map((example) => (
              <li key={example}>
                <button type="button" className={styles.line} onClick={() => setText(example)}>
                  <code>{example}</code>
                </button>
              </li>
            ))}
          </ul>
        </div>
        {recentRanges.length > 0 && (
          <div>
            <div className={styles.heading}>{t('time.recent')}</div>
            <ul>
              {recentRanges.map((recent) => (
                <li key={`${recent.from} ${recent.to}`}>
                  <button type="button" className={styles.line} onClick={() => choose(recent)}>
                    {describeRange(recent, nowMs)}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
      <div className={styles.foot}>
        <Tabs<ZoneChoice>
          look="segments"
          label={t('time.zone', { zone: zoneLabel() })}
          value={zone}
          items={[
            {
              value: 'local',
              label: zoneLabel(nowMs, Intl.DateTimeFormat().resolvedOptions().timeZone),
            },
            { value: 'UTC', label: 'UTC' },
          ]}
          onChange={(next) => set({ zone: next })}
        />
        {isRelative(range) && (
          <Button
            size="s"
            icon="snow"
            title={t('time.freezeHint')}
            onClick={() => choose(freezeRange(range, Date.now()))}
          >
            {t('time.freeze')}
          </Button>
        )}
      </div>
    </div>
  );
}
