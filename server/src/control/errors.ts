import { errorCatalogue, failer } from '#base';

export const CONTROL_ERRORS = errorCatalogue({
  'control.wrong-credentials': {
    kind: 'caller',
    status: 401,
    retry: false,
    fix: 'Check e-mail address and password; an administrator of your tenant can set a new password.',
  },
  'control.wrong-password': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Type the password you signed in with; after several failures wait as long as the answer says.',
  },
  'control.login-throttled': {
    kind: 'caller',
    status: 429,
    retry: true,
    fix: 'Wait as long as the answer says; each further failure doubles the wait.',
  },
  'control.busy': { kind: 'world', status: 503, retry: true },
  /** PostgreSQL alone: refused, reset, shutting down, or out of connections. */
  'control.away': {
    kind: 'world',
    status: 503,
    retry: true,
    fix: 'Ingest goes on with what is known of tenants and keys; try again when the control database is back.',
  },
  'control.not-empty': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Copy into a database of its own that nothing has used yet.',
  },
  /** What was read back differs, or the audit log's chain is broken; nothing was committed. */
  'control.copy-differs': {
    kind: 'bug',
    status: 500,
    retry: false,
    fix: 'Nothing was copied. If the text names a row of the audit log, somebody changed that row: look there first.',
  },
  'control.invalid-url': {
    kind: 'caller',
    status: 500,
    retry: false,
    fix: 'Write it as postgres://USER:PASSWORD@HOST/DATABASE, or leave it empty for the SQLite file in the data directory.',
  },
  'control.not-found': { kind: 'caller', status: 404, retry: false, fix: 'Check the id; the list shows what exists.' },
  /** Reasons: `reserved`, `hyphens`. */
  'control.reserved-id': { kind: 'caller', status: 400, retry: false, fix: 'Choose another id.' },
  'control.tenant-id-used': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Choose another id: that of a deleted tenant is not given again.',
  },
  'control.tenant-deleting': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Undelete the tenant first, while its removal has not begun.',
  },
  'control.tenant-not-deleting': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'There is nothing to undo: the tenant is not being deleted.',
  },
  'control.tenant-removing': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'The removal has begun and cannot be undone; its certificate follows.',
  },
  'control.tenant-gone': {
    kind: 'caller',
    status: 410,
    retry: false,
    fix: 'The certificate of its deletion says what was removed.',
  },
  'control.delete-unconfirmed': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Repeat the id of the tenant in `confirm`; a delay of 0 also needs `immediately`.',
  },
  /** Reasons: `not-json`, `not-a-certificate`, `rewritten`, `signature`, `other-key`. */
  'control.certificate-invalid': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Use the file as it was downloaded or as it lies in `certificates/`, and the public key of the instance that issued it.',
  },
  'control.tenant-exists': { kind: 'caller', status: 409, retry: false, fix: 'Choose another id.' },
  /** Addresses are unique in the whole instance. The text does not say where the other account is. */
  'control.email-unavailable': { kind: 'caller', status: 409, retry: false, fix: 'Use another e-mail address.' },
  /** `reason`: url-missing, keys-missing, keys-unreadable, key-private, key-weak, key-kind, secret-missing, secret-short, algorithm. */
  'control.invalid-jwt-issuer': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Mend what the text names; POST /api/v1/jwt-issuers/test then says what a token would meet.',
  },
  'control.jwt-issuer-exists': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Change the one that is there.',
  },
  'control.last-owner': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Make another person an owner first.',
  },
  'control.last-operator': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Give another person the role of an operator with all permissions first.',
  },
  /** Owners are made, changed and removed by owners alone. */
  'control.owner': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'An owner of the tenant takes the ownership from this person first.',
  },
  'control.role-unknown': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'GET /api/v1/roles lists the roles that can be given.',
  },
  'control.role-in-use': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Give its members and service accounts another role first.',
  },
  /** Nobody gives, changes or takes more than they hold. */
  'control.more-than-yours': {
    kind: 'caller',
    status: 403,
    retry: false,
    fix: 'Leave out what you may not do yourself, or ask somebody who may.',
  },
  'control.more-than-account': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Choose among what the role of the service account allows.',
  },
  'control.permission-elsewhere': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Tokens of a tenant have permissions in it; tokens of the installation have permissions of the installation.',
  },
  /** Setting a password opens the account in every tenant that it belongs to. */
  'control.shared-account': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'The person resets the password themselves, or an operator does.',
  },
  /** `reason`: common, address or tenant. */
  'control.common-password': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Choose another one: several words that do not belong together, or one that a password manager makes.',
  },
  /** The same for links that never were, are used, revoked or too old, or whose maker may no longer make them. */
  'control.invalid-link': {
    kind: 'caller',
    status: 404,
    retry: false,
    fix: 'Ask who sent the link for a new one; it works once, for seven days.',
  },
  'control.account-exists': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Sign in with your account, then open the link again to join with it.',
  },
  'control.other-address': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Sign out, then sign in with the account of the address that the link was made for.',
  },
  'control.already-member': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Change the role of this person instead.',
  },
  /** The token of the first step is too old or used up, or the password is another one now. */
  'control.half-token': { kind: 'caller', status: 401, retry: false, fix: 'Sign in again with your password.' },
  'control.wrong-code': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Type the code that the app shows now; each works once. A recovery code works as well.',
  },
  'control.second-factor-there': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Remove the authenticator app first.',
  },
  'control.no-second-factor': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Begin to set up an authenticator app first.',
  },
  /** The tenant, or the installation, asks its people for one. */
  'control.second-factor-required': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Keep it, or ask an administrator to take it from you so that you can set up another at the next sign-in.',
  },
  'control.sealed-elsewhere': {
    kind: 'world',
    status: 500,
    retry: false,
    fix: 'Copy second-factor/key from the data directory that the database was used with; processes on one database need the same.',
  },
  'control.people-only': { kind: 'caller', status: 403, retry: false, fix: 'Sign in as a person.' },
  /** `reason`: the limit, where it is one of the tenant's. */
  'control.too-many': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Remove what is no longer used first, or ask the operator for a higher limit.',
  },
  'control.key-replaced': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Rotate the key that was made in its place.',
  },
  'control.plan-unknown': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'GET /api/v1/plans lists the plans.',
  },
  'control.plan-exists': { kind: 'caller', status: 409, retry: false, fix: 'Choose another id, or change that plan.' },
  'control.plan-in-use': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Give its tenants another plan first. The standard plan stays.',
  },
  /** `reason`: the limit. */
  'control.beyond-limit': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Stay within the limit, or ask the operator for a higher one.',
  },
  /** The engine of a new silo did not open; nothing of the tenant is kept. */
  'control.tenant-not-opened': { kind: 'world', status: 503, retry: true },
  'control.invalid-cursor': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Use the cursor of an earlier answer unchanged.',
  },
  'control.no-such-chain': {
    kind: 'caller',
    status: 404,
    retry: false,
    fix: 'Name the id of a tenant, or @operators.',
  },
  'control.older-schema': {
    kind: 'world',
    status: 500,
    retry: false,
    fix: 'Start this version of Hanok on it once; it brings the database up to date.',
  },
  'control.newer-schema': {
    kind: 'world',
    status: 500,
    retry: false,
    fix: 'The control database was written by a newer Hanok; start that version or restore a backup.',
  },
});

export const fail = failer(CONTROL_ERRORS);
