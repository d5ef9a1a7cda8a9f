import type { StorageResponse } from '@hanok/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { storageQuery } from '../../api/queries.ts';
import { formatDuration } from '../../format/durations.ts';
import { formatBytes, formatCount, formatExact, formatShare, significant } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import type { Column, Sort } from '../../kit/grid/column.ts';
import { DataGrid } from '../../kit/grid/data-grid.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Stat } from '../../kit/stat.tsx';
import { Failure, Skeleton } from '../../kit/states.tsx';
import { Meter } from './meter.tsx';
import styles from './settings.module.css';

type Table = StorageResponse['tables'][number];

/** Tables whose names say something to people; the others keep the name of the store. */
const NAMED = {
  logs: 'settings.storage.table.logs',
  spans: 'settings.storage.table.spans',
  series: 'settings.storage.table.series',
  samples: 'settings.storage.table.samples',
  histograms: 'settings.storage.table.histograms',
  exemplars: 'settings.storage.table.exemplars',
  resources: 'settings.storage.table.resources',
  scopes: 'settings.storage.table.scopes',
  fields: 'settings.storage.table.fields',
} as const;

const bytesOf = (table: Table): number => table.bytesOnDisk ?? table.estimatedBytes ?? 0;
const perRowOf = (table: Table): number => (table.rows === 0 ? 0 : bytesOf(table) / table.rows);

/** The first and the last day that have rows. */
function daysText(days: Table['days']): string {
  const [first, last] = [days[0]?.day, days.at(-1)?.day];
  return first === undefined || last === undefined ? '–' : first === last ? first : `${first} – ${last}`;
}

function titleOf(table: string): string | undefined {
  return Object.hasOwn(NAMED, table) ? t(NAMED[table as keyof typeof NAMED]) : undefined;
}

/** What the tenant keeps, what room is left, and when it goes. */
export function StorageSection({ tenant }: { tenant: string }) {
  const storage = useQuery(storageQuery(tenant));
  const { data } = storage;
  if (storage.isError && !data) return <Failure error={storage.error} onRetry={() => void storage.refetch()} />;
  if (!data) return <Skeleton height={420} />;
  const rows = data.tables.reduce((sum, table) => sum + table.rows, 0);
  // A store of the tenant's own says what lies on disk; of a shared one the tenant's part can only be estimated.
  const own = data.tables.every((table) => table.bytesOnDisk !== undefined);
  const bytes = data.tables.reduce((sum, table) => sum + bytesOf(table), 0);
  return (
    <>
      <div className={styles.stats}>
        <Stat
          label={t(own ? 'settings.storage.kept' : 'settings.storage.size')}
          value={formatBytes(bytes)}
          note={t(own ? 'settings.storage.keptSilo' : 'settings.storage.keptPool')}
        />
        <Stat label={t('settings.storage.rows')} value={formatCount(rows)} note={formatExact(rows)} />
        <Stat
          label={t('settings.storage.perRow')}
          value={rows === 0 ? '–' : formatBytes(bytes / rows)}
          note={t(own ? 'settings.storage.perRowNote' : 'settings.storage.perRowEstimated')}
        />
        <Stat
          label={t('settings.storage.ingest')}
          value={t(data.ingest.open ? 'settings.storage.ingestOpen' : 'settings.storage.ingestClosed')}
          tone={data.ingest.open ? undefined : 'bad'}
        />
      </div>
      {(data.disk ?? data.journal) && <Room disk={data.disk} journal={data.journal} />}
      <Retention tenant={tenant} days={data.retentionDays} />
      <Tables tables={data.tables} total={bytes} own={own} />
    </>
  );
}

/** Where the disk and the journal stand, with the line beyond which nothing is let in. */
function Room({ disk, journal }: Pick<StorageResponse, 'disk' | 'journal'>) {
  return (
    <Panel title={t('settings.storage.room')}>
      <div className={styles.meters}>
        {disk && <DiskMeter disk={disk} />}
        {journal && <JournalMeter journal={journal} />}
      </div>
    </Panel>
  );
}

function DiskMeter({ disk }: { disk: NonNullable<StorageResponse['disk']> }) {
  const used = Math.max(0, disk.totalBytes - disk.freeBytes);
  const spare = disk.freeBytes - disk.reservedBytes;
  return (
    <Meter
      label={t('settings.storage.disk')}
      value={used}
      total={disk.totalBytes}
      reserved={disk.reservedBytes}
      tone={spare <= 0 ? 'bad' : spare < disk.reservedBytes ? 'warn' : 'ok'}
      figure={t('settings.storage.usedOf', { used: formatBytes(used), total: formatBytes(disk.totalBytes) })}
      words={
        spare <= 0
          ? t('settings.storage.diskFull', { reserved: formatBytes(disk.reservedBytes) })
          : t('settings.storage.diskWords', {
              spare: formatBytes(spare),
              reserved: formatBytes(disk.reservedBytes),
            })
      }
    />
  );
}

