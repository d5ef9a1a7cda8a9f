import { useBlocker } from '@tanstack/react-router';

/** While `active`, neither a link nor Back nor a closed tab leaves the screen; `onRefused` says why. */
export function useSecretGuard(active: boolean, onRefused: () => void): void {
  useBlocker({
    shouldBlockFn: () => {
      if (active) onRefused();
      return active;
    },
    enableBeforeUnload: () => active,
  });
}
