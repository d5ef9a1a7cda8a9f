import type { JwtTestResponse } from '@hanok/contract';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { testJwt } from '../../api/admin-queries.ts';
import { formatDuration } from '../../format/durations.ts';
import { formatInstant } from '../../format/instants.ts';
import { errorWords } from '../../i18n/error-words.ts';
import { t } from '../../i18n/index.ts';
import { Badge, type Tone } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Panel } from '../../kit/panel.tsx';
import { hasReason, reasonId } from './issuer-words.ts';
import styles from './issuers.module.css';
import { Refusal } from './parts.tsx';
import settings from './settings.module.css';
import { TextArea } from './text-area.tsx';

type Step = JwtTestResponse['steps'][number];
const TONES: Readonly<Record<Step['outcome'], Tone>> = { passed: 'ok', failed: 'bad', skipped: 'neutral' };

/** Says step by step what a token would meet. */
export function TokenTest({ tenant }: { tenant: string }) {
  const [token, setToken] = useState('');
  const testing = useMutation({ mutationFn: () => testJwt(tenant, token.trim()) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim() !== '' && !testing.isPending) testing.mutate();
  };
  return (
    <Panel title={t('settings.issuers.test')} hint={t('settings.issuers.testHint')}>
      <form className={settings.stack} onSubmit={submit}>
        <TextArea
          label={t('settings.issuers.token')}
          maxLength={16_384}
          value={token}
          onChange={(event) => {
            setToken(event.target.value);
            testing.reset();
          }}
        />
        <div>
          <Button tone="primary" type="submit" disabled={token.trim() === '' || testing.isPending}>
            {t('settings.issuers.testRun')}
          </Button>
        </div>
        <div role="status">{testing.data && <Steps result={testing.data} />}</div>
        <Refusal error={testing.error} />
      </form>
    </Panel>
  );
}

function Steps({ result }: { result: JwtTestResponse }) {
  const { accepted, issuer, expiresAt, steps } = result;
  return (
    <div className={settings.stack}>
      <p>
        <strong>
          {accepted
            ? t('settings.issuers.accepted', { issuer: issuer?.name ?? '', until: formatInstant(expiresAt ?? '0') })
            : t('settings.issuers.refused')}
        </strong>
      </p>
      <ol className={styles.steps}>
        {steps.map((step) => (
          <li key={step.step} data-outcome={step.outcome}>
            <span>
              <Badge tone={TONES[step.outcome]}>{t(`settings.issuers.outcome.${step.outcome}`)}</Badge>
            </span>
            <span>{t(`settings.issuers.step.${step.step}`)}</span>
            <span>{step.outcome === 'failed' && reasonOf(step)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** In words; what the fetcher says of the issuer's server is an error of the server's own. */
function reasonOf({ step, reason = '', values = {} }: Step): string {
  if (reason.startsWith('outbound.')) {
    const [module, code, ...rest] = reason.split('.');
    return errorWords({ code: `${module}.${code}`, reason: rest.join('.'), values, message: reason }).message;
  }
  const key = `${step}.${reason}`;
  const ago = formatDuration(Number(values['seconds'] ?? 0) * 1e9);
  return hasReason(key) ? t(reasonId(key), { ...values, ago }) : reason;
}
