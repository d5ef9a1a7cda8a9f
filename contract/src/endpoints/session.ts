import { z } from 'zod';
import { meResponse, myTenantsRequest, myTenantsResponse, passwordChangeRequest } from '../access/shapes.ts';
import { halfSignedIn, signedIn } from '../access/sign-in.ts';
import { done } from '../admin.ts';
import { loginRequest } from '../api.ts';
import { endpoint } from './endpoint.ts';

/** Signing in and out, and what a person does with their own account. */
export const SESSION_ENDPOINTS = {
  'POST /api/v1/login': endpoint({
    permission: 'public',
    summary:
      'Sign in; sets the session cookie and answers with the same token, usable as a bearer token. A second cookie makes the device known, so that failures of others do not hold up the next login from it. Who has or needs a second factor is given the token of the second step instead',
    input: loginRequest,
    output: z.union([signedIn, halfSignedIn]),
    audit: 'login',
  }),
  'POST /api/v1/logout': endpoint({
    permission: 'person',
    summary: 'End this session',
    input: z.object({}),
    output: done,
    audit: 'logout',
  }),
  'GET /api/v1/me': endpoint({
    permission: 'signed-in',
    summary: 'Who is signed in, for which tenant, what they may, and where telemetry is sent to',
    input: z.object({}),
    output: meResponse,
  }),
  'GET /api/v1/me/tenants': endpoint({
    permission: 'signed-in',
    summary: 'Tenants that you may act for, by name, page by page; for operators all of them',
    input: myTenantsRequest,
    output: myTenantsResponse,
  }),
  'PUT /api/v1/me/password': endpoint({
    permission: 'person',
    summary: 'Change your own password; ends your other sessions',
    input: passwordChangeRequest,
    output: done,
    audit: 'user.change-password',
  }),
} as const;
