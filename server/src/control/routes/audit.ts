import { auditResponse, auditVerifyResponse } from '@hanok/contract';
import { z } from 'zod';
import { type Caller, must, type Route, route } from '#base';
import type { AuditLog, AuditPage } from '../audit/log.ts';
import { fail } from '../errors.ts';
import { instantOf } from './rows.ts';

const pageRequest = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(32).optional().describe('From an earlier answer; older rows follow'),
});

function rowNumber(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (!/^\d{1,15}$/.test(cursor)) throw fail('control.invalid-cursor', 'this is no cursor', { at: 'cursor' });
  return Number(cursor);
}

export function auditRoutes(audit: AuditLog): Route[] {
  const page = async (input: z.output<typeof pageRequest>, tenant: string | undefined) => {
    const wanted: AuditPage = { tenant, before: rowNumber(input.cursor), limit: input.limit };
    const rows = await audit.page(wanted);
    return {
      rows: rows.map(({ seq, at, actor, tenant: owner, action, target, outcome, detail }) => ({
        seq,
        at: instantOf(at),
        actor,
        tenant: owner,
        action,
        target,
        outcome,
        detail: z.record(z.string(), z.unknown()).parse(JSON.parse(detail)),
      })),
      cursor: rows.length === input.limit ? String(rows.at(-1)!.seq) : null,
    };
  };
  return [
    route({
      method: 'GET',
      path: '/api/v1/audit',
      access: 'person',
      summary:
        "What was done and refused, newest first: an administrator's own tenant; for operators everything, or of the tenant they name",
      input: pageRequest,
      output: auditResponse,
      async handle({ input, person, caller, remote, requestId }) {
        if (person?.role === 'member') {
          audit.denied({
            actor: { name: person.email, tenant: caller?.tenant ?? null, remote, requestId },
            action: 'GET /api/v1/audit',
            target: '/api/v1/audit',
            outcome: 'denied',
            detail: { code: 'control.admins-only' },
          });
          throw fail('control.admins-only', 'the audit log is for administrators');
        }
        // An operator who names no tenant has no caller, and reads everything.
        const inForce: Caller | undefined = caller;
        must(inForce || person?.role === 'operator', 'only operators are without a tenant');
        return page(input, inForce?.tenant);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/audit/verify',
      access: 'operator',
      summary: 'Recompute the hash chain of the audit log and say where it breaks',
      input: z.object({
        seq: z.coerce.number().int().min(1).optional().describe('Number of a row noted down earlier'),
        hash: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional()
          .describe('Hash of that row'),
      }),
      output: auditVerifyResponse,
      handle: ({ input: { seq, hash } }) =>
        audit.verify(seq === undefined || hash === undefined ? undefined : { seq, hash }),
    }),
  ];
}
