/** Values and fields known to the server, for completion. */
export interface CompletionSource {
  fields(prefix: string): Promise<ReadonlyArray<{ readonly name: string; readonly type: string }>>;
  values(field: string, prefix: string): Promise<ReadonlyArray<{ readonly value: string; readonly count: number }>>;
}
