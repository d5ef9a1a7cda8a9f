import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { may } from '../api/may.ts';
import { servicesQuery } from '../api/queries.ts';
import { useMe, useTenant } from '../api/tenant.ts';
import { matchesHangul } from '../format/hangul.ts';
import { viewerZone } from '../format/instants.ts';
import { formatRate } from '../format/numbers.ts';
import { visibleName } from '../format/visible.ts';
import { chooseLocale, t } from '../i18n/index.ts';
import { isComposing } from '../keyboard/registry.ts';
import { Dialog } from '../kit/dialog.tsx';
import { Icon, type IconName } from '../kit/icon.tsx';
import { Kbd } from '../kit/kbd.tsx';
import { usePreferences } from '../preferences/preferences.ts';
import { describeRange } from '../time/describe.ts';
import { readRange } from '../time/grammar.ts';
import { useTime } from '../time/use-time.ts';
import styles from './palette.module.css';
import { OPERATOR_SECTIONS, openSections, useGoTo } from './sections.ts';

interface Entry {
  readonly id: string;
  readonly group: 'app.palette.group.go' | 'app.palette.group.services' | 'app.palette.group.do';
  readonly icon: IconName;
  readonly label: string;
  readonly hint?: string;
  readonly keys?: string;
  run(): void;
}

const MOST_SERVICES = 8;

/** One field for going anywhere: screens, services (also by initial consonants), trace ids, times, log searches. */
export function Palette({ onClose }: { onClose: () => void }) {
  const id = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const entries = useEntries(text.trim());
  const chosen = entries[Math.min(at, entries.length - 1)];

  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === 'Enter') run(chosen);
    else if (event.key === 'ArrowDown') setAt((Math.min(at, entries.length - 1) + 1) % Math.max(1, entries.length));
    else if (event.key === 'ArrowUp') setAt((at - 1 + entries.length) % Math.max(1, entries.length));
    else return;
    event.preventDefault();
  };

  return (
    <Dialog onClose={onClose} title={t('app.palette')} hideTitle size="palette" initialFocus={input}>
      <div className={styles.field}>
        <Icon name="search" />
        <input
          ref={input}
          className={styles.input}
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={chosen ? `${id}-${chosen.id}` : undefined}
          aria-label={t('app.palette')}
          placeholder={t('app.palette.placeholder')}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Kbd keys="Escape" />
      </div>
      <div id={`${id}-list`} role="listbox" aria-label={t('app.palette.results')} className={styles.list}>
        {entries.length === 0 && <p className={styles.nothing}>{t('app.palette.nothing')}</p>}
        {entries.map((entry, index) => (
          <div key={entry.id} role="presentation">
            {entries[index - 1]?.group !== entry.group && (
              <div className={styles.group} role="presentation">
                {t(entry.group)}
              </div>
            )}
            <div
              id={`${id}-${entry.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={entry === chosen}
              className={styles.entry}
              ref={(element) => {
                if (entry === chosen) element?.scrollIntoView({ block: 'nearest' });
              }}
              onPointerMove={() => setAt(index)}
              onClick={() => run(entry)}
              onKeyDown={() => undefined}
            >
              <Icon name={entry.icon} />
              <span className={styles.label}>{entry.label}</span>
              {entry.hint && <span className={styles.hint}>{entry.hint}</span>}
              {entry.keys && <Kbd keys={entry.keys} />}
            </div>
          </div>
        ))}
      </div>
    </Dialog>
  );
}

function useEntries(text: string): readonly Entry[] {
  const tenant = useTenant();
  const me = useMe();
  const { range, setRange } = useTime();
  const { theme, locale, set } = usePreferences();
  const navigate = useNavigate();
  const goTo = useGoTo();
  const services = useQuery({ ...servicesQuery(tenant, range), enabled: may(me, 'services.read') });

  const ofOperators = OPERATOR_SECTIONS.filter(() => me?.operatorRole != null).map((section) => ({
    id: section.to,
    group: 'app.palette.group.go' as const,
    icon: section.icon,
    label: `${t('app.operator')}: ${t(section.label)}`,
    run: () => void navigate({ to: section.to, search: {} }),
  }));
  const screens = [
    ...openSections(me).map((section) => ({
      id: section.id,
      group: 'app.palette.group.go' as const,
      icon: section.icon,
      label: t(section.label),
      keys: section.keys,
      run: () => goTo(section.id),
    })),
    ...ofOperators,
  ].filter((entry) => matchesHangul(entry.label, text) || matchesHangul(entry.id, text));

  const named = [
    ...(services.data?.services ?? []).map(({ name, rate }) => ({ name, rate, hint: formatRate(rate) })),
    ...(services.data?.logServices ?? []).map(({ name }) => ({ name, rate: 0, hint: t('app.palette.logsOnly') })),
  ];
  const found = named
    .filter((service) => text !== '' && matchesHangul(service.name, text))
    .sort((a, b) => b.rate - a.rate)
    .slice(0, MOST_SERVICES)
    .map((service) => ({
      id: `service-${service.name}`,
      group: 'app.palette.group.services' as const,
      icon: 'services' as const,
      label: visibleName(service.name),
      hint: service.hint,
      run: () =>
        void navigate({ to: '/t/$tenant/services/$service', params: { tenant, service: service.name }, search: {} }),
    }));

  const actions: Entry[] = [];
  const group = 'app.palette.group.do' as const;
  if (/^[0-9a-f]{32}$/i.test(text))
    actions.push({
      id: 'trace',
      group,
      icon: 'traces',
      label: t('app.palette.trace', { id: text.slice(0, 12) }),
      run: () =>
        void navigate({
          to: '/t/$tenant/traces/$traceId',
          params: { tenant, traceId: text.toLowerCase() },
          search: {},
        }),
    });
  const typedRange = readRange(text, { nowMs: Date.now(), zone: viewerZone() });
  if (typedRange)
    actions.push({
      id: 'range',
      group,
      icon: 'clock',
      label: t('app.palette.range', { range: describeRange(typedRange, Date.now()) }),
      run: () => setRange(typedRange, true),
    });
  if (text !== '')
    actions.push({
      id: 'logs-search',
      group,
      icon: 'logs',
      label: t('app.palette.logs', { text }),
      run: () => void navigate({ to: '/t/$tenant/logs', params: { tenant }, search: { query: quoted(text) } }),
    });
  const nextTheme = theme === 'dark' ? 'light' : 'dark';
  const themeLabel = t('app.palette.theme', { theme: t(`app.theme.${nextTheme}`) });
  if (matchesHangul(themeLabel, text))
    actions.push({
      id: 'theme',
      group,
      icon: nextTheme === 'dark' ? 'moon' : 'sun',
      label: themeLabel,
      run: () => set({ theme: nextTheme }),
    });
  if (matchesHangul(t('app.palette.language'), text))
    actions.push({
      id: 'language',
      group,
      icon: 'language',
      label: t('app.palette.language'),
      run: () => void chooseLocale(locale === 'ko' ? 'en' : 'ko'),
    });
  // What a person pasted is more likely meant than a screen that happens to match.
  return actions.some((entry) => entry.id === 'trace' || entry.id === 'range')
    ? [...actions, ...screens, ...found]
    : [...screens, ...found, ...actions];
}

/** As a phrase of the query language, so that signs in it mean themselves. */
function quoted(text: string): string {
  return /^[\p{L}\p{N}_]+$/u.test(text) ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
