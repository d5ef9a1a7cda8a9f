import { errorCatalogue, failer } from '#base';

export const EDGE_ERRORS = errorCatalogue({
  // ---- intake
  'edge.no-credential': {
    kind: 'caller',
    status: 401,
    grpc: 16,
    retry: false,
    fix: 'Send an ingest key: authorization: Bearer KEY, or x-hanok-key: KEY. A token of your issuer goes in the same place.',
  },
  'edge.unknown-key': {
    kind: 'caller',
    status: 401,
    grpc: 16,
    retry: false,
    fix: 'Check the key. Administrators make keys under Settings.',
  },
  /** The tenant whose key it was is told on its home. */
  'edge.revoked-key': {
    kind: 'caller',
    status: 401,
    grpc: 16,
    retry: false,
    fix: 'Give this sender a key that is in force, or stop it. Administrators make keys under Settings.',
  },
  /** The tenant whose key it was is told on its home. */
  'edge.expired-key': {
    kind: 'caller',
    status: 401,
    grpc: 16,
    retry: false,
    fix: 'Give this sender a key that is in force. Administrators make and rotate keys under Settings.',
  },
  /** The tenant whose key it is is told on its home which key it was, `reason` told; the sender is not. */
  'edge.key-elsewhere': {
    kind: 'caller',
    status: 403,
    grpc: 7,
    retry: false,
    fix: 'Send from a network that the key is for, or ask an administrator for a key for this one.',
  },
  /** A key that is in force is taken from the same address all the while. */
  'edge.wrong-keys': {
    kind: 'caller',
    status: 429,
    grpc: 8,
    retry: true,
    fix: 'Check the key that this sender has. Keys in force are taken from the same address meanwhile.',
  },
  /**
   * The sender's answer to every token that is refused, whatever the reason, so that nobody learns by it whose issuers there
   * are. The tenant is told the reason, `edge.refused-token`, once its issuer's key had signed the token.
   */
  'edge.unknown-token': {
    kind: 'caller',
    status: 401,
    grpc: 16,
    retry: false,
    fix: 'Check issuer, audience, expiry and tenant of the token. Administrators test tokens under Settings.',
  },
  /** On the home of the tenant, never answered. `reason`: STEP.REASON. */
  'edge.refused-token': {
    kind: 'caller',
    status: 401,
    grpc: 16,
    retry: false,
    fix: 'Test a token of this sender under Settings, and mend the sender or the issuer there.',
  },
  /** Tokens that were verified before are taken all the while. */
  'edge.tokens-busy': {
    kind: 'world',
    status: 503,
    grpc: 14,
    retry: true,
    fix: 'Send again; let the sender use a token for as long as it is valid.',
  },
  'edge.credential-conflict': {
    kind: 'caller',
    status: 401,
    grpc: 16,
    retry: false,
    fix: 'Send one credential, in one place.',
  },
  'edge.tenant-suspended': {
    kind: 'caller',
    status: 403,
    grpc: 7,
    retry: false,
    fix: 'Ask the operator of this Hanok.',
  },
  /** The same whether or not the named tenant exists. */
  'edge.tenant-mismatch': {
    kind: 'caller',
    status: 403,
    grpc: 7,
    retry: false,
    fix: 'Leave the header out, or name the tenant the credential belongs to.',
  },
  'edge.rate-limited': {
    kind: 'caller',
    status: 429,
    grpc: 8,
    retry: true,
    fix: 'Send less, or ask the operator for a higher limit.',
  },
  // ---- API
  'edge.repeated-header': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Send this header once; see whether a proxy on the way adds its own.',
  },
  'edge.repeated-session': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Delete the cookies of this site and of its parent domains, then sign in again.',
  },
  'edge.no-session': {
    kind: 'caller',
    status: 401,
    retry: false,
    fix: 'Sign in with POST /api/v1/login; ingest keys cannot read.',
  },
  'edge.port': {
    kind: 'world',
    status: 500,
    retry: false,
    fix: 'Stop what uses the port, or set HANOK_HTTP_PORT to another one.',
  },
  /** An operator named a tenant whose data they have not opened. */
  'edge.access-needed': {
    kind: 'caller',
    status: 403,
    retry: false,
    fix: 'Open it with a reason: POST /api/v1/tenants/TENANT/access. The tenant sees who did and why.',
  },
  'edge.forbidden': {
    kind: 'caller',
    status: 403,
    retry: false,
    fix: 'Ask an administrator, or sign in as somebody who may.',
  },
  /** What was let in is decided again when rights change. `reason`: session, role or tenant. */
  'edge.session-ended': {
    kind: 'caller',
    status: 401,
    retry: false,
    fix: 'Sign in again; when only the role was changed, ask again.',
  },
  'edge.cross-site': {
    kind: 'caller',
    status: 403,
    retry: false,
    fix: 'Call from the page Hanok itself serves, or use the token as a bearer token.',
  },
  'edge.tenant-needed': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Operators name the tenant they act for with x-hanok-tenant.',
  },
  /** For operators only; others get `edge.tenant-mismatch`. */
  'edge.unknown-tenant': { kind: 'caller', status: 404, retry: false, fix: 'See GET /api/v1/tenants.' },
  'edge.invalid-input': { kind: 'caller', status: 400, retry: false, fix: 'See GET /api/v1/openapi.json.' },
  'edge.invalid-json': { kind: 'caller', status: 400, retry: false, fix: 'Send one JSON object.' },
  'edge.content-type': { kind: 'caller', status: 415, retry: false, fix: 'Send content-type application/json.' },
  'edge.body-too-large': { kind: 'caller', status: 413, retry: false, fix: 'Send a smaller body.' },
  'edge.malformed-request': { kind: 'caller', status: 400, retry: false, fix: 'The request breaks HTTP.' },
  'edge.unknown-host': {
    kind: 'caller',
    status: 421,
    retry: false,
    fix: 'Use the address of this Hanok, or add the host to HANOK_ALLOWED_HOSTS.',
  },
  'edge.not-found': { kind: 'caller', status: 404, retry: false, fix: 'See GET /api/v1/openapi.json.' },
  'edge.too-many-streams': { kind: 'caller', status: 429, retry: true, fix: 'Close a live tail first.' },
  'edge.timeout': {
    kind: 'world',
    status: 504,
    retry: true,
    fix: 'Ask for less: a shorter range or a narrower query.',
  },
  'edge.closing': { kind: 'world', status: 503, retry: true },
  'edge.bug': { kind: 'bug', status: 500, retry: false, fix: 'Please report it with the request id.' },
});

export const fail = failer(EDGE_ERRORS);
