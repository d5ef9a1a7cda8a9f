import {
  done,
  passwordResetRequest,
  passwordResetResponse,
  userCreateRequest,
  userCreateResponse,
  userRoleRequest,
  userRow,
  usersResponse,
} from '@hanok/contract';
import { z } from 'zod';
import { type Route, route } from '#base';
import type { Users } from '../identity/users.ts';
import { actorOf, userRowOf } from './rows.ts';

const userId = z.string().max(64);

export function userRoutes(users: Users): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/users',
      access: 'admin',
      summary: 'People of the tenant',
      input: z.object({}),
      output: usersResponse,
      handle: async ({ caller }) => ({ users: (await users.list(caller.tenant)).map(userRowOf) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/users',
      access: 'admin',
      summary: 'Add a person to the tenant; without a password one is made and shown in this answer only',
      input: userCreateRequest,
      output: userCreateResponse,
      audit: 'user.create',
      async handle(context) {
        const { user, password } = await users.create(actorOf(context), context.caller.tenant, context.input);
        return { user: userRowOf(user), password };
      },
    }),
    route({
      method: 'PUT',
      path: '/api/v1/users/:id/password',
      access: 'admin',
      summary: 'Set a new password for a person and end their sessions',
      input: passwordResetRequest.extend({ id: userId }),
      output: passwordResetResponse,
      audit: 'user.reset-password',
      async handle(context) {
        const { id, password } = context.input;
        return { password: await users.resetPassword(actorOf(context), context.caller.tenant, id, password) };
      },
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/users/:id',
      access: 'admin',
      summary: 'Give a person another role; what they have open is decided again',
      input: userRoleRequest.extend({ id: userId }),
      output: userRow,
      audit: 'user.change-role',
      async handle(context) {
        const { id, role, reason } = context.input;
        return userRowOf(await users.changeRole(actorOf(context), context.caller.tenant, id, role, reason));
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/users/:id',
      access: 'admin',
      summary: 'Remove a person from the tenant and end their sessions',
      input: z.object({ id: userId }),
      output: done,
      audit: 'user.remove',
      async handle(context) {
        await users.remove(actorOf(context), context.caller.tenant, context.input.id);
        return { done: true as const };
      },
    }),
  ];
}
