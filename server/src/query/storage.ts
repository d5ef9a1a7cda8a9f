import { type StorageResponse, storageResponse } from '@hanok/contract';
import { z } from 'zod';
import { type Caller, type Route, route } from '#base';

export function storage(read: (caller: Caller) => Promise<StorageResponse>): Route {
  return route({
    method: 'GET',
    path: '/api/v1/storage',
    access: 'tenant',
    summary: 'What the tenant keeps, table by table, and the space that is left',
    input: z.object({}),
    output: storageResponse,
    handle: (context) => read(context.caller),
  });
}
