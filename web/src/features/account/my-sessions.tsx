import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ask } from '../../api/ask.ts';
import { mySessionsQuery } from '../../api/sign-in-queries.ts';
import { formatAgo, formatInstant, formatInstantFull } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Failure, Skeleton } from '../../kit/states.tsx';
import styles from './account.module.css';
import { Refusal } from './refusal.tsx';

/** Where the reader is signed in; each session but this one can be ended. */
export function MySessions() {
  const client = useQueryClient();
  const sessions = useQuery(mySessionsQuery());
  const ending = useMutation({
    mutationFn: (id: string) => ask('DELETE /api/v1/me/sessions/:id', { id }),
    onSettled: () => client.invalidateQueries({ queryKey: mySessionsQuery().queryKey }),
  });
  return (
    <Panel title={t('account.sessions')} hint={t('account.sessions.hint')}>
      <Refusal error={ending.error} />
      {sessions.isError ? (
        <Failure error={sessions.error} onRetry={() => void sessions.refetch()} />
      ) : sessions.isPending ? (
        <Skeleton rows={2} />
      ) : (
        <ul>
          {sessions.data.sessions.map(({ id, remote, createdAt, seenAt, current }) => (
            <li key={id} className={styles.session}>
              <div>
                <strong>{remote}</strong> {current && <Badge tone="accent">{t('account.sessions.this')}</Badge>}
                <div className={styles.faint}>
                  <time title={formatInstantFull(createdAt)}>
                    {t('account.sessions.since', { at: formatInstant(createdAt) })}
                  </time>
                  {' · '}
                  <time title={formatInstantFull(seenAt)}>
                    {t('account.sessions.seen', { ago: formatAgo(seenAt, Date.now()) })}
                  </time>
                </div>
              </div>
              {!current && (
                <Button size="s" disabled={ending.isPending} onClick={() => ending.mutate(id)}>
                  {t('account.sessions.end')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
