import { type Clock, must, type Route, serve } from '#base';
import { type Control, homeOf, type Opened, type Rights, type Session } from '#control';
import { deviceMarks, setDeviceCookie } from './device-cookie.ts';
import { briefOf, pageOfTenants, tenantsFor } from './my-tenants.ts';
import type { PrincipalAuth } from './principal-auth.ts';
import { clearSessionCookie, setSessionCookie } from './session-cookie.ts';

interface Deps {
  readonly control: Control;
  readonly auth: PrincipalAuth;
  readonly clock: Clock;
  readonly secure: boolean;
  readonly endpoints: () => { readonly otlpHttp: string; readonly otlpGrpc: string; readonly ui: string };
}

/** Tenants that `me` names; the rest come page by page. */
const NAMED = 50;

/** Signing in and out, and who one is: the routes that know of cookies. Their audit rows are written by `control`. */
export function sessionRoutes({ control, auth, clock, secure, endpoints }: Deps): Route[] {
  const opening = (
    { token, expiresAt, marks }: Pick<Opened, 'token' | 'expiresAt' | 'marks'>,
    setHeader: (name: string, value: string) => void,
  ) => {
    setHeader('set-cookie', setDeviceCookie(marks, secure));
    setHeader('set-cookie', setSessionCookie(token, Math.floor((expiresAt - clock.now()) / 1_000), secure));
    return { token, expiresAt: `${expiresAt}000000` };
  };
  return [
    serve('POST /api/v1/login', async ({ input: { email, password }, remote, requestId, raw, signal, setHeader }) => {
      const opened = await control.login.login(
        email,
        password,
        { remote, requestId },
        { marks: deviceMarks(raw.request.headers.cookie), signal },
      );
      const { token, expiresAt, next } = opened;
      // No cookie: the token of the first step is no session.
      if (next !== 'nothing') return { mfa: { token, expiresAt: `${expiresAt}000000`, next } };
      return opening(opened, setHeader);
    }),
    serve('POST /api/v1/login/second-factor', async ({ input, remote, requestId, raw, setHeader }) => {
      const marks = deviceMarks(raw.request.headers.cookie);
      const from = { remote, requestId };
      return opening(await control.secondStep.finish(input.token, input.code, from, { marks }), setHeader);
    }),
    serve('POST /api/v1/login/set-up', ({ input, remote, requestId }) =>
      control.secondStep.beginSetUp(input.token, { remote, requestId }),
    ),
    serve('POST /api/v1/login/set-up/confirm', async ({ input, remote, requestId, raw, setHeader }) => {
      const marks = deviceMarks(raw.request.headers.cookie);
      const from = { remote, requestId };
      const opened = await control.secondStep.confirmSetUp(input.token, input.code, from, { marks });
      return { ...opening(opened, setHeader), recoveryCodes: [...opened.recoveryCodes] };
    }),
    serve('POST /api/v1/logout', async ({ raw, remote, requestId, setHeader }) => {
      await control.login.logout(personOf(auth.identityOf(raw.request).rights), { remote, requestId });
      setHeader('set-cookie', clearSessionCookie(secure));
      return { done: true as const };
    }),
    serve('GET /api/v1/me', async ({ raw }) => {
      const { rights, principal, inForce, closed } = auth.identityOf(raw.request);
      const snapshot = control.snapshot();
      const named = inForce?.tenant ?? closed;
      const tenant = named === undefined ? undefined : snapshot.tenant(named);
      const { tenants, total } = pageOfTenants(tenantsFor(rights, snapshot), { search: '', limit: NAMED });
      const until = inForce?.right.until;
      return {
        kind: principal.kind === 'token' ? ('token' as const) : ('person' as const),
        email: principal.name,
        operatorRole: rights.operatorRole,
        instancePermissions: [...principal.instance],
        tenant: tenant
          ? {
              ...briefOf(tenant),
              role: inForce?.right.role ?? null,
              permissions: [...(inForce?.right.permissions ?? [])],
              until: until === undefined ? null : `${until}000000`,
            }
          : null,
        tenants: tenants.map(briefOf),
        tenantCount: total,
        endpoints: endpoints(),
      };
    }),
    serve('GET /api/v1/me/tenants', async ({ input, raw }) => {
      const { rights } = auth.identityOf(raw.request);
      const { tenants, cursor, total } = pageOfTenants(tenantsFor(rights, control.snapshot()), input);
      return { tenants: tenants.map(briefOf), cursor, total };
    }),
    serve('PUT /api/v1/me/password', async ({ input, raw, remote, requestId }) => {
      const session = personOf(auth.identityOf(raw.request).rights);
      const by = { name: session.principal.name, tenant: homeOf(session) ?? null, remote, requestId };
      await control.users.changePassword(by, session, input.current, input.next);
      return { done: true as const };
    }),
  ];
}

/** The endpoint is for people: its permission says so. */
export function personOf(rights: Rights): Session {
  const { principal } = rights;
  must(principal.kind === 'person', 'the endpoint is for people');
  return { ...rights, principal: { ...principal, kind: 'person' } };
}
