import { done, loginRequest, loginResponse, meResponse, passwordChangeRequest } from '@hanok/contract';
import { z } from 'zod';
import { type Clock, type Route, route } from '#base';
import type { Control, Tenant } from '#control';
import { deviceMarks, setDeviceCookie } from './device-cookie.ts';
import { callerOf, type PersonAuth } from './person.ts';
import { clearSessionCookie, setSessionCookie } from './session-cookie.ts';

interface Deps {
  readonly control: Control;
  readonly auth: PersonAuth;
  readonly clock: Clock;
  readonly secure: boolean;
  readonly endpoints: () => { readonly otlpHttp: string; readonly otlpGrpc: string; readonly ui: string };
}

const brief = ({ id, name, mode }: Tenant) => ({ id, name, mode });

/** Signing in and out, and who one is: the routes that know of cookies. Their audit rows are written by `control`. */
export function sessionRoutes({ control, auth, clock, secure, endpoints }: Deps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/login',
      access: 'public',
      summary:
        'Sign in; sets the session cookie and answers with the same token, usable as a bearer token. A second cookie makes the device known, so that failures of others do not hold up the next login from it',
      input: loginRequest,
      output: loginResponse,
      audit: 'login',
      async handle({ input: { email, password }, remote, requestId, raw, signal, setHeader }) {
        const { token, expiresAt, marks } = await control.login.login(
          email,
          password,
          { remote, requestId },
          { marks: deviceMarks(raw.request.headers.cookie), signal },
        );
        setHeader('set-cookie', setDeviceCookie(marks, secure));
        setHeader('set-cookie', setSessionCookie(token, Math.floor((expiresAt - clock.now()) / 1_000), secure));
        return { token, expiresAt: `${expiresAt}000000` };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/logout',
      access: 'person',
      summary: 'End this session',
      input: z.object({}),
      output: done,
      audit: 'logout',
      async handle({ raw, remote, requestId, setHeader }) {
        await control.login.logout(auth.identityOf(raw.request).session, { remote, requestId });
        setHeader('set-cookie', clearSessionCookie(secure));
        return { done: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/me',
      access: 'person',
      summary: 'Who is signed in, for which tenant, and where telemetry is sent to',
      input: z.object({}),
      output: meResponse,
      async handle(context) {
        const { person, session } = auth.identityOf(context.raw.request);
        const snapshot = control.snapshot();
        const caller = callerOf(context);
        const inForce = caller && snapshot.tenant(caller.tenant);
        const own = session.tenant === undefined ? snapshot.tenants : [snapshot.tenant(session.tenant)];
        return {
          email: person.email,
          role: person.role,
          tenant: inForce ? brief(inForce) : null,
          tenants: own.filter((tenant) => tenant !== undefined).map(brief),
          endpoints: endpoints(),
        };
      },
    }),
    route({
      method: 'PUT',
      path: '/api/v1/me/password',
      access: 'person',
      summary: 'Change your own password; ends your other sessions',
      input: passwordChangeRequest,
      output: done,
      audit: 'user.change-password',
      async handle({ input, raw, remote, requestId }) {
        const { session, person } = auth.identityOf(raw.request);
        const by = { name: person.email, tenant: session.tenant ?? null, remote, requestId };
        await control.users.changePassword(by, session, input.current, input.next);
        return { done: true as const };
      },
    }),
  ];
}
