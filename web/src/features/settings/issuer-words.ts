/** Reasons of a refused token that have words, as STEP.REASON. */
const REASONS = [
  'form.too-long',
  'form.segments',
  'form.encoding',
  'form.header',
  'form.payload',
  'form.critical',
  'form.type',
  'form.unsigned',
  'issuer.unknown',
  'issuer.missing',
  'algorithm.not-allowed',
  'keys.no-key',
  'keys.status',
  'keys.not-json',
  'keys.no-key-set',
  'keys.no-usable-key',
  'keys.no-jwks-uri',
  'keys.issuer-differs',
  'signature.wrong',
  'expiry.missing',
  'expiry.expired',
  'not-before.unreadable',
  'not-before.too-early',
  'audience.missing',
  'audience.other',
  'claims.missing',
  'claims.other',
  'tenant.missing',
  'tenant.other',
] as const;
export type TokenReason = (typeof REASONS)[number];

export const hasReason = (key: string): key is TokenReason => REASONS.some((one) => one === key);
export const reasonId = (key: TokenReason) => `settings.issuers.reason.${key}` as const;
