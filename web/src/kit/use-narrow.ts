import { useSyncExternalStore } from 'react';

/** A phone, or a window as narrow as one. The style sheets ask the same. */
const NARROW = '(max-width: 720px)';

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(NARROW);
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => matchMedia(NARROW).matches,
  );
}
