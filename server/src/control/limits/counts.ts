import type { TenantId } from '@hanok/contract';
import type { Dialect } from '../dialect/dialect.ts';
import type { LimitUses } from './routes.ts';

/** What the control database itself counts of a tenant. */
export async function countsOf({ database }: Dialect, tenant: TenantId, now: number): Promise<LimitUses> {
  const count = (from: 'memberships' | 'ingest_keys' | 'api_tokens') =>
    database
      .selectFrom(from)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('tenant', '=', tenant);
  const [people, keys, tokens] = await Promise.all([
    count('memberships').executeTakeFirstOrThrow(),
    count('ingest_keys')
      .where('revoked_at', 'is', null)
      .where('replaced_by', 'is', null)
      .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]))
      .executeTakeFirstOrThrow(),
    count('api_tokens').where('revoked_at', 'is', null).executeTakeFirstOrThrow(),
  ]);
  return { people: people.count, ingestKeys: keys.count, apiTokens: tokens.count };
}
