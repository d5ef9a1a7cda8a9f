import { kindOfStore } from './public-metrics.ts';

export interface Part {
  readonly ready: boolean;
  readonly detail?: string | undefined;
}

/** Parts by name; `engine pool`, `journal silo-x`: the first word is the kind, the rest which one. */
export type Parts = Readonly<Record<string, Part>>;

/** For operators. */
export function wholeReadiness(parts: Parts): { readonly ready: boolean; readonly parts: Record<string, Part> } {
  return {
    ready: Object.values(parts).every((part) => part.ready),
    parts: Object.fromEntries(
      Object.entries(parts).map(([name, { ready, detail }]) => [
        name,
        detail === undefined ? { ready } : { ready, detail },
      ]),
    ),
  };
}

/** For anybody: one entry per kind of part and of store, without details, because names of silos are names of tenants. */
export function publicReadiness(parts: Parts): { readonly ready: boolean; readonly parts: Record<string, Part> } {
  const kinds = new Map<string, boolean>();
  for (const [name, { ready }] of Object.entries(parts)) {
    const [part, store] = name.split(' ', 2);
    const kind = store === undefined ? part! : `${part} ${kindOfStore(store)}`;
    kinds.set(kind, (kinds.get(kind) ?? true) && ready);
  }
  return {
    ready: [...kinds.values()].every(Boolean),
    parts: Object.fromEntries([...kinds].map(([kind, ready]) => [kind, { ready }])),
  };
}
