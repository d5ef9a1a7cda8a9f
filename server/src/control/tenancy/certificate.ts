import type { DeletionCertificate, SignedCertificate } from '@hanok/contract';
import { deletionCertificate, signedCertificate } from '@hanok/contract';
import { fail } from '../errors.ts';
import { keyIdOf, verifyText } from '../signing/signature.ts';
import type { InstanceSigner } from '../signing/signer.ts';

/** What is signed: the certificate as compact JSON, its members in the order in which they stand. */
const signedText = (certificate: DeletionCertificate): string => JSON.stringify(certificate);

export function issueCertificate(signer: InstanceSigner, wanted: DeletionCertificate): string {
  // In the order in which whoever checks it will have the members.
  const certificate = deletionCertificate.parse(wanted);
  return render({ certificate, signature: signer.sign('tenant-deletion', signedText(certificate)) });
}

const render = (signed: SignedCertificate): string => `${JSON.stringify(signed, null, 2)}\n`;

export interface CertificateCheck {
  readonly certificate: DeletionCertificate;
  /** Is the key that it was checked with one that was given, or the one it brings along? */
  readonly trusted: boolean;
}

/**
 * Checks a certificate's file without the instance that issued it. Without `publicKey` (SPKI as PEM) the key in the
 * certificate is used, which proves that it was not changed, but not who issued it. Throws `control.certificate-invalid`.
 */
export function checkCertificate(text: string, publicKey?: string): CertificateCheck {
  const invalid = (reason: string, message: string) => fail('control.certificate-invalid', message, { reason });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('not-json', 'the file is not JSON');
  }
  const parsed = signedCertificate.safeParse(value);
  if (!parsed.success) throw invalid('not-a-certificate', 'the file is not the certificate of a deletion');
  const { certificate, signature } = parsed.data;
  // A name twice, or members that the format does not know, would show a reader what was not signed. As a file, and as the API
  // gives it out.
  const asIssued = [render(parsed.data).trimEnd(), JSON.stringify(parsed.data)];
  if (!asIssued.includes(text.replaceAll('\r\n', '\n').trimEnd()))
    throw invalid('rewritten', 'the file is not as it was issued');
  const key = publicKey ?? certificate.signer.publicKey;
  if (!verifyText(key, 'tenant-deletion', signedText(certificate), signature))
    throw invalid('signature', 'the signature does not fit the certificate and the key');
  if (keyIdOf(key) !== certificate.signer.keyId)
    throw invalid('other-key', 'the certificate names another key than the one that signed it');
  return { certificate, trusted: publicKey !== undefined };
}
