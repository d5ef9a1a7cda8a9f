import { z } from 'zod';
import { type Route, serve } from '#base';
import type { AuditLog, AuditPage } from '../audit/log.ts';
import { fail } from '../errors.ts';
import { instantOf } from './rows.ts';

function rowNumber(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (!/^\d{1,15}$/.test(cursor)) throw fail('control.invalid-cursor', 'this is no cursor', { at: 'cursor' });
  return Number(cursor);
}

export function auditRoutes(audit: AuditLog): Route[] {
  const page = async (
    input: { readonly limit: number; readonly cursor?: string | undefined },
    tenant: string | undefined,
  ) => {
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
    serve('GET /api/v1/audit', ({ input, caller }) => page(input, caller.tenant)),
    serve('GET /api/v1/instance/audit', ({ input }) => page(input, undefined)),
    serve('GET /api/v1/audit/verify', ({ input: { seq, hash } }) =>
      audit.verify(seq === undefined || hash === undefined ? undefined : { seq, hash }),
    ),
  ];
}
