import type { Migration } from './migration.ts';

/** Issuers of tokens with which a tenant's senders come. */
export const jwtIssuers: Migration = {
  name: '0006-jwt-issuers',
  async up(transaction, { types }) {
    const { schema } = transaction;
    await schema
      .createTable('jwt_issuers')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('tenant', types.text, (c) => c.notNull().references('tenants.id'))
      .addColumn('name', types.text, (c) => c.notNull())
      .addColumn('issuer', types.text, (c) => c.notNull())
      .addColumn('source', types.text, (c) => c.notNull())
      .addColumn('jwks_url', types.text)
      .addColumn('keys', types.text)
      .addColumn('secret', types.text)
      .addColumn('audiences', types.text, (c) => c.notNull())
      .addColumn('algorithms', types.text, (c) => c.notNull())
      .addColumn('leeway_seconds', 'integer', (c) => c.notNull())
      .addColumn('required_claims', types.text, (c) => c.notNull())
      .addColumn('tenant_claim', types.text, (c) => c.notNull())
      .addColumn('revision', types.bigInteger, (c) => c.notNull())
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .addColumn('changed_at', types.bigInteger, (c) => c.notNull())
      .addUniqueConstraint('jwt_issuers_tenant_issuer', ['tenant', 'issuer'])
      .execute();
  },
};
