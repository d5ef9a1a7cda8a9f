/** Shapes of the API about how people come in: one-time links, second factors, sessions. */
import { z } from 'zod';
import { newPassword, roleId } from './shapes.ts';

/** The secret of a one-time link: 256 bits. */
const linkSecret = z.string().regex(/^hl_[\w-]{43}$/, 'must be the secret of a link');

/** What an administrator hands on. The secret in it is shown in this answer only. */
const link = z.object({
  /** The secret stands behind `#`, so that no server's log has it. */
  url: z.string(),
  expiresAt: z.string(),
  /** Whether it was sent to the address; `failed`: hand it on yourself. `off`: no mail server is set. */
  mail: z.enum(['sent', 'failed', 'off']),
});

// ---- invitations ------------------------------------------------------------------------------------------

export const invitationRow = z.object({
  id: z.string(),
  email: z.string(),
  role: z.string(),
  invitedBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
});
export type InvitationRow = z.infer<typeof invitationRow>;
export const invitationsResponse = z.object({ invitations: z.array(invitationRow) });
export const invitationRequest = z.object({ email: z.email().max(254), role: roleId });
export const invitationResponse = z.object({ invitation: invitationRow, link });
export const resetLinkResponse = z.object({ link });

export const linkRequest = z.object({ secret: linkSecret });
export const linkResponse = z.object({
  kind: z.enum(['invitation', 'reset']),
  email: z.string(),
  /** Name of the tenant that invites; null for a reset. */
  tenant: z.string().nullable(),
  expiresAt: z.string(),
});
export type LinkResponse = z.infer<typeof linkResponse>;
export const linkAcceptRequest = z.object({ secret: linkSecret, password: newPassword });
export const linkAcceptResponse = z.object({ email: z.string() });
export const joinResponse = z.object({ tenant: z.string() });

// ---- second factors ---------------------------------------------------------------------------------------

export const signedIn = z.object({ token: z.string(), expiresAt: z.string() });
/** The password was right and something is left to do; the token opens nothing but that, for five minutes. */
export const halfSignedIn = z.object({
  mfa: z.object({
    token: z.string(),
    expiresAt: z.string(),
    /** `second-factor`: one is asked for. `set-up`: one must be set up first. */
    next: z.enum(['second-factor', 'set-up']),
  }),
});

const halfToken = z.string().regex(/^hf_[\w-]{43}$/, 'must be the token of the first step');
/** Six digits of an authenticator app, or a recovery code. */
const factorCode = z.string().trim().min(6).max(64);

export const secondFactorRequest = z.object({ token: halfToken, code: factorCode });
export const setUpRequest = z.object({ token: halfToken });
export const setUpConfirmRequest = z.object({ token: halfToken, code: factorCode });
/** For an authenticator app: by hand, or as a QR code of the address. */
export const totpSecret = z.object({ secret: z.string(), uri: z.string() });
const recoveryCodes = z.array(z.string());
/** Shown in this answer only. */
export const setUpConfirmResponse = signedIn.extend({ recoveryCodes });
export const recoveryCodesResponse = z.object({ recoveryCodes });

export const passwordProof = z.object({ password: z.string().min(1).max(1_024) });
export const totpConfirmRequest = z.object({ code: factorCode });

export const mySignInResponse = z.object({
  /** Since when an authenticator app is set up. */
  totpSince: z.string().nullable(),
  recoveryCodesLeft: z.number(),
  /** A tenant of theirs, or the installation, asks for a second factor. */
  required: z.boolean(),
});
export type MySignInResponse = z.infer<typeof mySignInResponse>;

// ---- sessions ---------------------------------------------------------------------------------------------

export const sessionRow = z.object({
  id: z.string(),
  createdAt: z.string(),
  seenAt: z.string(),
  expiresAt: z.string(),
  /** Address it began from. */
  remote: z.string(),
  /** The one that asks. */
  current: z.boolean(),
});
export type SessionRow = z.infer<typeof sessionRow>;
export const sessionsResponse = z.object({ sessions: z.array(sessionRow) });

// ---- settings of a tenant ---------------------------------------------------------------------------------

export const tenantSettings = z.object({
  /** Its people need a second factor; who has none sets one up at the next sign-in. */
  mfaRequired: z.boolean(),
});
export const tenantSettingsPatch = tenantSettings.partial();
