import type { AuditRow, ENDPOINTS } from '@hanok/contract';
import { z } from 'zod';
import { type Route, type StreamAnswer, serve } from '#base';
import { type ChainHead, OPERATORS_CHAIN } from '../audit/chain.ts';
import type { AuditLog } from '../audit/log.ts';
import { fail } from '../errors.ts';
import type { AuditEntriesTable } from '../schema.ts';
import { instantOf } from './rows.ts';

function rowNumber(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (!/^\d{1,15}$/.test(cursor)) throw fail('control.invalid-cursor', 'this is no cursor', { at: 'cursor' });
  return Number(cursor);
}

const millis = (instant: string | undefined): number | undefined =>
  instant === undefined ? undefined : Number(BigInt(instant) / 1_000_000n);

const facts = (text: string): Record<string, unknown> => z.record(z.string(), z.unknown()).parse(JSON.parse(text));

const rowOf = (row: AuditEntriesTable): AuditRow => ({
  seq: row.seq,
  at: instantOf(row.at),
  actor: row.actor,
  remote: row.remote,
  tenant: row.tenant,
  action: row.action,
  target: row.target,
  outcome: row.outcome,
  reason: row.reason,
  requestId: row.request_id,
  before: row.before === null ? null : facts(row.before),
  after: row.after === null ? null : facts(row.after),
  detail: facts(row.detail),
  hash: row.hash,
});

type Asked<K extends keyof typeof ENDPOINTS> = z.output<(typeof ENDPOINTS)[K]['input']>;

/** A tenant's chain is read by its administrators, and by operators who name the tenant; the operators' by operators alone. */
export function auditRoutes(audit: AuditLog): Route[] {
  const page = async (chain: string, { limit, cursor, from, to, ...filter }: Asked<'GET /api/v1/audit'>) => {
    const found = await audit.search({
      chain,
      before: rowNumber(cursor),
      limit,
      filter: { ...filter, from: millis(from), to: millis(to) },
    });
    return { rows: found.rows.map(rowOf), cursor: found.next === null ? null : String(found.next) };
  };
  const noted = ({ seq, hash }: Asked<'GET /api/v1/audit/verify'>): ChainHead | undefined =>
    seq === undefined || hash === undefined ? undefined : { seq, hash };
  const lines = (chain: string): StreamAnswer => ({
    contentType: 'application/x-ndjson; charset=utf-8',
    chunks: audit.export(chain),
  });
  const disposition = (chain: string): string => `attachment; filename="audit-${chain.replace('@', '')}.jsonl"`;
  return [
    serve('GET /api/v1/audit', ({ input, caller }) => page(caller.tenant, input)),
    serve('GET /api/v1/audit/verify', ({ input, caller }) => audit.verify(caller.tenant, noted(input))),
    serve('GET /api/v1/audit/export', async ({ caller, setHeader }) => {
      setHeader('content-disposition', disposition(caller.tenant));
      return lines(caller.tenant);
    }),
    serve('GET /api/v1/instance/audit', ({ input }) => page(OPERATORS_CHAIN, input)),
    serve('GET /api/v1/instance/audit/verify', ({ input }) => audit.verify(OPERATORS_CHAIN, noted(input))),
    serve('GET /api/v1/instance/audit/export', async ({ setHeader }) => {
      setHeader('content-disposition', disposition(OPERATORS_CHAIN));
      return lines(OPERATORS_CHAIN);
    }),
  ];
}
