/** What `/health/ready` promises: everything that is asked right after it can be answered. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LAYOUTS } from '../server/src/base/index.ts';
import { ClickHouse } from '../server/src/store/clickhouse.ts';
import { openInstance } from './instance.ts';

it('is ready only when the tables of a new store are made', async () => {
  const instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'error' } });
  const client = new ClickHouse({ socketPath: join(instance.dataDir, 'engines', 'pool', 'engine.sock') });
  try {
    const rows = await client.rows({ sql: `SELECT name FROM system.tables WHERE database = 'hanok'` });
    expect(rows.flat()).toEqual(expect.arrayContaining(Object.keys(LAYOUTS)));
  } finally {
    client.close();
    await instance.dispose();
  }
}, 90_000);
