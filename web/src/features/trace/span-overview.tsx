import type { Span } from '@hanok/contract';
import { Fragment, type ReactNode } from 'react';
import { formatDuration } from '../../format/durations.ts';
import { formatInstantFull } from '../../format/instants.ts';
import { formatShare } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Copy } from '../../kit/copy.tsx';
import { claims, MarkList } from '../../kit/mark-list.tsx';
import { Visible } from '../../kit/visible.tsx';
import type { TraceModel } from './model.ts';
import { SpanFaults } from './span-faults.tsx';
import styles from './span-panel.module.css';
import { statementOf } from './summary.ts';

interface Props {
  readonly tenant: string;
  readonly model: TraceModel;
  readonly row: number;
  readonly span: Span;
  /** Where the trace's logs are looked for. */
  readonly around: { readonly from: string; readonly to: string };
  readonly onSelectSpan: (spanId: string) => void;
  readonly onLogs: () => void;
}

/** What one looks for first: the statement, why it failed, then times and names. */
export function SpanOverview({ tenant, model, row, span, around, onSelectSpan, onLogs }: Props) {
  const path = model.critical.time[row]!;
  const share = (part: number) => t('trace.share', { share: formatShare(part / Math.max(1, model.duration)) });
  const statement = statementOf(span);
  const facts: Array<readonly [string, ReactNode]> = [
    [t('trace.duration'), `${formatDuration(span.duration)} · ${share(model.length[row]!)}`],
    [t('trace.self'), formatDuration(model.self[row]!)],
    ...(path > 0 ? [[t('trace.onPath'), `${formatDuration(path)} · ${share(path)}`] as const] : []),
    [t('trace.status'), <Status key="status" span={span} />],
    [t('trace.start'), formatInstantFull(span.startTime)],
    [t('trace.kind'), t(`trace.kind.${span.kind}`)],
    [t('trace.environment'), visibleName(span.environment) || '–'],
    [t('trace.host'), visibleName(span.hostName) || '–'],
    ...claims(span).map((claim) => [t('trace.claimed'), claim] as const),
    ...(span.scope?.name
      ? [
          [
            t('trace.scope'),
            visibleName(`${span.scope.name}${span.scope.version ? ` ${span.scope.version}` : ''}`),
          ] as const,
        ]
      : []),
    [t('trace.spanId'), <code key="id">{span.spanId}</code>],
    ...(span.parentSpanId
      ? [
          [
            t('trace.parentId'),
            <button key="parent" type="button" className={styles.link} onClick={() => onSelectSpan(span.parentSpanId)}>
              <code>{span.parentSpanId}</code>
            </button>,
          ] as const,
        ]
      : []),
    ...(span.traceState ? [[t('trace.traceState'), visibleName(span.traceState)] as const] : []),
    ...(span.marks && span.marks.length > 0
      ? [[t('trace.marks'), <MarkList key="marks" marks={span.marks} />] as const]
      : []),
  ];
  return (
    <>
      {statement !== '' && (
        <div className={styles.statement}>
          <pre>
            <Visible text={statement} />
          </pre>
          <Copy text={statement} label={t('trace.copy')} />
        </div>
      )}
      <SpanFaults tenant={tenant} span={span} around={around} onLogs={onLogs} />
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </>
  );
}

function Status({ span }: { readonly span: Span }) {
  return (
    <span className={styles.status} data-status={span.statusCode}>
      {t(`trace.status.${span.statusCode}`)}
      {span.statusMessage ? (
        <>
          : <Visible text={span.statusMessage} />
        </>
      ) : (
        ''
      )}
    </span>
  );
}
