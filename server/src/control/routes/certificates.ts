import { certificatesRequest, certificatesResponse, signedCertificate } from '@hanok/contract';
import { z } from 'zod';
import { type Route, route } from '#base';
import { type CertificateRecord, certificateCursor, type Deletions } from '../tenancy/deletions.ts';
import { instantOf } from './rows.ts';

const rowOf = (record: CertificateRecord) => ({
  id: record.id,
  tenant: record.tenant,
  name: record.name,
  issuedAt: instantOf(record.issued_at),
  requestedBy: record.requested_by,
  rows: record.removed_rows,
});

export function certificateRoutes(deletions: Deletions): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/certificates',
      access: 'operator',
      summary: 'Certificates of deleted tenants, newest first',
      input: certificatesRequest,
      output: certificatesResponse,
      async handle({ input: { tenant, limit, cursor } }) {
        const found = await deletions.certificates({ tenant, before: cursor, limit: limit + 1 });
        const page = found.slice(0, limit);
        const last = page.at(-1);
        return { certificates: page.map(rowOf), next: last && found.length > limit ? certificateCursor(last) : null };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/certificates/:id',
      access: 'operator',
      summary: 'One certificate with its signature; `hanok certificate verify` checks it as a file',
      input: z.object({ id: z.string().max(64) }),
      output: signedCertificate,
      handle: async ({ input: { id } }) => signedCertificate.parse(JSON.parse(await deletions.certificate(id))),
    }),
  ];
}
