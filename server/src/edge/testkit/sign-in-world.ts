/** What the suites say of endpoints that take secrets of their own; none of these is anybody's. */
const token = `hf_${'A'.repeat(43)}`;
const secret = `hl_${'A'.repeat(43)}`;

export const SIGN_IN_SAMPLES: Readonly<Record<string, unknown>> = {
  'POST /api/v1/login/second-factor token': token,
  'POST /api/v1/login/set-up token': token,
  'POST /api/v1/login/set-up/confirm token': token,
  'POST /api/v1/invitations/look secret': secret,
  'POST /api/v1/invitations/accept secret': secret,
  'POST /api/v1/me/invitations secret': secret,
};

/** Whoever guesses is made to wait, so that of two guesses the later one may be answered otherwise. */
const GUESSES: ReadonlyArray<readonly [operation: string, name: RegExp]> = [
  ['PUT /api/v1/me/password', / in (?:current|next)$|^with x-/],
  ['POST /api/v1/me/totp', / in password$|^with x-/],
  ['POST /api/v1/me/totp/confirm', / in code$|^with x-/],
  ['POST /api/v1/me/totp/remove', / in password$|^with x-/],
  ['POST /api/v1/me/recovery-codes', / in password$|^with x-/],
  ['POST /api/v1/me/invitations', / in secret$|^with x-/],
  ['POST /api/v1/invitations/look', / in secret$|^with x-/],
  ['POST /api/v1/invitations/accept', / in (?:secret|password)$|^with x-/],
];

export const GUESSING_EXEMPT = GUESSES.map(([operation, name]) => ({
  operation,
  name,
  reason: 'guessing is throttled: the one of two guesses that comes later may be told to wait',
  sometimes: true as const,
}));
