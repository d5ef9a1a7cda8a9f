import type { Migration } from './migration.ts';

/**
 * Ingest keys that expire, are bound to networks, or are replaced; those of before are bound to nothing.
 *
 * Plans, and of each tenant which one it has and what it has beside it. Tenants of before keep what they had, as limits of
 * their own: what the configuration was when they were made is not known any more.
 */
export const limitsAndKeys: Migration = {
  name: '0007-limits-and-keys',
  async up(transaction, { types }) {
    const { schema } = transaction;
    await schema
      .createTable('plans')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('name', types.text, (c) => c.notNull())
      .addColumn('limits', types.text, (c) => c.notNull())
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .addColumn('changed_at', types.bigInteger, (c) => c.notNull())
      .execute();
    await transaction
      .insertInto('plans')
      .values({ id: 'standard', name: 'Standard', limits: '{}', created_at: 0, changed_at: 0 })
      .execute();
    await schema
      .alterTable('tenants')
      .addColumn('plan', types.text, (c) => c.notNull().defaultTo('standard'))
      .execute();
    await schema
      .alterTable('tenants')
      .addColumn('limits', types.text, (c) => c.notNull().defaultTo('{}'))
      .execute();
    await schema.alterTable('ingest_keys').addColumn('expires_at', types.bigInteger).execute();
    await schema
      .alterTable('ingest_keys')
      .addColumn('networks', types.text, (c) => c.notNull().defaultTo('[]'))
      .execute();
    await schema.alterTable('ingest_keys').addColumn('replaced_by', types.text).execute();
    const before = await transaction
      .selectFrom('tenants')
      .select(['id', 'logs_days', 'traces_days', 'metrics_days'])
      .select((columns) => [
        columns
          .ref('records_per_second' as never)
          .$castTo<number>()
          .as('records'),
        columns
          .ref('bytes_per_second' as never)
          .$castTo<number>()
          .as('bytes'),
        columns
          .ref('burst_seconds' as never)
          .$castTo<number>()
          .as('burst'),
      ])
      .execute();
    for (const row of before)
      await transaction
        .updateTable('tenants')
        .set({
          limits: JSON.stringify({
            recordsPerSecond: row.records,
            bytesPerSecond: row.bytes,
            burstSeconds: row.burst,
            logsDays: row.logs_days,
            tracesDays: row.traces_days,
            metricsDays: row.metrics_days,
          }),
        })
        .where('id', '=', row.id)
        .execute();
    for (const column of ['records_per_second', 'bytes_per_second', 'burst_seconds'])
      await schema.alterTable('tenants').dropColumn(column).execute();
  },
};
