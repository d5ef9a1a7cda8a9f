import { type Route, serve } from '#base';
import { type Control, homeOf, type Session } from '#control';
import type { PrincipalAuth } from './principal-auth.ts';
import { personOf } from './session-routes.ts';

interface Deps {
  readonly control: Control;
  readonly auth: PrincipalAuth;
}

const instantOf = (ms: number): string => `${ms}000000`;

/** What people do with their own account: second factor, sessions, joining a tenant. */
export function accountRoutes({ control, auth }: Deps): Route[] {
  const byOf = (session: Session, { remote, requestId }: { readonly remote: string; readonly requestId: string }) => ({
    name: session.principal.name,
    tenant: homeOf(session) ?? null,
    remote,
    requestId,
    operator: session.principal.instance.size > 0,
  });
  return [
    serve('GET /api/v1/me/sign-in', async ({ raw }) => {
      const { totpSince, ...mine } = await control.factors.mine(personOf(auth.identityOf(raw.request).rights));
      return { ...mine, totpSince: totpSince === null ? null : instantOf(totpSince) };
    }),
    serve('POST /api/v1/me/totp', (context) => {
      const session = personOf(auth.identityOf(context.raw.request).rights);
      return control.factors.begin(byOf(session, context), session, context.input.password);
    }),
    serve('POST /api/v1/me/totp/confirm', async (context) => {
      const session = personOf(auth.identityOf(context.raw.request).rights);
      return {
        recoveryCodes: [...(await control.factors.confirm(byOf(session, context), session, context.input.code))],
      };
    }),
    serve('POST /api/v1/me/totp/remove', async (context) => {
      const session = personOf(auth.identityOf(context.raw.request).rights);
      await control.factors.remove(byOf(session, context), session, context.input.password);
      return { done: true as const };
    }),
    serve('POST /api/v1/me/recovery-codes', async (context) => {
      const session = personOf(auth.identityOf(context.raw.request).rights);
      const codes = await control.factors.newRecoveryCodes(byOf(session, context), session, context.input.password);
      return { recoveryCodes: [...codes] };
    }),
    serve('GET /api/v1/me/sessions', async ({ raw }) => {
      const { principal, tokenHash: own } = personOf(auth.identityOf(raw.request).rights);
      const sessions = await control.sessions.list(principal.id);
      return {
        sessions: sessions.map(({ id, tokenHash, createdAt, seenAt, expiresAt, remote }) => ({
          id,
          createdAt: instantOf(createdAt),
          seenAt: instantOf(seenAt),
          expiresAt: instantOf(expiresAt),
          remote,
          current: tokenHash === own,
        })),
      };
    }),
    serve('DELETE /api/v1/me/sessions/:id', async (context) => {
      const session = personOf(auth.identityOf(context.raw.request).rights);
      await control.login.endSession(byOf(session, context), session, context.input.id);
      return { done: true as const };
    }),
    serve('POST /api/v1/me/invitations', async (context) => {
      const session = personOf(auth.identityOf(context.raw.request).rights);
      return control.links.join(byOf(session, context), session, context.input.secret);
    }),
  ];
}
