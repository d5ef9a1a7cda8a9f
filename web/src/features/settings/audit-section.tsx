import type { MeResponse } from '@hanok/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { type AuditChain, type AuditRow, auditQuery } from '../../api/admin-queries.ts';
import { may } from '../../api/may.ts';
import { keysQuery } from '../../api/queries.ts';
import { formatInstant, formatInstantFull } from '../../format/instants.ts';
import { formatExact } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import type { Column } from '../../kit/grid/column.ts';
import { DataGrid, rowTarget } from '../../kit/grid/data-grid.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Dimmed, Empty, Failure, Skeleton } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { useNarrow } from '../../kit/use-narrow.ts';
import { AuditDiff } from './audit-diff.tsx';
import { AuditFilters } from './audit-filters.tsx';
import { actionName, detailFacts, entryText, OUTCOME_TONES, targetText } from './audit-words.ts';
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

function Audit({ tenant, me, search, onSearch }: Props) {
  const isOperator = may(me, 'instance-audit.read');
  const chain: AuditChain = isOperator && search.chain === 'operators' ? 'operators' : 'tenant';
  const { find, kind, outcome, actor, target, days } = search;
  const log = useInfiniteQuery(auditQuery(tenant, chain, { text: find, action: kind, outcome, actor, target, days }));
  const [open, setOpen] = useState<AuditRow | undefined>();
  const rows = useMemo(() => log.data?.pages.flatMap((page) => page.rows) ?? [], [log.data]);
  const keys = useQuery(keysQuery(tenant));
  const keyNames = useMemo(() => new Map(keys.data?.keys.map((key) => [key.id, key.name])), [keys.data]);
  const narrow = useNarrow();
  const everywhere = chain === 'operators';
  const filtered = [find, kind, outcome, actor, target, days].some((one) => one !== undefined);
  const clear = () =>
    onSearch({
      find: undefined,
      kind: undefined,
      outcome: undefined,
      actor: undefined,
      target: undefined,
      days: undefined,
    });

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
          <Cut text={entryText(row)} faint />
        ),
    },
  ];
  return (
    <>
      {isOperator && (
        <Tabs
          label={t('settings.audit.chain')}
          look="segments"
          value={chain}
          items={[
            { value: 'tenant', label: t('settings.audit.chain.tenant') },
            { value: 'operators', label: t('settings.audit.chain.operators') },
          ]}
          onChange={(wanted) => onSearch({ chain: wanted === 'operators' ? 'operators' : undefined })}
        />
      )}
      <VerifyAudit key={chain} tenant={tenant} chain={chain} />
      <Panel
        flush
        title={t('settings.audit')}
        hint={t(everywhere ? 'settings.audit.hintOperators' : 'settings.audit.hint')}
      >
        <AuditFilters search={search} onSearch={onSearch} />
        {log.isError && rows.length === 0 ? (
          <Failure error={log.error} onRetry={() => void log.refetch()} />
        ) : log.isPending ? (
          <Skeleton rows={10} />
        ) : rows.length === 0 ? (
          <Empty
            title={t('settings.audit.none')}
            why={t(log.hasNextPage ? 'settings.audit.noneYet' : 'settings.audit.noneWhy')}
            action={
              filtered && (
                <Button tone="primary" onClick={clear}>
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
            <span className={styles.faint}>{t('settings.audit.shown', { shown: formatExact(rows.length) })}</span>
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
  const detail = entryText(row);
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
    ...(row.reason === null ? [] : [[t('settings.audit.key.reason'), row.reason] as const]),
    [t('settings.audit.key.remote'), row.remote || '–'],
    ...(row.requestId === null ? [] : [[t('settings.audit.key.requestId'), row.requestId] as const]),
    ...detailFacts(row.detail),
    [t('settings.audit.number'), formatExact(row.seq)],
    [t('settings.audit.hash'), row.hash],
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
      <AuditDiff row={row} />
    </Dialog>
  );
}
