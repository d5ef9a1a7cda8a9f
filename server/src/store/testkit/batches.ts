import type { TenantId } from '@hanok/contract';
import { type Batch, type Block, encodeRows, LAYOUT_VERSION } from '#base';

const START = 1_795_132_800_000_000_000n; // 2026-11-20T00:00:00Z

/** `rows` log rows whose bodies are `<label> 0`, `<label> 1`, … */
export function logsBlock(tenant: TenantId, label: string, rows: number): Block {
  return encodeRows(
    'logs',
    Array.from({ length: rows }, (_, i) => ({
      tenant,
      timestamp: START + BigInt(i) * 1_000_000n,
      severity_text: 'info',
      service_name: 'shop',
      body: `${label} ${i}`,
      body_type: 115,
      retention_days: 30,
    })),
  );
}

/** `rows` server spans of one operation, one millisecond each. */
export function spansBlock(tenant: TenantId, name: string, rows: number): Block {
  return encodeRows(
    'spans',
    Array.from({ length: rows }, (_, i) => ({
      tenant,
      timestamp: START + BigInt(i) * 1_000_000n,
      duration: 1_000_000n,
      name,
      kind: 2,
      service_name: 'shop',
      retention_days: 30,
    })),
  );
}

export function batchOf(tenant: TenantId, blocks: readonly Block[], layoutVersion = LAYOUT_VERSION): Batch {
  const records = blocks.reduce((sum, block) => sum + block.rows, 0);
  return { tenant, signal: 'logs', layoutVersion, records, minTime: START, maxTime: START, blocks };
}
