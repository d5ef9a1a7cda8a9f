import type { Filter } from '@hanok/contract/query';

/** Keys that a tenant's records, resources and scopes had in a stretch of time. */
export interface KnownKeys {
  readonly attribute: ReadonlySet<string>;
  readonly resource: ReadonlySet<string>;
  readonly scope: ReadonlySet<string>;
}

/** Without knowledge everything may be there. */
export function keyIsKnown(known: KnownKeys | undefined, source: keyof KnownKeys, key: string): boolean {
  return known === undefined || known[source].has(key);
}

/** In how many ways the SQL of a filter looks into nested values. */
export function nestedWays(filter: Filter, known: KnownKeys | undefined): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.children.reduce((sum, child) => sum + nestedWays(child, known), 0);
    case 'not':
      return nestedWays(filter.child, known);
    case 'field': {
      const { target } = filter;
      if (!('members' in target)) return 0;
      const { source } = target;
      if (source === 'event' || source === 'link') return target.members.length;
      const sources = source === 'any' ? (['attribute', 'resource'] as const) : [source];
      const body = source === 'any' ? (target.body?.length ?? 0) : 0;
      return sources.reduce(
        (sum, one) => sum + target.members.filter((member) => keyIsKnown(known, one, member.key)).length,
        body,
      );
    }
    default:
      return 0;
  }
}
