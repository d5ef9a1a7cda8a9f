import { useEffect, useRef, useState } from 'react';
import { t } from '../../i18n/index.ts';
import { SelectField, TextField } from '../../kit/field.tsx';
import { AUDIT_DAYS, AUDIT_KINDS, AUDIT_OUTCOMES, type SettingsSearch } from './search.ts';
import styles from './settings.module.css';

const URL_DELAY_MS = 300;

interface Props {
  readonly search: SettingsSearch;
  readonly onSearch: (change: Partial<SettingsSearch>) => void;
}

/** What of the log is wanted; all of it is in the address. */
export function AuditFilters({ search, onSearch }: Props) {
  const select = <T extends string>(
    name: 'kind' | 'outcome' | 'days',
    values: readonly T[],
    label: (value: T) => string,
  ) => (
    <SelectField
      label={t(`settings.audit.${name}`)}
      value={search[name] ?? ''}
      options={[
        { value: '', label: t('settings.audit.all') },
        ...values.map((value) => ({ value, label: label(value) })),
      ]}
      onChange={(event) => onSearch({ [name]: event.target.value || undefined })}
    />
  );
  return (
    <div className={styles.filters} role="search" aria-label={t('settings.audit.filter')}>
      <Typed name="find" label={t('settings.audit.find')} search={search} onSearch={onSearch} />
      <Typed name="actor" label={t('settings.audit.actor')} search={search} onSearch={onSearch} />
      <Typed name="target" label={t('settings.audit.target')} search={search} onSearch={onSearch} />
      {select('kind', AUDIT_KINDS, (kind) => t(`settings.audit.kind.${kind}`))}
      {select('outcome', AUDIT_OUTCOMES, (outcome) => t(`settings.audit.outcome.${outcome}`))}
      {select('days', AUDIT_DAYS, (days) => t(`settings.audit.days.${days}`))}
    </div>
  );
}

/** A text that goes to the address when nothing was typed for a moment. */
function Typed({
  name,
  label,
  search,
  onSearch,
}: Props & { readonly name: 'find' | 'actor' | 'target'; readonly label: string }) {
  const given = search[name] ?? '';
  const [text, setText] = useState(given);
  const written = useRef(given);
  const write = useRef(onSearch);
  write.current = onSearch;
  useEffect(() => {
    // Changed from elsewhere: the way back, or a click that clears.
    if (given === written.current) return;
    written.current = given;
    setText(given);
  }, [given]);
  useEffect(() => {
    if (text === written.current) return;
    const timer = window.setTimeout(() => {
      written.current = text;
      write.current({ [name]: text || undefined });
    }, URL_DELAY_MS);
    return () => window.clearTimeout(timer);
  }, [text, name]);
  return (
    <TextField
      className={name === 'find' ? (styles.find ?? '') : (styles.narrowFind ?? '')}
      label={label}
      hideLabel
      {...(name === 'find' ? { icon: 'search' as const, 'data-search': '' } : {})}
      type="search"
      placeholder={label}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
