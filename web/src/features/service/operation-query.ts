import { formatValue } from '@hanok/contract/query/print';

/** The name under which spans are counted whose own is new beyond the tenant's limit; they keep their own, and a mark. */
export const OTHER_OPERATIONS = '(other operations)';

/** What finds the spans of one operation of a service. */
export function operationQuery(service: string, operation: string): string {
  return `${service} ${operation === OTHER_OPERATIONS ? 'mark:name-limited' : `name:${formatValue(operation)}`}`;
}
