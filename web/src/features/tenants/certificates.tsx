import type { CertificateRow } from '@hanok/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { certificatesQuery, certificateUrl } from '../../api/tenant-queries.ts';
import { formatInstant, formatInstantFull } from '../../format/instants.ts';
import { formatExact } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import type { Column } from '../../kit/grid/column.ts';
import { DataGrid } from '../../kit/grid/data-grid.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Empty, Failure, Skeleton } from '../../kit/states.tsx';
import styles from './tenants.module.css';

const columns = (): Column<CertificateRow>[] => [
  {
    id: 'tenant',
    header: t('tenants.certificates.tenant'),
    width: 180,
    narrow: 150,
    grow: 1,
    fixed: true,
    cell: (row) => (
      <>
        <strong className={styles.strong}>{row.name}</strong> <code className={styles.id}>{row.tenant}</code>
      </>
    ),
  },
  {
    id: 'issued',
    header: t('tenants.certificates.issued'),
    width: 170,
    narrow: 130,
    cell: (row) => <time title={formatInstantFull(row.issuedAt)}>{formatInstant(row.issuedAt)}</time>,
  },
  {
    id: 'by',
    header: t('tenants.certificates.by'),
    width: 180,
    narrow: 'hide',
    cell: (row) => row.requestedBy,
  },
  {
    id: 'rows',
    header: t('tenants.certificates.rows'),
    width: 110,
    narrow: 'hide',
    align: 'end',
    cell: (row) => formatExact(row.rows),
  },
  {
    id: 'certificate',
    header: t('tenants.certificates.id'),
    width: 230,
    narrow: 60,
    cell: (row) => (
      <a
        className={styles.download}
        href={certificateUrl(row.id)}
        download={`${row.id}.json`}
        aria-label={t('tenants.certificates.download', { tenant: row.tenant })}
      >
        <Icon name="external" size={14} />
        <code>{row.id}</code>
      </a>
    ),
  },
];

/** What became of deleted tenants, newest first. */
export function Certificates({ onOpen }: { onOpen: (tenant: string) => void }) {
  const found = useInfiniteQuery(certificatesQuery());
  const rows = found.data?.pages.flatMap(({ certificates }) => certificates) ?? [];
  return (
    <div className={styles.frame}>
      {found.isPending ? (
        <Skeleton rows={6} />
      ) : found.isError && rows.length === 0 ? (
        <Failure error={found.error} onRetry={() => void found.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title={t('tenants.certificates.none')} why={t('tenants.certificates.noneWhy')} />
      ) : (
        <DataGrid
          label={t('tenants.certificates')}
          layoutName="operator.certificates"
          columns={columns()}
          rows={rows}
          rowId={(row) => row.id}
          rowHeight={42}
          onOpen={(row) => onOpen(row.tenant)}
          onEnd={() => {
            if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
          }}
          keys
        />
      )}
    </div>
  );
}
