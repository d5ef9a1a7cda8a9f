import { type AuditRow, auditRequest, auditResponse, auditVerifyResponse } from '@hanok/contract';
import { z } from 'zod';
import { type Route, route, type StreamAnswer } from '#base';
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

const verifyRequest = z.object({
  seq: z.coerce.number().int().min(1).optional().describe('Number of an entry noted down earlier'),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('Hash of that entry'),
});

/** A tenant's chain is read by its administrators, and by operators who name the tenant; the operators' by operators alone. */
export function auditRoutes(audit: AuditLog): Route[] {
  const page = async (chain: string, { limit, cursor, from, to, ...filter }: z.output<typeof auditRequest>) => {
    const found = await audit.search({
      chain,
      before: rowNumber(cursor),
      limit,
      filter: { ...filter, from: millis(from), to: millis(to) },
    });
    return { rows: found.rows.map(rowOf), cursor: found.next === null ? null : String(found.next) };
  };
  const noted = ({ seq, hash }: z.output<typeof verifyRequest>): ChainHead | undefined =>
    seq === undefined || hash === undefined ? undefined : { seq, hash };
  const lines = (chain: string): StreamAnswer => ({
    contentType: 'application/x-ndjson; charset=utf-8',
    chunks: audit.export(chain),
  });
  const disposition = (chain: string): string => `attachment; filename="audit-${chain.replace('@', '')}.jsonl"`;
  return [
    route({
      method: 'GET',
      path: '/api/v1/audit',
      access: 'admin',
      summary: 'What was done and refused in the tenant, newest first',
      input: auditRequest,
      output: auditResponse,
      handle: ({ input, caller }) => page(caller.tenant, input),
    }),
    route({
      method: 'GET',
      path: '/api/v1/audit/verify',
      access: 'admin',
      summary: "Recompute the hash chain of the tenant's audit log and say where it breaks",
      input: verifyRequest,
      output: auditVerifyResponse,
      handle: ({ input, caller }) => audit.verify(caller.tenant, noted(input)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/audit/export',
      access: 'admin',
      summary: "The tenant's audit log as JSON lines that can be verified by themselves",
      input: z.object({}),
      output: 'stream',
      async handle({ caller, setHeader }) {
        setHeader('content-disposition', disposition(caller.tenant));
        return lines(caller.tenant);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/instance/audit',
      access: 'operator',
      summary: 'What operators did and what concerns the instance, newest first',
      input: auditRequest,
      output: auditResponse,
      handle: ({ input }) => page(OPERATORS_CHAIN, input),
    }),
    route({
      method: 'GET',
      path: '/api/v1/instance/audit/verify',
      access: 'operator',
      summary: "Recompute the hash chain of the operators' audit log and say where it breaks",
      input: verifyRequest,
      output: auditVerifyResponse,
      handle: ({ input }) => audit.verify(OPERATORS_CHAIN, noted(input)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/instance/audit/export',
      access: 'operator',
      summary: "The operators' audit log as JSON lines that can be verified by themselves",
      input: z.object({}),
      output: 'stream',
      async handle({ setHeader }) {
        setHeader('content-disposition', disposition(OPERATORS_CHAIN));
        return lines(OPERATORS_CHAIN);
      },
    }),
  ];
}
