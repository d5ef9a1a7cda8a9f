import type { AnyValue, LogRow } from '@hanok/contract';
import { useQuery } from '@tanstack/react-query';
import { Fragment, type ReactNode, useMemo, useState } from 'react';
import { contextQuery } from '../../api/signal-queries.ts';
import { anyValuePretty, anyValueText } from '../../format/any-value.ts';
import { formatClockMillis, formatInstantFull } from '../../format/instants.ts';
import { rawText } from '../../format/raw-text.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { type AttributeAction, AttributeTable } from '../../kit/attribute-table.tsx';
import { Button, IconButton } from '../../kit/button.tsx';
import { copyAloud } from '../../kit/copy.tsx';
import { Exception } from '../../kit/exception.tsx';
import { exceptionIn } from '../../kit/exception-of.ts';
import { DataGrid } from '../../kit/grid/data-grid.tsx';
import { claims, MarkList } from '../../kit/mark-list.tsx';
import { Failure, Skeleton } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { Visible } from '../../kit/visible.tsx';
import { logColumns, logId, logToken, logTone } from './columns.tsx';
import styles from './log-panel.module.css';
import type { LogTab } from './search.ts';

const SCOPES = ['resource', 'service', 'host', 'trace', 'all'] as const;

interface Props {
  readonly tenant: string;
  readonly row: LogRow;
  readonly tab: LogTab;
  readonly onTab: (tab: LogTab) => void;
  readonly onClose: () => void;
  readonly onFilter: (field: string, value: string, negate: boolean) => void;
  readonly onAddColumn: (column: string) => void;
  readonly onOpenTrace: (traceId: string, spanId: string, around: string) => void;
  /** Shows another line instead. */
  readonly onOpenLine: (id: string) => void;
}

/** One line whole: text, fields, attributes with what can be done with them, and the lines around it. */
export function LogPanel(props: Props) {
  const { row, tab, onTab, onClose } = props;
  return (
    <section
      className={styles.panel}
      aria-label={t('logs.panel')}
      style={{ '--severity': `var(--severity-${row.severityText})` } as React.CSSProperties}
    >
      <header className={styles.header}>
        <div>
          <p className={styles.who}>
            <strong>{row.severityText}</strong> <Visible text={row.serviceName} name />
          </p>
          <p className={styles.when}>{formatInstantFull(row.timestamp)}</p>
        </div>
        <div className={styles.actions}>
          {row.traceId !== '' && (
            <Button size="s" tone="primary" onClick={() => props.onOpenTrace(row.traceId, row.spanId, row.timestamp)}>
              {t('logs.openTrace')}
            </Button>
          )}
          <IconButton icon="close" label={t('logs.close')} onClick={onClose} />
        </div>
      </header>
      <Tabs
        label={t('logs.panel')}
        value={tab}
        onChange={onTab}
        items={[
          { value: 'details', label: t('logs.details') },
          { value: 'context', label: t('logs.context') },
          { value: 'raw', label: t('logs.raw') },
        ]}
      >
        {tab === 'details' && <Details {...props} />}
        {tab === 'context' && <Context key={row.id} {...props} />}
        {tab === 'raw' && <pre className={styles.raw}>{rawText(row)}</pre>}
      </Tabs>
    </section>
  );
}

