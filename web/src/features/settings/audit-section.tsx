import type { MeResponse } from '@hanok/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { type AuditRow, auditQuery } from '../../api/admin-queries.ts';
import { may } from '../../api/may.ts';
import { keysQuery } from '../../api/queries.ts';
import { formatInstant, formatInstantFull } from '../../format/instants.ts';
import { formatExact } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { TextField } from '../../kit/field.tsx';
import type { Column } from '../../kit/grid/column.ts';
import { DataGrid, rowTarget } from '../../kit/grid/data-grid.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Dimmed, Empty, Failure, Skeleton } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { useNarrow } from '../../kit/use-narrow.ts';
import { actionName, detailFacts, detailText, matchesAudit, OUTCOME_TONES, targetText } from './audit-words.ts';
import { NotYours } from './parts.tsx';
import type { SettingsSearch } from './search.ts';
import styles from './settings.module.css';
import { VerifyAudit } from './verify-audit.tsx';

interface Props {
  readonly tenant: string;
  readonly me: MeResponse;
  readonly search: SettingsSearch;
  readonly onSearch: (change: Partial<SettingsSearch>) => void;
}

/** What was done and refused, newest first. */
export function AuditSection(props: Props) {
  if (!may(props.me, 'audit.read'))
    return (
      <Panel title={t('settings.audit')}>
        <NotYours>{t('settings.audit.adminsOnly')}</NotYours>
      </Panel>
    );
  return <Audit {...props} />;
}

const URL_DELAY_MS = 300;

