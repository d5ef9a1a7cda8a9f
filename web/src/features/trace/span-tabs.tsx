import type { AnyValue, Span } from '@hanok/contract';
import { anyValueText } from '../../format/any-value.ts';
import { formatDuration } from '../../format/durations.ts';
import { rawText } from '../../format/raw-text.ts';
import { t } from '../../i18n/index.ts';
import { type AttributeAction, AttributeTable } from '../../kit/attribute-table.tsx';
import { copyAloud } from '../../kit/copy.tsx';
import { Visible } from '../../kit/visible.tsx';
import styles from './span-panel.module.css';

export function SpanAttributes({
  span,
  onFindSimilar,
}: {
  readonly span: Span;
  readonly onFindSimilar: (field: string, value: string) => void;
}) {
  const actions = (prefix: string): AttributeAction[] => [
    {
      label: t('trace.findSimilar'),
      icon: 'search',
      run: (key: string, value: AnyValue) => onFindSimilar(prefix + key, anyValueText(value)),
    },
    {
      label: t('trace.copy'),
      icon: 'copy',
      run: (_: string, value: AnyValue) => void copyAloud(anyValueText(value)),
    },
  ];
  const all = t('trace.showAll');
  return (
    <>
      <AttributeTable
        attributes={span.attributes}
        caption={t('trace.spanAttributes')}
        actions={actions('')}
        showAll={all}
      />
      {span.droppedAttributesCount ? (
        <p className={styles.note}>{t('trace.dropped', { count: span.droppedAttributesCount })}</p>
      ) : null}
      <AttributeTable
        attributes={span.resource.attributes}
        caption={t('trace.resourceAttributes')}
        actions={actions('resource.')}
        showAll={all}
      />
      <AttributeTable
        attributes={span.scope?.attributes ?? {}}
        caption={t('trace.scopeAttributes')}
        actions={[]}
        showAll={all}
      />
    </>
  );
}

export function SpanEvents({ span }: { readonly span: Span }) {
  if (span.events.length === 0) return <p className={styles.note}>{t('trace.noEvents')}</p>;
  const start = BigInt(span.startTime);
  return (
    <ol className={styles.events}>
      {span.events.map((event) => (
        <li key={`${event.time} ${event.name} ${JSON.stringify(event.attributes)}`}>
          <p>
            <strong>
              <Visible text={event.name} name />
            </strong>{' '}
            <span className={styles.note}>{sinceStart(event.time, start)}</span>
          </p>
          <AttributeTable attributes={event.attributes} caption="" actions={[]} showAll={t('trace.showAll')} />
        </li>
      ))}
    </ol>
  );
}

/** Nothing for an event without a time; one before the span's start has a minus of its own. */
function sinceStart(time: string, start: bigint): string {
  if (time === '0') return '';
  const nanos = Number(BigInt(time) - start);
  return nanos < 0 ? `−${formatDuration(-nanos)}` : `+${formatDuration(nanos)}`;
}

export function SpanLinks({
  span,
  onOpenTrace,
}: {
  readonly span: Span;
  readonly onOpenTrace: (traceId: string, spanId: string) => void;
}) {
  if (span.links.length === 0) return <p className={styles.note}>{t('trace.noLinks')}</p>;
  return (
    <ol className={styles.events}>
      {span.links.map((link) => (
        <li key={`${link.traceId} ${link.spanId}`}>
          <button type="button" className={styles.link} onClick={() => onOpenTrace(link.traceId, link.spanId)}>
            <code>
              {link.traceId} / {link.spanId}
            </code>
          </button>
          <AttributeTable attributes={link.attributes} caption="" actions={[]} showAll={t('trace.showAll')} />
        </li>
      ))}
    </ol>
  );
}

export function SpanRaw({ span }: { readonly span: Span }) {
  return <pre className={styles.raw}>{rawText(span)}</pre>;
}
