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
