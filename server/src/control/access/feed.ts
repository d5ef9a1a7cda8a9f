/**
 * What may have taken a right away from somebody, told after it was committed. Whoever holds a decision that lasts (an
 * open stream, a request under way) hears it and decides again; nothing here says what the new decision is.
 */
export type AccessChange =
  | { readonly kind: 'session'; readonly tokenHash: string }
  /** Removed, another role, another password. */
  | { readonly kind: 'person'; readonly userId: string }
  | { readonly kind: 'key'; readonly id: string }
  /** An issuer of tokens: what its tokens may is decided again. */
  | { readonly kind: 'jwt-issuer'; readonly id: string }
  | { readonly kind: 'tenant'; readonly tenant: string }
  /** Another process wrote to the database, or a listener may have missed something: decide everything again. */
  | { readonly kind: 'anything' };

export type AccessListener = (changes: readonly AccessChange[]) => void;

/**
 * The port between those who change rights and those who hold decisions. Within one process `publish` reaches the
 * listeners before it returns. Several processes on one database need a feed that also carries changes between them
 * (LISTEN/NOTIFY, with `anything` after a lost connection); its promise is the same: heard within half a second.
 */
export interface AccessFeed {
  publish(changes: readonly AccessChange[]): void;
  /** Returns what ends the listening. A listener must not throw. */
  listen(listener: AccessListener): () => void;
}

export function openAccessFeed(): AccessFeed {
  const listeners = new Set<AccessListener>();
  return {
    publish(changes) {
      if (changes.length === 0) return;
      for (const listener of [...listeners]) listener(changes);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
