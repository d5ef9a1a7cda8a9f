import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkCertificate } from '#control';
import { fail } from './errors.ts';

export const CERTIFICATE_USAGE = `usage: hanok certificate verify FILE [--public-key FILE]
       hanok certificate list

  verify  checks the certificate of a deletion without the instance that issued it. The public key is that instance's
          signing/public.pem; without --public-key the one in HANOK_DATA_DIR is used, if there is one
  list    asks a running instance
`;

/** `hanok certificate verify FILE`; returns what to print. Throws `control.certificate-invalid`. */
export function verifyCertificate(file: string, keyFile: string | undefined, dataDir: string): string {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      throw fail('main.unreadable', `${path} cannot be read`, { cause });
    }
  };
  const own = join(resolve(dataDir), 'signing', 'public.pem');
  const keyPath = keyFile ?? (existsSync(own) ? own : undefined);
  const { certificate, trusted } = checkCertificate(read(file), keyPath === undefined ? undefined : read(keyPath));
  const time = (instant: string) => new Date(Number(BigInt(instant) / 1_000_000n)).toISOString();
  const { tenant, requested, removal, store, journal, stays, signer } = certificate;
  const rows = store.tables.reduce((sum, one) => sum + one.rows, 0);
  const days = new Set(store.tables.flatMap((one) => one.days.map(({ day }) => day)));
  return [
    `The certificate ${certificate.id} is as it was signed.`,
    `  tenant     ${tenant.id} (${tenant.name}), ${tenant.mode}, made ${time(tenant.createdAt)}`,
    `  asked      ${time(requested.at)} by ${requested.by}: ${requested.reason}`,
    `  removed    ${time(removal.beganAt)} to ${time(removal.finishedAt)}`,
    store.counted
      ? `  store      ${rows.toLocaleString('en')} rows of ${days.size} days from ${store.tables.length} tables of ${store.name}`
      : `  store      ${store.name} was deleted without its rows having been counted`,
    `  journal    ${journal.bytes.toLocaleString('en')} bytes, ${journal.deadLetters} entries that had been put aside`,
    `  found then ${certificate.verification.rows} rows`,
    `  stays      ${stays.auditRows} rows of the audit log, whose newest was ${stays.auditHead.seq} with hash ${stays.auditHead.hash}`,
    trusted
      ? `  key        ${signer.keyId}, the one in ${keyPath}`
      : `  key        ${signer.keyId}, which the certificate brings along: compare it with the instance's signing/public.pem`,
    '',
  ].join('\n');
}
