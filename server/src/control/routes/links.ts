import type { IncomingMessage } from 'node:http';
import type { TenantId } from '@hanok/contract';
import { type Log, type Route, serve } from '#base';
import { mailLink, mailOf, type SendMail } from '../identity/link-mail.ts';
import type { Links, MadeLink } from '../identity/links.ts';
import type { LinksTable } from '../schema.ts';
import type { Snapshot } from '../tenancy/snapshot.ts';
import { actorOf, instantOf } from './rows.ts';

/** Where a link leads: the secret stands behind `#`, so that browsers send it to nobody. */
export type UrlOfLink = (request: IncomingMessage, secret: string) => string;

/** `publicUrl` empty: where the request came to. Whether Hanok answers to that host is decided before. */
export const urlOfLink =
  (publicUrl: string): UrlOfLink =>
  (request, secret) => {
    const origin = publicUrl === '' ? `http://${request.headers.host ?? 'localhost'}` : new URL(publicUrl).origin;
    return `${origin}/join#${secret}`;
  };

interface Deps {
  readonly links: Links;
  readonly urlOf: UrlOfLink;
  readonly sendMail: SendMail | undefined;
  readonly snapshot: () => Snapshot;
  readonly log: Log;
}

const invitationRowOf = (row: LinksTable) => ({
  id: row.id,
  email: row.email,
  role: row.role ?? '',
  invitedBy: row.made_by_name,
  createdAt: instantOf(row.created_at),
  expiresAt: instantOf(row.expires_at),
});

export function linkRoutes({ links, urlOf, sendMail, snapshot, log }: Deps): Route[] {
  /** After the commit, so that nobody is sent a link that was never made. */
  const handOn = async ({ row, secret }: MadeLink, request: IncomingMessage, tenant: TenantId | null) => {
    const url = urlOf(request, secret);
    const name = tenant === null ? null : (snapshot().tenant(tenant)?.name ?? null);
    return {
      url,
      expiresAt: instantOf(row.expires_at),
      mail: await mailLink(sendMail, mailOf(row, name, url), log),
    };
  };
  return [
    serve('GET /api/v1/invitations', async ({ caller }) => ({
      invitations: (await links.list(caller.tenant)).map(invitationRowOf),
    })),
    serve('POST /api/v1/invitations', async (context) => {
      const { caller, granted, input, principal, raw } = context;
      const made = await links.invite(actorOf(context), principal, caller.tenant, granted, input);
      return { invitation: invitationRowOf(made.row), link: await handOn(made, raw.request, caller.tenant) };
    }),
    serve('DELETE /api/v1/invitations/:id', async (context) => {
      await links.revoke(actorOf(context), context.caller.tenant, context.input.id);
      return { done: true as const };
    }),
    serve('POST /api/v1/invitations/look', async ({ input, remote, requestId }) => {
      const { expiresAt, ...found } = await links.look(input.secret, { remote, requestId });
      return { ...found, expiresAt: instantOf(expiresAt) };
    }),
    serve('POST /api/v1/invitations/accept', ({ input: { secret, password }, remote, requestId }) =>
      links.accept(secret, password, { remote, requestId }),
    ),
    serve('POST /api/v1/users/:id/reset-link', async (context) => {
      const { caller, input, principal, raw } = context;
      const made = await links.resetOfMember(actorOf(context), principal, caller.tenant, input.id);
      return { link: await handOn(made, raw.request, caller.tenant) };
    }),
    serve('POST /api/v1/operators/:id/reset-link', async (context) => {
      const made = await links.resetOfOperator(actorOf(context), context.principal, context.input.id);
      return { link: await handOn(made, context.raw.request, null) };
    }),
  ];
}
