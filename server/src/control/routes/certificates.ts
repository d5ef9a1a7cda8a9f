import { signedCertificate } from '@hanok/contract';
import { type Route, serve } from '#base';
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
    serve('GET /api/v1/certificates', async ({ input: { tenant, limit, cursor } }) => {
      const found = await deletions.certificates({ tenant, before: cursor, limit: limit + 1 });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return { certificates: page.map(rowOf), next: last && found.length > limit ? certificateCursor(last) : null };
    }),
    serve('GET /api/v1/certificates/:id', async ({ input: { id } }) =>
      signedCertificate.parse(JSON.parse(await deletions.certificate(id))),
    ),
  ];
}
