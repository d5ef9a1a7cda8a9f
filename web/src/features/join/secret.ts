/**
 * The secret of a link stands behind `#`. It is taken out of the address at once, so that neither history nor a copied
 * address has it, and kept for this tab: whoever signs in first comes back to it.
 */
const NAME = 'hanok.link';
const SECRET = /^#?(hl_[\w-]{43})$/;

export function keptSecret(): string | undefined {
  const given = SECRET.exec(window.location.hash)?.[1];
  if (given === undefined) return sessionStorage.getItem(NAME) ?? undefined;
  sessionStorage.setItem(NAME, given);
  window.history.replaceState(window.history.state, '', window.location.pathname);
  return given;
}

export const clearKept = (): void => sessionStorage.removeItem(NAME);
