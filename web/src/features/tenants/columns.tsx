import type { TenantLive, TenantOrder, TenantView } from '@hanok/contract';
import { formatAgo, formatDay, formatInstantFull } from '../../format/instants.ts';
import { formatExact, formatRate } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { Badge, StateDot, type Tone } from '../../kit/badge.tsx';
import { IconButton } from '../../kit/button.tsx';
import type { Column, Sort } from '../../kit/grid/column.ts';
import { Menu, MenuItem, MenuLine } from '../../kit/menu.tsx';
import type { Act } from './acts.tsx';
import styles from './tenants.module.css';

/** The server has one direction for each order. */
export const ORDER_OF_COLUMN: Readonly<Record<string, TenantOrder>> = {
  name: 'name',
  id: 'id',
  records: 'noisiest',
  created: 'created',
};

export function sortOf(order: TenantOrder): Sort {
  const [id] = Object.entries(ORDER_OF_COLUMN).find(([, one]) => one === order) ?? ['records'];
  return { id, order: order === 'noisiest' || order === 'created' ? 'desc' : 'asc' };
}

const STATUS_TONES: Readonly<Record<TenantView['status'], Tone>> = {
  active: 'ok',
  suspended: 'warn',
  deleting: 'bad',
};
export const StatusBadge = ({ status }: { status: TenantView['status'] }) => (
  <Badge tone={STATUS_TONES[status]}>{t(`tenants.status.${status}`)}</Badge>
);

const ENGINE_TONES = {
  ready: 'ok',
  asleep: 'silent',
  waiting: 'warn',
  waking: 'warn',
  starting: 'warn',
  silent: 'bad',
  down: 'bad',
  away: 'silent',
} as const satisfies Record<TenantLive['engine'], string>;
export const EngineDot = ({ engine }: Pick<TenantLive, 'engine'>) => (
  <StateDot tone={ENGINE_TONES[engine]} label={t(`tenants.engine.${engine}`)} />
);

export interface Handlers {
  /** Shows its details. */
  readonly open: (id: string) => void;
  /** Goes to its screens. */
  readonly enter: (id: string) => void;
  /** Absent for operators who may only read. */
  readonly act: ((act: Act) => void) | undefined;
}

export function tenantColumns(handlers: Handlers): Column<TenantView>[] {
  return [
    {
      id: 'name',
      header: t('tenants.name'),
      width: 180,
      narrow: 124,
      grow: 2,
      fixed: true,
      sort: 'text',
      cell: (row) => <strong className={styles.strong}>{row.name}</strong>,
    },
    {
      id: 'id',
      header: t('tenants.id'),
      width: 150,
      narrow: 'hide',
      grow: 1,
      sort: 'text',
      cell: (row) => <code className={styles.id}>{row.id}</code>,
    },
    {
      id: 'status',
      header: t('tenants.status'),
      width: 120,
      narrow: 92,
      cell: (row) => <StatusBadge status={row.status} />,
    },
    {
      id: 'records',
      header: t('tenants.records'),
      width: 110,
      narrow: 72,
      align: 'end',
      sort: 'number',
      cell: (row) => formatRate(row.live.ingest.recordsPerSecond, 's'),
    },
    {
      id: 'refused',
      header: t('tenants.refused'),
      width: 80,
      narrow: 'hide',
      align: 'end',
      cell: ({ live: { ingest } }) => (
        <span title={t('tenants.refusedWhy')} className={ingest.refused > 0 ? styles.bad : styles.faint}>
          {formatExact(ingest.refused)}
        </span>
      ),
    },
    {
      id: 'last',
      header: t('tenants.last'),
      width: 120,
      narrow: 'hide',
      cell: ({ live: { ingest } }) =>
        ingest.lastAt === null ? (
          <span className={styles.faint}>{t('tenants.never')}</span>
        ) : (
          <time title={formatInstantFull(ingest.lastAt)}>{formatAgo(ingest.lastAt, Date.now())}</time>
        ),
    },
    {
      id: 'mode',
      header: t('tenants.mode'),
      width: 110,
      narrow: 'hide',
      cell: (row) => (
        <span className={styles.engine}>
          <EngineDot engine={row.live.engine} />
          {t(`tenants.mode.${row.mode}`)}
        </span>
      ),
    },
    {
      id: 'retention',
      header: t('tenants.retention'),
      width: 120,
      narrow: 'hide',
      cell: ({ retentionDays: days }) => (
        <span title={t('tenants.retention.why', days)}>{t('tenants.retention.days', days)}</span>
      ),
    },
    {
      id: 'created',
      header: t('tenants.created'),
      width: 120,
      narrow: 'hide',
      sort: 'number',
      cell: (row) => <time title={formatInstantFull(row.createdAt)}>{formatDay(row.createdAt)}</time>,
    },
    {
      id: 'act',
      header: t('tenants.actions'),
      width: 78,
      narrow: 60,
      align: 'end',
      fixed: true,
      cell: (row) => <Actions row={row} handlers={handlers} />,
    },
  ];
}

/** Hanok's own tenant is where the operators' telemetry is; it has no end. */
export const OWN = 'hanok';

function Actions({ row, handlers }: { row: TenantView; handlers: Handlers }) {
  const { act } = handlers;
  return (
    <Menu align="end" trigger={<IconButton icon="more" size="s" label={t('tenants.actionsOf', { name: row.name })} />}>
      <MenuItem icon="info" onSelect={() => handlers.open(row.id)}>
        {t('tenants.open')}
      </MenuItem>
      <MenuItem icon="external" onSelect={() => handlers.enter(row.id)}>
        {t('tenants.enter')}
      </MenuItem>
      {act && <Acts row={row} act={act} />}
    </Menu>
  );
}

function Acts({ row, act }: { row: TenantView; act: (act: Act) => void }) {
  return (
    <>
      {row.status !== 'deleting' && (
        <MenuItem icon="keyboard" onSelect={() => act({ what: 'rename', tenant: row })}>
          {t('tenants.rename')}
        </MenuItem>
      )}
      {row.id !== OWN && <MenuLine />}
      {row.id !== OWN && row.status === 'active' && (
        <MenuItem icon="pause" onSelect={() => act({ what: 'suspend', tenant: row })}>
          {t('tenants.suspend')}
        </MenuItem>
      )}
      {row.id !== OWN && row.status === 'suspended' && (
        <MenuItem icon="play" onSelect={() => act({ what: 'resume', tenant: row })}>
          {t('tenants.resume')}
        </MenuItem>
      )}
      {row.id !== OWN && row.status !== 'deleting' && (
        <MenuItem icon="trash" danger onSelect={() => act({ what: 'delete', tenant: row })}>
          {t('tenants.delete')}
        </MenuItem>
      )}
    </>
  );
}