function Audit({ tenant, me, search, onSearch }: Props) {
  const isOperator = may(me, 'instance-audit.read');
  const everywhere = isOperator && search.everywhere === '1';
  const log = useInfiniteQuery(auditQuery(tenant, everywhere));
  const [text, setText] = useState(search.find ?? '');
  const [open, setOpen] = useState<AuditRow | undefined>();
  const wanted = useDeferredValue(text);
  const write = useRef(onSearch);
  write.current = onSearch;
  useEffect(() => {
    if (text === (search.find ?? '')) return;
    const timer = window.setTimeout(() => write.current({ find: text || undefined }), URL_DELAY_MS);
    return () => window.clearTimeout(timer);
  }, [text, search.find]);
  const all = useMemo(() => log.data?.pages.flatMap((page) => page.rows) ?? [], [log.data]);
  const keys = useQuery(keysQuery(tenant));
  const keyNames = useMemo(() => new Map(keys.data?.keys.map((key) => [key.id, key.name])), [keys.data]);
  const rows = useMemo(() => all.filter((row) => matchesAudit(row, wanted, keyNames)), [all, wanted, keyNames]);
  const narrow = useNarrow();

  const columns: Column<AuditRow>[] = [
    {
      id: 'at',
      header: t('settings.audit.at'),
      width: 150,
      narrow: 'hide',
      fixed: true,
      cell: (row) => <time title={formatInstantFull(row.at)}>{formatInstant(row.at)}</time>,
    },
    {
      id: 'actor',
      header: t('settings.audit.actor'),
      width: 190,
      narrow: 'hide',
      cell: (row) => <Cut text={row.actor} />,
    },
    ...(everywhere
      ? [
          {
            id: 'tenant',
            header: t('settings.audit.tenant'),
            width: 120,
            narrow: 'hide' as const,
            cell: (row: AuditRow) => <Cut text={row.tenant ?? '–'} />,
          },
        ]
      : []),
    {
      id: 'action',
      header: t('settings.audit.action'),
      width: 190,
      narrow: 180,
      ...(narrow ? { grow: 1 } : {}),
      fixed: true,
      cell: (row) => (
        <button type="button" className={rowTarget} onClick={() => setOpen(row)}>
          {actionName(row.action)}
        </button>
      ),
    },
    {
      id: 'outcome',
      header: t('settings.audit.outcome'),
      width: 100,
      narrow: 90,
      cell: (row) => <Badge tone={OUTCOME_TONES[row.outcome]}>{t(`settings.audit.outcome.${row.outcome}`)}</Badge>,
    },
    {
      id: 'target',
      header: t('settings.audit.target'),
      width: 190,
      narrow: 'hide',
      cell: (row) => <Cut text={targetText(row, keyNames)} />,
    },
    {
      id: 'detail',
      header: t('settings.audit.detail'),
      width: 160,
      grow: 1,
      narrow: 'below',
      // On a phone the line below has what the columns left out say, in a sentence that breaks where it must.
      cell: (row) =>
        narrow ? (
          <Whole row={row} target={targetText(row, keyNames)} everywhere={everywhere} />
        ) : (
          <Cut text={detailText(row.detail)} faint />
        ),
    },
  ];
  return (
    <>
      {isOperator && <VerifyAudit />}
      <Panel
        flush
        title={t('settings.audit')}
        hint={t('settings.audit.hint')}
        actions={
          <>
            {isOperator && (
              <Tabs
                label={t('settings.audit.scope')}
                look="segments"
                value={everywhere ? 'all' : 'one'}
                items={[
                  { value: 'one', label: t('settings.audit.scope.one') },
                  { value: 'all', label: t('settings.audit.scope.all') },
                ]}
                onChange={(scope) => onSearch({ everywhere: scope === 'all' ? '1' : undefined })}
              />
            )}
            <TextField
              className={styles.find ?? ''}
              label={t('settings.audit.find')}
              hideLabel
              icon="search"
              type="search"
              data-search
              placeholder={t('settings.audit.find')}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </>
        }
      >
        {log.isError && all.length === 0 ? (
          <Failure error={log.error} onRetry={() => void log.refetch()} />
        ) : log.isPending ? (
          <Skeleton rows={10} />
        ) : rows.length === 0 ? (
          <Empty
            title={t('settings.audit.none')}
            why={t(log.hasNextPage ? 'settings.audit.noneYet' : 'settings.audit.noneWhy')}
            action={
              text !== '' && (
                <Button tone="primary" onClick={() => setText('')}>
                  {t('settings.audit.clear')}
                </Button>
              )
            }
          />
        ) : (
          <Dimmed when={log.isPlaceholderData}>
            <DataGrid
              label={t('settings.audit')}
              layoutName="settings.audit"
              columns={columns}
              rows={rows}
              rowId={(row) => String(row.seq)}
              rowHeight={34}
              maxHeight={620}
              keys
            />
          </Dimmed>
        )}
        {!log.isPending && (
          <div className={styles.foot}>
            <span className={styles.faint}>
              {t('settings.audit.shown', { shown: formatExact(rows.length), total: formatExact(all.length) })}
            </span>
            {log.hasNextPage && (
              <Button size="s" disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
                {t('settings.audit.older')}
              </Button>
            )}
          </div>
        )}
      </Panel>
      {open && <Entry row={open} target={targetText(open, keyNames)} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function Cut({ text, faint = false }: { text: string; faint?: boolean }) {
  return (
    <span className={faint ? styles.cutFaint : styles.cut} title={visibleName(text)}>
      {visibleName(text)}
    </span>
  );
}

function Whole({ row, target, everywhere }: { row: AuditRow; target: string; everywhere: boolean }) {
  const detail = detailText(row.detail);
  // Who signs in does it to themselves, and a key's name is in its detail.
  const told = target === row.actor || detail.includes(target) ? '' : target;
  const parts = [row.actor, ...(everywhere ? [row.tenant ?? '–'] : []), told, detail].filter((part) => part !== '');
  return (
    <span className={styles.whole}>
      <time>{formatInstant(row.at)}</time> · {parts.join(' · ')}
    </span>
  );
}

/** All of one row. */
function Entry({ row, target, onClose }: { row: AuditRow; target: string; onClose: () => void }) {
  const facts: ReadonlyArray<readonly [string, string]> = [
    [t('settings.audit.at'), formatInstantFull(row.at)],
    [t('settings.audit.actor'), row.actor],
    [t('settings.audit.tenant'), row.tenant ?? '–'],
    [t('settings.audit.action'), row.action],
    [t('settings.audit.target'), target || '–'],
    [t('settings.audit.outcome'), t(`settings.audit.outcome.${row.outcome}`)],
    ...detailFacts(row.detail),
    [t('settings.audit.number'), formatExact(row.seq)],
  ];
  return (
    <Dialog title={actionName(row.action)} size="l" onClose={onClose}>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
