import { JWT_STEPS, type JwtTestResponse } from '@hanok/contract';
import { type Route, serve } from '#base';
import type { TokenJudge, Verdict } from './judge.ts';

export function jwtTestRoutes(judge: TokenJudge): Route[] {
  return [
    serve('POST /api/v1/jwt-issuers/test', async ({ caller, input }) =>
      stepsOf(await judge.test(caller.tenant, input.token.trim())),
    ),
  ];
}

export function stepsOf(verdict: Verdict): JwtTestResponse {
  const failed = verdict.ok ? JWT_STEPS.length : JWT_STEPS.indexOf(verdict.fault.step);
  return {
    accepted: verdict.ok,
    issuer: verdict.issuer ? { id: verdict.issuer.id, name: verdict.issuer.name } : null,
    expiresAt: verdict.ok ? `${Math.round(verdict.expiresAt)}000000` : null,
    steps: JWT_STEPS.map((step, index) => {
      if (verdict.ok || index < failed) return { step, outcome: 'passed' as const };
      if (index > failed) return { step, outcome: 'skipped' as const };
      const { reason, values } = verdict.fault;
      return { step, outcome: 'failed' as const, reason, ...(values && { values }) };
    }),
  };
}
