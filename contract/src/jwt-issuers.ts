/** Shapes of the settings by which a tenant lets senders in with JSON Web Tokens of an issuer of its own. */
import { z } from 'zod';
import { displayName } from './names.ts';

/** Signatures with a public key, and those with a secret that both sides have. `none` is not among them. */
export const PUBLIC_KEY_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
export const JWT_ALGORITHMS = [...PUBLIC_KEY_ALGORITHMS, ...SECRET_ALGORITHMS] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

/**
 * Where the keys are: `discovery` the issuer's own description (OpenID Connect Discovery), `jwks` a URL of a key set, `static`
 * keys that are given here, `secret` a shared secret that is.
 */
export const JWT_KEY_SOURCES = ['discovery', 'jwks', 'static', 'secret'] as const;
export type JwtKeySource = (typeof JWT_KEY_SOURCES)[number];

/** Text that a token may be held against: without control characters, which PostgreSQL or a log would not keep. */
const plain = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !/\p{Cc}|\p{Cs}/u.test(text), 'must not contain control characters');

/** The name of a claim; of one inside another with dots between. A claim of exactly this name comes first. */
const claimPath = plain(256);

export const jwtIssuerRequest = z.object({
  name: displayName,
  /** What `iss` of its tokens is, exactly. */
  issuer: plain(512),
  source: z.enum(JWT_KEY_SOURCES),
  /** With `jwks`. */
  jwksUrl: z.string().min(1).max(2_048).optional(),
  /** With `static`: a JWK, a JWK set, or public keys and certificates in PEM. */
  keys: z.string().min(1).max(64_000).optional(),
  /** With `secret`. Never shown again; left out in a change, the one that is there stays. */
  secret: z.string().min(1).max(1_024).optional(),
  /** `aud` of a token must name one of them. */
  audiences: z.array(plain(512)).min(1).max(10),
  /** Default: all that the source can have. */
  algorithms: z.array(z.enum(JWT_ALGORITHMS)).min(1).max(JWT_ALGORITHMS.length).optional(),
  /** What clocks may differ by. */
  leewaySeconds: z.number().int().min(0).max(300).default(30),
  /** Claims that a token must have; with `value`, exactly that text, number, truth, or a list that has it. */
  requiredClaims: z
    .array(z.object({ claim: claimPath, value: plain(512).optional() }))
    .max(10)
    .default([]),
  /** The claim that must be the id of this tenant. */
  tenantClaim: claimPath.default('tenantId'),
});
export type JwtIssuerRequest = z.output<typeof jwtIssuerRequest>;

export const jwtIssuerRow = z.object({
  id: z.string(),
  name: z.string(),
  issuer: z.string(),
  source: z.enum(JWT_KEY_SOURCES),
  jwksUrl: z.string().nullable(),
  /** With `static`: public keys, as a JWK set. */
  keys: z.string().nullable(),
  audiences: z.array(z.string()),
  algorithms: z.array(z.enum(JWT_ALGORITHMS)),
  leewaySeconds: z.number(),
  requiredClaims: z.array(z.object({ claim: z.string(), value: z.string().optional() })),
  tenantClaim: z.string(),
  createdAt: z.string(),
  changedAt: z.string(),
});
export type JwtIssuerRow = z.infer<typeof jwtIssuerRow>;
export const jwtIssuersResponse = z.object({ issuers: z.array(jwtIssuerRow) });

/** In the order in which a token is looked at; what comes after the first that fails is not looked at. */
export const JWT_STEPS = [
  'form',
  'issuer',
  'algorithm',
  'keys',
  'signature',
  'expiry',
  'not-before',
  'audience',
  'claims',
  'tenant',
] as const;
export type JwtStep = (typeof JWT_STEPS)[number];

export const jwtTestRequest = z.object({ token: z.string().min(1).max(16_384) });
export const jwtTestResponse = z.object({
  accepted: z.boolean(),
  /** The one of the tenant's issuers whose token it is. */
  issuer: z.object({ id: z.string(), name: z.string() }).nullable(),
  expiresAt: z.string().nullable(),
  steps: z.array(
    z.object({
      step: z.enum(JWT_STEPS),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      /** Why it failed: a stable code. */
      reason: z.string().optional(),
      /** What the reason names. */
      values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    }),
  ),
});
export type JwtTestResponse = z.infer<typeof jwtTestResponse>;
