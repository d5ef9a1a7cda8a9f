export const demo: string;
export function installShop(say?: (text: string) => void): void;