function Details({ row, onFilter, onAddColumn }: Props) {
  const actions = (prefix: string): AttributeAction[] => [
    {
      label: t('logs.filterIn'),
      icon: 'plus',
      run: (key: string, value: AnyValue) => onFilter(prefix + key, anyValueText(value), false),
    },
    {
      label: t('logs.filterOut'),
      icon: 'minus',
      run: (key: string, value: AnyValue) => onFilter(prefix + key, anyValueText(value), true),
    },
    { label: t('logs.addColumn'), icon: 'columns', run: (key: string) => onAddColumn(prefix + key) },
    {
      label: t('logs.copy'),
      icon: 'copy',
      run: (_: string, value: AnyValue) => void copyAloud(anyValueText(value)),
    },
  ];
  const facts: Array<readonly [string, ReactNode]> = [
    [t('logs.field.service'), visibleName(row.serviceName)],
    [t('logs.field.environment'), visibleName(row.environment)],
    [t('logs.field.host'), visibleName(row.hostName)],
    [t('logs.field.tenant'), row.businessId],
    ...claims(row).map((claim) => [t('logs.field.claimed'), claim] as const),
    ...(row.eventName ? [[t('logs.field.event'), visibleName(row.eventName)] as const] : []),
    ...(row.severityOriginal && row.severityOriginal !== row.severityText
      ? [[t('logs.field.levelSent'), visibleName(row.severityOriginal)] as const]
      : []),
    ...(row.originalTime ? [[t('logs.field.original'), visibleName(row.originalTime)] as const] : []),
    [t('logs.field.observed'), formatInstantFull(row.observedTimestamp)],
    ...(row.traceId ? [[t('logs.field.trace'), <code key="t">{row.traceId}</code>] as const] : []),
    ...(row.spanId ? [[t('logs.field.span'), <code key="s">{row.spanId}</code>] as const] : []),
    ...(row.marks && row.marks.length > 0
      ? [[t('logs.field.marks'), <MarkList key="m" marks={row.marks} />] as const]
      : []),
  ];
  const fault = exceptionIn(row.attributes);
  const bodyText = anyValueText(row.body);
  return (
    <>
      <BodyText body={row.body} />
      {fault && (
        <Exception
          title={fault.type || t('logs.exception')}
          message={bodyText.includes(fault.message) ? '' : fault.message}
          stack={bodyText.includes(fault.stack) ? '' : fault.stack}
        />
      )}
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      <AttributeTable
        attributes={fault ? withoutStack(row.attributes) : row.attributes}
        caption={t('logs.attributes')}
        actions={actions('')}
        showAll={t('logs.showAll')}
      />
      <AttributeTable
        attributes={row.resource.attributes}
        caption={t('logs.resource')}
        actions={actions('resource.')}
        showAll={t('logs.showAll')}
      />
      <AttributeTable
        attributes={row.scope?.attributes ?? {}}
        caption={t('logs.scope')}
        actions={[]}
        showAll={t('logs.showAll')}
      />
    </>
  );
}

/** The stack stands above, over the whole width. */
function withoutStack(attributes: LogRow['attributes']): LogRow['attributes'] {
  const { 'exception.stacktrace': _, ...others } = attributes;
  return others;
}

/** Above this no pretty-printing: a megabyte laid out as a tree freezes the page. */
const PRETTY_LIMIT = 65_536;
const FIRST_SHOWN = 16_384;

function BodyText({ body }: { readonly body: AnyValue }) {
  const [whole, setWhole] = useState(false);
  const text = prettyBody(body);
  return (
    <div>
      <pre className={styles.body}>
        <Visible text={whole ? text : text.slice(0, FIRST_SHOWN)} />
      </pre>
      {!whole && text.length > FIRST_SHOWN && (
        <Button size="s" onClick={() => setWhole(true)}>
          {t('logs.more', { count: text.length - FIRST_SHOWN })}
        </Button>
      )}
    </div>
  );
}

function prettyBody(body: AnyValue): string {
  if (typeof body !== 'string') return anyValuePretty(body);
  if (body.length > PRETTY_LIMIT || !/^\s*[[{]/.test(body)) return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** Lines before and after, oldest first, whole; the chosen one stands in the middle and is marked. */
function Context({ tenant, row, onOpenLine }: Props) {
  const [scope, setScope] = useState<(typeof SCOPES)[number]>('resource');
  const context = useQuery(contextQuery(tenant, { id: row.id, scope, before: 30, after: 30 }));
  const rows = useMemo(
    () =>
      context.data
        ? [...context.data.before, ...(context.data.row ? [context.data.row] : []), ...context.data.after]
        : [],
    [context.data],
  );
  const columns = useMemo(
    () =>
      logColumns([], formatClockMillis, 104).filter(
        (column) => column.id !== 'service' || scope === 'all' || scope === 'trace' || scope === 'host',
      ),
    [scope],
  );
  return (
    <div className={styles.context}>
      <Tabs
        label={t('logs.contextOf')}
        look="segments"
        value={scope}
        items={SCOPES.filter((one) => one !== 'trace' || row.traceId !== '').map((one) => ({
          value: one,
          label: t(`logs.context.${one}`),
        }))}
        onChange={setScope}
      />
      {context.isError && <Failure error={context.error} onRetry={() => void context.refetch()} />}
      {context.isPending && <Skeleton rows={10} />}
      {context.data && (
        <DataGrid
          key={scope}
          rows={rows}
          rowId={logId}
          columns={columns}
          layoutName="logs.context"
          label={t('logs.context')}
          rowHeight={24}
          wrap
          origin={context.data.row?.id ?? row.id}
          rowToken={logToken}
          rowTone={logTone}
          onOpen={(line) => onOpenLine(line.id)}
        />
      )}
    </div>
  );
}
