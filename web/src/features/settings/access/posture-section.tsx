import { TENANT_PERMISSIONS } from '@hanok/contract/access/permissions';
import { type UseQueryResult, useMutation, useQueries, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { revokeToken, tokensQuery } from '../../../api/access-queries.ts';
import {
  endOperatorAccess,
  operatorAccessQuery,
  removeUser,
  revokeKey,
  usersQuery,
} from '../../../api/admin-queries.ts';
import { may } from '../../../api/may.ts';
import { keysQuery } from '../../../api/queries.ts';
import { formatAgo, formatInstantFull } from '../../../format/instants.ts';
import { t } from '../../../i18n/index.ts';
import { Badge } from '../../../kit/badge.tsx';
import { Button } from '../../../kit/button.tsx';
import { Icon } from '../../../kit/icon.tsx';
import { Panel } from '../../../kit/panel.tsx';
import { Empty, Failure, Skeleton } from '../../../kit/states.tsx';
import { toast } from '../../../kit/toast.tsx';
import { Confirm } from '../parts.tsx';
import type { SectionProps } from '../sections.ts';
import settings from '../settings.module.css';
import styles from './access.module.css';
import { CHECKS, type Check, SEVERITY_OF, type Weakness, weaknessesOf } from './posture.ts';

const TONES = { high: 'bad', medium: 'warn', low: 'info' } as const;

/** How one weakness reads and what mends it. Without a mend the reader may not do it, or it is done elsewhere. */
interface Mend {
  readonly what: string;
  readonly label: string;
  readonly title: string;
  readonly why: string;
  readonly done: string;
  run(): Promise<unknown>;
}

/** What is weak in the tenant now, and the click that mends it. */
export function PostureSection({ tenant, me }: SectionProps) {
  const client = useQueryClient();
  const [keys, tokens, people, access] = useQueries({
    queries: [keysQuery(tenant), tokensQuery(tenant, 'tenant'), usersQuery(tenant), operatorAccessQuery(tenant)],
  });
  const [mending, setMending] = useState<Mend | undefined>();
  const running = useMutation({
    mutationFn: (mend: Mend) => mend.run(),
    onSuccess: async (_, { done }) => {
      setMending(undefined);
      toast(done);
      await client.invalidateQueries({
        predicate: ({ queryKey: [first, second] }) => first === tenant && MENDED.has(String(second)),
      });
    },
  });
  const failed = ([keys, tokens, people, access] as readonly UseQueryResult[]).find((one) => one.isError);
  if (failed) return <Failure error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!keys.data || !tokens.data || !people.data || !access.data) return <Skeleton rows={5} />;
  const now = Date.now();
  const found = weaknessesOf(
    {
      keys: keys.data.keys,
      tokens: tokens.data.tokens,
      people: people.data.users,
      access: access.data.access,
      permissions: TENANT_PERMISSIONS,
    },
    now,
  );
  const weak = CHECKS.filter((check) => found.some((one) => one.check === check));
  const well = CHECKS.filter((check) => !weak.includes(check));

  const mendOf = (one: Weakness): Mend | undefined => {
    if ('key' in one && may(me, 'keys.write')) {
      const { id, name } = one.key;
      return {
        what: t('access.revoke'),
        label: t('settings.keys.revokeNamed', { name }),
        title: t('posture.revokeKeyTitle', { name }),
        why: t('posture.revokeKeyWhy'),
        done: t('posture.revokeKeyDone', { name }),
        run: () => revokeKey(tenant, id),
      };
    }
    if ('token' in one && may(me, 'tokens.write')) {
      const { id, name, lastUsedAt } = one.token;
      return {
        what: t('access.revoke'),
        label: t('tokens.revokeNamed', { name }),
        title: t('tokens.revokeTitle', { name }),
        why: lastUsedAt ? t('tokens.revokeWhyUsed', { when: formatAgo(lastUsedAt, now) }) : t('tokens.revokeWhy'),
        done: t('tokens.revokedDone', { name }),
        run: () => revokeToken(tenant, 'tenant', id),
      };
    }
    if (one.check === 'never-signed-in' && one.person.role !== 'owner' && may(me, 'people.write')) {
      const { id, email: name } = one.person;
      return {
        what: t('posture.removePerson'),
        label: t('posture.removePersonNamed', { name }),
        title: t('posture.removePersonTitle', { name }),
        why: t('posture.removePersonWhy'),
        done: t('posture.removePersonDone', { name }),
        run: () => removeUser(tenant, id),
      };
    }
    if ('access' in one && may(me, 'operator-access.write')) {
      const { id, operator } = one.access;
      return {
        what: t('opened.end'),
        label: t('opened.endNamed', { operator }),
        title: t('opened.endTitle', { operator }),
        why: t('opened.endWhy'),
        done: t('opened.endedDone', { operator }),
        run: () => endOperatorAccess(tenant, id),
      };
    }
    return undefined;
  };

  return (
    <>
      <Panel flush title={t('settings.posture')} hint={t('posture.hint')}>
        {weak.length === 0 && <Empty title={t('posture.good')} why={t('posture.goodWhy')} />}
        {weak.map((check) => {
          const those = found.filter((one) => one.check === check);
          return (
            <Finding key={check} check={check} count={those.length}>
              {those.map((one) => {
                const mend = mendOf(one);
                const { name, note, at } = wordsOf(one, now);
                return (
                  <li key={idOf(one)} className={styles.weak}>
                    <span className={styles.weakText}>
                      <strong className={settings.strong}>{name}</strong>
                      <span className={styles.weakNote} title={at && formatInstantFull(at)}>
                        {note}
                      </span>
                    </span>
                    {mend ? (
                      <Button size="s" aria-label={mend.label} onClick={() => setMending(mend)}>
                        {mend.what}
                      </Button>
                    ) : check === 'single-owner' && may(me, 'owners.write') ? (
                      <Link to="/t/$tenant/settings/$section" params={{ tenant, section: 'people' }} search={{}}>
                        {t('posture.addOwner')}
                      </Link>
                    ) : (
                      <span className={styles.weakNote}>{t('posture.readOnly')}</span>
                    )}
                  </li>
                );
              })}
            </Finding>
          );
        })}
      </Panel>
      {well.length > 0 && (
        <Panel flush title={t('posture.checked')}>
          <ul className={styles.checked}>
            {well.map((check) => (
              <li key={check}>
                <Icon name="check" size={14} className={styles.yes} />
                {t(`posture.${check}`)}
                <span className={styles.weakNote}>{t('posture.good')}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {mending && (
        <Confirm
          title={mending.title}
          action={mending.what}
          busy={running.isPending}
          error={running.error}
          onConfirm={() => running.mutate(mending)}
          onClose={() => {
            running.reset();
            setMending(undefined);
          }}
        >
          {mending.why}
        </Confirm>
      )}
    </>
  );
}

/** Second parts of the keys of what a mend changes. */
const MENDED = new Set(['keys', 'tokens', 'users', 'operator-access', 'service-accounts']);

function Finding({ check, count, children }: { check: Check; count: number; children: ReactNode }) {
  const severity = SEVERITY_OF[check];
  return (
    <article className={styles.finding}>
      <div className={styles.findingHead}>
        <Badge tone={TONES[severity]}>{t(`posture.${severity}`)}</Badge>
        <h3>{t(`posture.${check}`)}</h3>
        <span className={styles.weakNote}>{t('posture.count', { count })}</span>
      </div>
      <p className={styles.findingWhy}>{t(`posture.${check}.why`)}</p>
      <ul className={styles.weakList}>{children}</ul>
    </article>
  );
}

const idOf = (one: Weakness): string =>
  'key' in one ? one.key.id : 'token' in one ? one.token.id : 'person' in one ? one.person.id : one.access.id;

/** Its name, what is to know of it, and the moment that is told of roughly. */
function wordsOf(
  one: Weakness,
  now: number,
): { readonly name: string; readonly note: string; readonly at: string | undefined } {
  if ('access' in one) return { name: one.access.operator, note: `“${one.access.reason}”`, at: one.access.openedAt };
  if ('person' in one) {
    const { email, createdAt } = one.person;
    return { name: email, note: t('posture.madeSince', { when: formatAgo(createdAt, now) }), at: createdAt };
  }
  const { name, createdAt, lastUsedAt } = 'key' in one ? one.key : one.token;
  return lastUsedAt
    ? { name, note: t('posture.usedSince', { when: formatAgo(lastUsedAt, now) }), at: lastUsedAt }
    : { name, note: t('posture.neverUsed', { when: formatAgo(createdAt, now) }), at: createdAt };
}
