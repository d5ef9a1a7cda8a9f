import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { myTenantsQuery } from '../api/access-queries.ts';
import { formatExact } from '../format/numbers.ts';
import { t } from '../i18n/index.ts';
import { isComposing } from '../keyboard/registry.ts';
import { errorText } from '../kit/error-text.ts';
import { Icon } from '../kit/icon.tsx';
import { tokenOfName } from '../theme/canvas-colours.ts';
import styles from './tenant-search.module.css';

/** Until the server is asked for what was typed. */
const TYPING_MS = 120;
/** Rows before the end at which the next page is asked for. */
const AHEAD = 10;

/** One of up to thousands of tenants: a part of its name or id, arrow keys, Enter. Pages come as they are reached. */
export function TenantSearch({ current, onChoose }: { current: string; onChoose: (tenant: string) => void }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [search, setSearch] = useState('');
  const [at, setAt] = useState(0);
  const found = useInfiniteQuery({ ...myTenantsQuery(search), placeholderData: keepPreviousData });
  const tenants = found.data?.pages.flatMap((page) => page.tenants) ?? [];
  const index = Math.min(at, tenants.length - 1);
  const chosen = tenants[index];
  const total = found.data?.pages[0]?.total ?? 0;
  // Enter on what was found for an earlier text would lead to another tenant than the one that was typed.
  const settled = text.trim() === search && !found.isPlaceholderData;

  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    const timer = window.setTimeout(() => setSearch(text.trim()), TYPING_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const nearEnd = index >= tenants.length - AHEAD;
  useEffect(() => {
    if (nearEnd && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [nearEnd, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === 'Enter') {
      if (chosen && settled) onChoose(chosen.id);
    } else if (event.key === 'ArrowDown') setAt(Math.min(index + 1, tenants.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, index - 1));
    else if (event.key === 'PageDown') setAt(Math.min(index + AHEAD, tenants.length - 1));
    else if (event.key === 'PageUp') setAt(Math.max(0, index - AHEAD));
    else return;
    event.preventDefault();
  };

  return (
    <div className={styles.search}>
      <div className={styles.field}>
        <Icon name="search" size={14} />
        <input
          ref={input}
          className={styles.input}
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={chosen ? `${id}-${chosen.id}` : undefined}
          aria-label={t('app.tenants.find')}
          placeholder={t('app.tenants.placeholder')}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={t('app.tenants')}
        className={styles.list}
        onScroll={({ currentTarget: list }) => {
          if (list.scrollHeight - list.scrollTop - list.clientHeight < 200 && hasNextPage && !isFetchingNextPage)
            void fetchNextPage();
        }}
      >
        {tenants.map((tenant, n) => (
          <div
            key={tenant.id}
            id={`${id}-${tenant.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={tenant === chosen}
            aria-current={tenant.id === current ? 'true' : undefined}
            className={styles.row}
            ref={(element) => {
              if (tenant === chosen) element?.scrollIntoView({ block: 'nearest' });
            }}
            onPointerMove={() => setAt(n)}
            onClick={() => onChoose(tenant.id)}
            onKeyDown={() => undefined}
          >
            <span className={styles.swatch} style={{ background: `var(${tokenOfName(tenant.id)})` }} />
            <span className={styles.names}>
              <span className={styles.name}>{tenant.name}</span>
              <span className={styles.id}>{tenant.id}</span>
            </span>
            <span className={styles.mode}>{t(`app.tenant.${tenant.mode}`)}</span>
            {tenant.id === current ? <Icon name="check" size={14} /> : <span className={styles.noTick} />}
          </div>
        ))}
      </div>
      <p className={styles.foot} role="status">
        {found.isError
          ? errorText(found.error)
          : isFetchingNextPage
            ? t('app.tenants.more')
            : tenants.length === 0 && settled && !found.isPending
              ? t('app.tenants.none')
              : t('app.tenants.count', { count: formatExact(total) })}
      </p>
    </div>
  );
}