function JournalMeter({ journal }: { journal: NonNullable<StorageResponse['journal']> }) {
  const share = journal.budgetBytes > 0 ? journal.bytes / journal.budgetBytes : 0;
  return (
    <Meter
      label={t('settings.storage.journal')}
      value={journal.bytes}
      total={journal.budgetBytes}
      tone={share > 0.9 ? 'bad' : share > 0.6 ? 'warn' : 'ok'}
      figure={t('settings.storage.usedOf', {
        used: formatBytes(journal.bytes),
        total: formatBytes(journal.budgetBytes),
      })}
      words={
        journal.lagRows === 0
          ? t('settings.storage.journalIdle')
          : t('settings.storage.journalLag', {
              count: journal.lagRows,
              rows: formatCount(journal.lagRows),
              age: formatDuration(journal.lagSeconds * 1e9),
            })
      }
    />
  );
}

function Tables({ tables, total, own }: { tables: readonly Table[]; total: number; own: boolean }) {
  const [sort, setSort] = useState<Sort>({ id: 'bytes', order: 'desc' });
  const rows = useMemo(() => sorted(tables, sort), [tables, sort]);
  const figure = (id: 'rows' | 'parts' | 'partitions', header: string, width: number): Column<Table> => ({
    id,
    header,
    width,
    narrow: id === 'rows' ? 84 : 'hide',
    align: 'end',
    sort: 'number',
    cell: (table) => <span title={formatExact(table[id] ?? 0)}>{formatCount(table[id] ?? 0)}</span>,
  });
  const columns: Column<Table>[] = [
    {
      id: 'table',
      header: t('settings.storage.table'),
      width: 200,
      narrow: 150,
      grow: 1,
      fixed: true,
      sort: 'text',
      cell: (table) => {
        const title = titleOf(table.table);
        return (
          <>
            {title && <strong className={styles.strong}>{title}</strong>}
            <code className={styles.faint}>{table.table}</code>
          </>
        );
      },
    },
    figure('rows', t('settings.storage.rows'), 90),
    {
      id: 'bytes',
      header: t(own ? 'settings.storage.bytes' : 'settings.storage.size'),
      width: 170,
      narrow: 96,
      align: 'end',
      sort: 'number',
      cell: (table) => {
        const share = total > 0 ? bytesOf(table) / total : 0;
        return (
          <>
            <span className={styles.share} title={formatShare(share)}>
              <span style={{ width: `${share * 100}%` }} />
            </span>
            {formatBytes(bytesOf(table))}
          </>
        );
      },
    },
    {
      id: 'bytesPerRow',
      header: t('settings.storage.perRow'),
      width: 120,
      narrow: 'hide',
      align: 'end',
      sort: 'number',
      cell: (table) => (table.rows === 0 ? '–' : `${significant(perRowOf(table))} B`),
    },
    {
      id: 'days',
      header: t('settings.storage.days'),
      width: 190,
      cell: ({ days }) => daysText(days),
    },
    ...(own
      ? [figure('parts', t('settings.storage.parts'), 80), figure('partitions', t('settings.storage.partitions'), 100)]
      : []),
  ];
  return (
    <Panel
      flush
      title={t('settings.storage.tables')}
      hint={t(own ? 'settings.storage.tablesHint' : 'settings.storage.tablesPool')}
    >
      <DataGrid
        label={t('settings.storage.tables')}
        layoutName="settings.storage"
        columns={columns}
        rows={rows}
        rowId={(table) => table.table}
        rowHeight={34}
        maxHeight={460}
        sort={sort}
        onSort={setSort}
      />
    </Panel>
  );
}

function sorted(tables: readonly Table[], { id, order }: Sort): Table[] {
  const sign = order === 'asc' ? 1 : -1;
  return [...tables].sort((a, b) => {
    switch (id) {
      case 'bytes':
        return sign * (bytesOf(a) - bytesOf(b)) || a.table.localeCompare(b.table);
      case 'bytesPerRow':
        return sign * (perRowOf(a) - perRowOf(b)) || a.table.localeCompare(b.table);
      case 'rows':
      case 'parts':
      case 'partitions':
        return sign * ((a[id] ?? 0) - (b[id] ?? 0)) || a.table.localeCompare(b.table);
      default:
        return sign * a.table.localeCompare(b.table);
    }
  });
}

/** How long data stays; what may be changed of it stands with the limits. */
function Retention({ tenant, days }: { tenant: string; days: StorageResponse['retentionDays'] }) {
  return (
    <Panel title={t('settings.retention')}>
      <div className={styles.stack}>
        {days && (
          <div className={styles.stats}>
            {(['logs', 'traces', 'metrics'] as const).map((signal) => (
              <Stat
                key={signal}
                label={t(`settings.retention.${signal}`)}
                value={t('settings.retention.days', { count: days[signal] })}
              />
            ))}
          </div>
        )}
        <p className={styles.prose}>{t('settings.retention.what')}</p>
        <p className={styles.prose}>
          <Link to="/t/$tenant/settings/$section" params={{ tenant, section: 'limits' }} search={{}}>
            {t('settings.retention.toLimits')}
          </Link>
        </p>
      </div>
    </Panel>
  );
}
