import type { LimitName, LimitsResponse, LimitUse, MeResponse } from '@hanok/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { changeRetention, limitsQuery } from '../../api/admin-queries.ts';
import { may } from '../../api/may.ts';
import { storageQuery } from '../../api/queries.ts';
import { formatDuration } from '../../format/durations.ts';
import { formatBytes, formatExact } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Stat } from '../../kit/stat.tsx';
import { Failure, Skeleton } from '../../kit/states.tsx';
import { toast } from '../../kit/toast.tsx';
import { Meter } from './meter.tsx';
import { NotYours, Refusal } from './parts.tsx';
import styles from './settings.module.css';

/** What is counted all the time, in the order it is shown in. */
const METERS = [
  'recordsPerSecond',
  'bytesPerSecond',
  'requestsPerSecond',
  'series',
  'attributeKeys',
  'tails',
  'people',
  'ingestKeys',
  'apiTokens',
] as const satisfies readonly LimitName[];
const OF_ONE_QUERY = ['queryTimeMs', 'queryMemoryBytes', 'queryRows', 'queriesAtOnce'] as const;
/** From this share on it is time to ask for more. */
const NEARLY = 0.8;

function formatLimit(limit: LimitName, value: number): string {
  if (limit === 'bytesPerSecond' || limit === 'queryMemoryBytes') return formatBytes(value);
  if (limit === 'queryTimeMs') return formatDuration(value * 1e6);
  return formatExact(value);
}

function beyond(limit: (typeof METERS)[number], burst: string): string {
  switch (limit) {
    case 'recordsPerSecond':
    case 'bytesPerSecond':
    case 'requestsPerSecond':
      return t('settings.limits.beyond.rate', { burst });
    case 'series':
    case 'attributeKeys':
    case 'tails':
      return t(`settings.limits.beyond.${limit}`);
    default:
      return t('settings.limits.beyond.count');
  }
}

/** What the tenant may use, what it uses, and how long its telemetry is kept. */
export function LimitsSection({ tenant, me }: { tenant: string; me: MeResponse }) {
  const limits = useQuery(limitsQuery(tenant));
  const { data } = limits;
  if (limits.isError && !data) return <Failure error={limits.error} onRetry={() => void limits.refetch()} />;
  if (!data) return <Skeleton height={420} />;
  const byName = new Map(data.limits.map((one) => [one.limit, one]));
  const burst = formatDuration((byName.get('burstSeconds')?.most ?? 0) * 1e9);
  return (
    <>
      <Panel title={t('settings.limits.plan', { plan: data.plan.name })} hint={t('settings.limits.hint')}>
        <div className={styles.stack}>
          <div className={styles.meters}>
            {METERS.map((name) => {
              const one = byName.get(name);
              return one && <LimitMeter key={name} one={one} words={beyond(name, burst)} />;
            })}
          </div>
          <NotYours>{t('settings.limits.ask')}</NotYours>
        </div>
      </Panel>
      <Panel title={t('settings.limits.perQuestion')} hint={t('settings.limits.perQuestionHint')}>
        <div className={styles.stats}>
          {OF_ONE_QUERY.map((name) => {
            const one = byName.get(name);
            return (
              one && (
                <Stat
                  key={name}
                  label={t(`settings.limits.name.${name}`)}
                  value={formatLimit(name, one.most)}
                  note={one.own ? t('settings.limits.own') : undefined}
                />
              )
            );
          })}
        </div>
      </Panel>
      <Retention
        key={JSON.stringify(data.retentionDays)}
        tenant={tenant}
        days={data.retentionDays}
        most={{
          logs: byName.get('logsDays')?.most ?? 1,
          traces: byName.get('tracesDays')?.most ?? 1,
          metrics: byName.get('metricsDays')?.most ?? 1,
        }}
        mayChange={may(me, 'retention.write')}
      />
    </>
  );
}

function LimitMeter({ one: { limit, most, used, own }, words }: { one: LimitUse; words: string }) {
  const share = (used ?? 0) / most;
  const figure = t('settings.limits.of', { used: formatLimit(limit, used ?? 0), most: formatLimit(limit, most) });
  return (
    <Meter
      label={t(`settings.limits.name.${limit}`)}
      value={used ?? 0}
      total={most}
      tone={share >= 1 ? 'bad' : share > NEARLY ? 'warn' : 'ok'}
      figure={own ? `${figure} · ${t('settings.limits.own')}` : figure}
      words={words}
    />
  );
}

const SIGNALS = ['logs', 'traces', 'metrics'] as const;
type Days = LimitsResponse['retentionDays'];

/** Days to keep each signal, editable by who may, up to what the plan gives. */
function Retention({ tenant, days, most, mayChange }: { tenant: string; days: Days; most: Days; mayChange: boolean }) {
  const client = useQueryClient();
  const [texts, setTexts] = useState({
    logs: String(days.logs),
    traces: String(days.traces),
    metrics: String(days.metrics),
  });
  const saving = useMutation({
    mutationFn: () =>
      changeRetention(tenant, {
        logs: Number(texts.logs),
        traces: Number(texts.traces),
        metrics: Number(texts.metrics),
      }),
    onSuccess: async () => {
      toast(t('settings.retention.saved'));
      await client.invalidateQueries({ queryKey: limitsQuery(tenant).queryKey });
      await client.invalidateQueries({ queryKey: storageQuery(tenant).queryKey });
    },
  });
  const isGood = (signal: (typeof SIGNALS)[number]) =>
    /^\d{1,4}$/.test(texts[signal]) && Number(texts[signal]) >= 1 && Number(texts[signal]) <= most[signal];
  const isChanged = SIGNALS.some((signal) => texts[signal] !== String(days[signal]));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isChanged && SIGNALS.every(isGood) && !saving.isPending) saving.mutate();
  };
  return (
    <Panel title={t('settings.retention')}>
      <form className={styles.stack} onSubmit={submit}>
        <div className={styles.stats}>
          {SIGNALS.map((signal) =>
            mayChange ? (
              <TextField
                key={signal}
                label={`${t(`settings.retention.${signal}`)} · ${t('settings.retention.most', { count: most[signal] })}`}
                inputMode="numeric"
                maxLength={4}
                value={texts[signal]}
                error={isGood(signal) ? undefined : t('settings.retention.wrong', { most: most[signal] })}
                onChange={(event) => setTexts({ ...texts, [signal]: event.target.value.trim() })}
              />
            ) : (
              <Stat
                key={signal}
                label={t(`settings.retention.${signal}`)}
                value={t('settings.retention.days', { count: days[signal] })}
                note={t('settings.retention.most', { count: most[signal] })}
              />
            ),
          )}
        </div>
        <p className={styles.prose}>{t('settings.retention.what')}</p>
        <Refusal error={saving.error} />
        {mayChange ? (
          <div>
            <Button tone="primary" type="submit" disabled={!isChanged || !SIGNALS.every(isGood) || saving.isPending}>
              {t('settings.retention.save')}
            </Button>
          </div>
        ) : (
          <NotYours>{t('settings.retention.adminsOnly')}</NotYours>
        )}
      </form>
    </Panel>
  );
}
