import type { StorageResponse } from '@hanok/contract';
import { type Caller, type Principal, type Route, serve } from '#base';

/** `readsInstance`: may the machine's figures be told, too? */
export type ReadStorage = (caller: Caller, readsInstance: boolean) => Promise<StorageResponse>;

const readsInstance = ({ instance }: Principal): boolean => instance.has('instance.read');

export function storage(read: ReadStorage): Route {
  return serve('GET /api/v1/storage', ({ caller, principal }) => read(caller, readsInstance(principal)));
}
