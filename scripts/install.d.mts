export const root: string;
export const node24: string;
export function ensureInstalled(): void;
export function ensureWebBuilt(): void;
